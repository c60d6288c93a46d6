import Foundation
import TestSupport
import Testing

@Suite struct AdviseTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  @Test(.requiresTorch, .requiresFashionMNIST)
  func theCommandThatIsPrintedCarriesTheBestOut() async throws {
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.0625")
    let arguments = [
      "advise", "net.onnx", "--data", "fashion-mnist", "--batches", "3", "--only", "fc*",
      "--factor", "2x",
    ]
    let text = try await workplace.succeed(arguments)
    #expect(
      text.hasPrefix(
        "Gain of the squared gradient, and expected change of the loss, from 384 images of "
          + "fashion-mnist\n"))
    let command = try #require(text.split(separator: "\n").last).split(separator: " ")
      .map(String.init)
    #expect(command.first == "net2net")
    try await workplace.succeed(Array(command.dropFirst()))
    #expect(workplace.exists("student.onnx"))
    let json = try await workplace.succeed(arguments + ["--json", "--top", "1"])
    let root = try #require(
      JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let ranking = try #require(root["ranking"] as? [[String: Any]])
    #expect(ranking.count == 1)
    #expect(ranking[0]["command"] as? String == command.joined(separator: " "))
  }

  static let nouns = [
    (
      "csv:t.csv", ["mlp", "--width-factor", "0.0625"],
      "loss, from 30 rows of csv:t.csv"
    ),
    (
      "text:t.txt:context=8", ["gpt", "--width-factor", "0.125"],
      "loss, from 30 windows of tokens of text:t.txt:context=8"
    ),
    (
      "idx:stripes", ["mlp", "--width-factor", "0.0625"],
      "loss, from 30 images of idx:stripes"
    ),
  ]

  @Test(.requiresTorch, arguments: nouns)
  func samplesAreCalledWhatTheyAre(
    _ data: String, _ architecture: [String], _ expected: String
  ) async throws {
    let rows = (0..<100).map { "\($0),\($0 % 7),\($0 % 2)\n" }.joined()
    try workplace.write("a,b,kind\n" + rows, to: "t.csv")
    try workplace.write(String(repeating: "one two three ", count: 60), to: "t.txt")
    try Stripes.write(to: workplace.path("stripes"), training: 100, test: 50)
    try await workplace.succeed(["new"] + architecture + ["-o", "net.onnx", "--data", data])
    let text = try await workplace.succeed(
      "advise", "net.onnx", "--data", data, "--batches", "3", "--batch-size", "10")
    #expect(text.contains("expected change of the " + expected), "\(text)")
    let figures = try await workplace.succeed("evaluate", "net.onnx", "--data", data)
    let noun = data.hasPrefix("text") ? "bytes" : expected.split(separator: " ")[3]
    #expect(figures.contains(" \(noun) of "), "\(figures)")
  }

  static let misuses: [([String], String)] = [
    (["--batches", "2"], "net2net: batches: 3 or more expected, 2 found"),
    (["--top", "0"], "net2net: top: 1 or more expected, 0 found"),
    (["--factor", "1"], "net2net: factor \"1\": a factor above 1 expected, such as 1.5x"),
    (
      ["--max-macs", "many"],
      "net2net: max-macs \"many\": a number expected, such as 20M or 350k"
    ),
  ]

  @Test(arguments: misuses)
  func misuseEndsWithTwo(arguments: [String], sentence: String) async throws {
    let run = try await workplace.net2net(
      ["advise", "net.onnx", "--data", "fashion-mnist"] + arguments)
    #expect(run.exitCode == 2)
    #expect(run.sentence == sentence)
  }

  @Test(.requiresTorch, .requiresFashionMNIST)
  func patternThatMatchesNothingIsNamed() async throws {
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.0625")
    let run = try await workplace.net2net(
      "advise", "net.onnx", "--data", "fashion-mnist", "--only", "fc11")
    #expect(run.exitCode == 1)
    #expect(run.sentence.hasPrefix("net2net: the pattern \"fc11\" matches no candidate"))
  }
}
