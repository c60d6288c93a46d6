import Foundation
import TestSupport
import Testing

@Suite(.requiresTorch) struct VerifyTests {
  let workplace: Workplace

  init() async throws {
    workplace = try Workplace()
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.05")
  }

  @Test func networkIsBitExactlyItself() async throws {
    let output = try await workplace.succeed("verify", "net.onnx", "net.onnx")
    #expect(output.contains("\nevaluation: bitExact\n"))
    #expect(output.hasSuffix("the same function, within a tolerance of 1.0e-05\n"))
  }

  @Test func otherWeightsEndWithThree() async throws {
    try await workplace.succeed(
      "new", "mlp", "-o", "other.onnx", "--width-factor", "0.05", "--seed", "1")
    let run = try await workplace.net2net("verify", "net.onnx", "other.onnx")
    #expect(run.exitCode == 3)
    #expect(run.output.contains("first difference at node \"fc1\""))
    #expect(
      run.errors.hasPrefix(
        "net2net: other.onnx: does not compute its teacher's function; the outputs differ by "))
  }

  @Test func jsonHoldsTheGrade() async throws {
    let text = try await workplace.succeed("verify", "net.onnx", "net.onnx", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    let root = try #require(object as? [String: Any])
    #expect(root["grade"] as? String == "bitExact")
    #expect(root["trainingGrade"] as? String == "bitExact")
  }

  /// Shares of a third are rounded in the file, so only the receipt shows exactness.
  @Test func receiptProvesWhatTheFileCannotShow() async throws {
    try await workplace.succeed("widen", "net.onnx", "--all", "3x", "-o", "wide.onnx")
    let alone = try await workplace.succeed("verify", "net.onnx", "wide.onnx")
    #expect(alone.contains("\nevaluation: approximate"))
    let proved = try await workplace.succeed(
      "verify", "net.onnx", "wide.onnx", "--receipt", "wide.receipt.json")
    #expect(proved.contains("\nevaluation: exact\n"))
    let run = try await workplace.net2net(
      "verify", "net.onnx", "net.onnx", "--receipt", "wide.receipt.json")
    #expect(run.exitCode == 3)
    #expect(
      run.sentence
        == "net2net: wide.receipt.json: replayed on net.onnx, it does not give net.onnx; the "
        + "student was trained or changed since, or the receipt belongs to other networks")
  }

  @Test func addedClassesAreProvedByTheReceipt() async throws {
    try workplace.write(
      "growths: [{addClasses: {count: 2}}, {widen: {all: 3x}}]\n", to: "plan.yml")
    try await workplace.succeed("grow", "net.onnx", "--plan", "plan.yml", "-o", "more.onnx")
    let output = try await workplace.succeed(
      "verify", "net.onnx", "more.onnx", "--receipt", "more.receipt.json")
    #expect(output.contains("\nevaluation: exact\n"))
    let run = try await workplace.net2net("verify", "net.onnx", "more.onnx")
    #expect(run.exitCode == 3)
    #expect(
      run.sentence
        == "net2net: more.onnx: does not compute its teacher's function; the outputs differ by their "
        + "shapes, (8, 10) and (8, 12); for a student with more classes, --receipt compares those "
        + "that both have")
  }

  static let misuses: [([String], String)] = [
    (["--examples", "1"], "net2net: examples: 2 to 65536 expected, 1 found"),
    (["--tolerance=-1"], "net2net: tolerance: a number of 0 or more expected, -1.0 found"),
    (
      ["--data", "fashion-mist"],
      "net2net: data \"fashion-mist\": fashion-mnist, idx:DIR, cifar10:DIR, folder:DIR, csv:FILE, npz:FILE or text:FILE expected; did you "
        + "mean fashion-mnist?"
    ),
  ]

  @Test(arguments: misuses)
  func misuseEndsWithTwo(arguments: [String], sentence: String) async throws {
    let run = try await workplace.net2net(["verify", "net.onnx", "net.onnx"] + arguments)
    #expect(run.exitCode == 2)
    #expect(run.sentence == sentence)
  }
}
