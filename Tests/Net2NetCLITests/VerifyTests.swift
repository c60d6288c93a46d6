import Foundation
import Net2Net
import Net2NetFiles
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

  /// In float64 both are the same; in float32 the student's layers overflow.
  @Test func infinityInFloat32AloneEndsWithThree() async throws {
    for (name, exponents) in [("plain.onnx", [0, 0, 0]), ("steep.onnx", [100, 100, -200])] {
      var builder = NetworkBuilder(name: "chain", seed: 1)
      var value = builder.input([1])
      for _ in exponents { value = try builder.dense(value, features: 1) }
      var network = try builder.network(output: value).converted(to: .float64)
      for (index, exponent) in exponents.enumerated() {
        network.setParameter(
          Parameter(
            name: "fc\(index + 1).weight",
            tensor: Tensor(
              elementType: .float64, shape: [1, 1],
              repeating: Double(sign: .plus, exponent: exponent, significand: 1))))
      }
      try network.writeONNX(to: workplace.path(name))
    }
    let run = try await workplace.net2net("verify", "plain.onnx", "steep.onnx")
    #expect(run.exitCode == 3)
    #expect(!run.output.contains("the same function"))
    #expect(
      run.sentence == "net2net: steep.onnx: does not compute its teacher's function; in float32, "
        + "output \"output\" is NaN or infinite in the student where it is finite in the teacher")
  }

  /// (1 + 2⁴⁰ x) − 2⁴⁰ x is 1 in float64, and 0 or far off in float32.
  @Test func whatFloat32LosesIsSaid() async throws {
    for (name, large) in [("plain.onnx", 0.0), ("large.onnx", 0x1p40)] {
      var builder = NetworkBuilder(name: "cancelling", seed: 1)
      let hidden = try builder.dense(builder.input([1]), features: 2, name: "a")
      var network = try builder.network(output: try builder.dense(hidden, features: 1, name: "b"))
      func set(_ parameter: String, _ values: [Float], _ shape: Shape) {
        network.setParameter(Parameter(name: parameter, tensor: Tensor(values, shape: shape)))
      }
      set("a.weight", [Float(large), Float(-large)], [2, 1])
      set("a.bias", [1, 0], [2])
      set("b.weight", [1, 1], [1, 2])
      set("b.bias", [0], [1])
      try network.writeONNX(to: workplace.path(name))
    }
    let output = try await workplace.succeed(
      "verify", "plain.onnx", "large.onnx", "--tolerance", "1e-3")
    #expect(
      output.contains("the same function, within a tolerance of 1.0e-03; but in float32 the "))
    #expect(output.hasSuffix(", relatively, which is more than rounding usually gives\n"))
  }

  @Test func aBatchOfTwoThousandMillionIsDrawnSmall() async throws {
    var network = try Network(onnx: workplace.path("net.onnx"))
    for place in network.graph.inputs.indices {
      network.graph.inputs[place].type.dimensions[0] = .fixed(Int(Int32.max))
    }
    for place in network.graph.outputs.indices {
      network.graph.outputs[place].type.dimensions[0] = .fixed(Int(Int32.max))
    }
    try network.writeONNX(to: workplace.path("many.onnx"))
    try await workplace.succeed("verify", "many.onnx", "many.onnx")
    try await workplace.succeed("widen", "many.onnx", "--all", "2x", "-o", "wide.onnx")
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
        == "net2net: more.onnx: does not compute its teacher's function; output \"output\" has shape "
        + "(8, 10) in the teacher, (8, 12) in the student; for a student with more classes, --receipt "
        + "compares those that both have")
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
