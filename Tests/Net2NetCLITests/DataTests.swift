import Foundation
import Net2Net
import TestSupport
import Testing

@Suite(.requiresTorch) struct DataTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  /// Sixty flowers of three kinds, told apart by one number, and a row that is not as the others.
  private func writeFlowers() throws {
    let kinds = ["rose", "tulip", "daisy"]
    let rows = (0..<60).map { "\($0),\($0 % 3 * 10 + $0 % 2),\(kinds[$0 % 3])\n" }
    try workplace.write("id,size,kind\n" + rows.joined() + "60,big,rose\n", to: "flowers.csv")
  }

  @Test func tableIsLearntAndItsBadRowNamed() async throws {
    try writeFlowers()
    let refused = try await workplace.net2net(
      "new", "mlp", "-o", "x.onnx", "--data", "csv:flowers.csv")
    #expect(refused.exitCode == 1)
    #expect(
      refused.errors
        == "net2net: flowers.csv: row 62, column \"size\": a number, as in the rows before, "
        + "expected, \"big\" found\n")
    let data = "csv:flowers.csv:ignore=id,on-bad=skip"
    let made = try await workplace.net2net(
      "new", "mlp", "-o", "net.onnx", "--data", data, "--width-factor", "0.1")
    #expect(made.errors == "net2net: \(data): rows left out, unlike the others: 1\n")
    let run = try await workplace.net2net(
      "train", "net.onnx", "--data", data, "--epochs", "20", "--batch-size", "10", "--mixup", "0.1",
      "-o", "run")
    #expect(run.exitCode == 0, "\(run.errors)")
    let evaluation = try await workplace.succeed("evaluate", "run/network.onnx", "--data", data)
    #expect(evaluation.hasPrefix("run/network.onnx: accuracy 100.00 %"))
    #expect(evaluation.contains("  daisy"))
  }

  /// Nothing of a file or a name steers the terminal that results and errors are printed to.
  @Test func namesOfClassesAndFilesArePrintedHarmlessly() async throws {
    let names = ["\u{1B}]0;title\u{7}", "a\u{202E}b", "plain", "\u{9B}2J"]
    try workplace.write(
      "size,kind\n" + (0..<40).map { "\($0),\(names[$0 % 4])\n" }.joined(), to: "t.csv")
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--data", "csv:t.csv")
    let table = try await workplace.succeed("evaluate", "net.onnx", "--data", "csv:t.csv")
    for name in ["\\u001b]0;title\\u0007", "a\\u202eb", "plain", "\\u009b2J"] {
      #expect(table.contains("  " + name), "\(table)")
    }
    let json = try await workplace.succeed("evaluate", "net.onnx", "--data", "csv:t.csv", "--json")
    let missing = try await workplace.net2net("inspect", "\u{1B}[2J.onnx")
    #expect(missing.exitCode == 1)
    #expect(missing.errors.hasPrefix("net2net: \\u001b[2J.onnx: "), "\(missing.errors)")
    for text in [table, json, missing.errors] {
      #expect(text.unicodeScalars.allSatisfy { !$0.steersText || $0 == "\n" })
    }
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let classes = try #require(object?["classes"] as? [[String: Any]])
    #expect(Set(classes.compactMap { $0["name"] as? String }) == Set(names), "JSON stays the same")

    let refused = try await workplace.net2net(
      "live", "init", "shop", "--network", "net.onnx", "--data", "csv:t.csv")
    #expect(refused.exitCode == 1)
    #expect(
      refused.sentence
        == "net2net: class \"\\u001b]0;title\\u0007\": no control, format, private or unassigned "
        + "characters expected, U+001B found; give the class another name")
    #expect(!workplace.exists("shop"))
  }

  @Test func changesThatDoNotSuitAreRefused() async throws {
    try writeFlowers()
    let data = "csv:flowers.csv:on-bad=skip"
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--data", data)
    let run = try await workplace.net2net(
      "train", "net.onnx", "--data", data, "--epochs", "1", "--cutout", "2", "-o", "run")
    #expect(run.exitCode == 1)
    #expect(run.errors.hasSuffix("net2net: cutout: images expected, rows found\n"))
    #expect(!workplace.exists("run"))
  }
}
