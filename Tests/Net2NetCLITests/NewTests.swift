import Foundation
import Net2Net
import Net2NetFiles
import Testing

@Suite struct NewTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  @Test func newNetworkIsTheArchitecturesOwn() async throws {
    let run = try await workplace.net2net(
      "new", "convnet", "-o", "net.onnx", "--width-factor", "0.5", "--classes", "7")
    #expect(run.exitCode == 0)
    // 72 + 1152 + 2304 + 4608 weights, 4·(8 + 16 + 16 + 32) of batch norms, 288·7 + 7.
    #expect(
      run.output
        == "net.onnx: convnet, 10,447 parameters, 962 k multiply-adds an example\n")
    let written = try Network(onnx: workplace.path("net.onnx"))
    let options = ArchitectureOptions(classes: 7, widthFactor: 0.5)
    #expect(written.graph.nodes == (try Architecture.convnet.network(options)).graph.nodes)
  }

  @Test func sameOptionsGiveTheSameBytes() async throws {
    for name in ["a.onnx", "b.onnx"] {
      try await workplace.succeed("new", "mlp", "-o", name, "--width-factor", "0.1")
    }
    try await workplace.succeed(
      "new", "mlp", "-o", "c.onnx", "--width-factor", "0.1", "--seed", "1")
    #expect(try workplace.contents("a.onnx") == workplace.contents("b.onnx"))
    #expect(try workplace.contents("a.onnx") != workplace.contents("c.onnx"))
  }

  @Test func outputIsOverwrittenOnlyWithForce() async throws {
    try workplace.write("precious", to: "net.onnx")
    let refused = try await workplace.net2net("new", "mlp", "-o", "net.onnx")
    #expect(refused.exitCode == 1)
    #expect(
      refused.errors
        == "net2net: net.onnx: exists already; give another name, or --force to overwrite it\n")
    #expect(try workplace.contents("net.onnx") == Data("precious".utf8))
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--force")
    #expect(try Network(onnx: workplace.path("net.onnx")).graph.name == "mlp")
  }

  static let misuses: [([String], String)] = [
    (
      ["new", "convnot", "-o", "x.onnx"],
      "net2net: architecture \"convnot\" is not known; did you mean convnet?"
    ),
    (
      ["new", "qqqqqqq", "-o", "x.onnx"],
      "net2net: architecture \"qqqqqqq\" is not known; known are mlp, convnet, resnet, "
        + "inception, gpt"
    ),
    (
      ["new", "mlp", "-o", "x.onnx", "--input", "28x28"],
      "net2net: input \"28x28\": channels, height and width expected, such as 1x28x28"
    ),
    (["new", "mlp"], "net2net: Missing expected argument '--output <output>'"),
    (
      ["new", "mlp", "-o", "x.onnx", "--classes", "many"],
      "net2net: The value 'many' is invalid for '--classes <classes>'"
    ),
  ]

  @Test(arguments: misuses)
  func misuseEndsWithTwo(arguments: [String], sentence: String) async throws {
    let run = try await workplace.net2net(arguments)
    #expect(run.exitCode == 2)
    #expect(run.sentence == sentence)
    #expect(!workplace.exists("x.onnx"))
  }

  @Test func optionsThatDoNotSuitEndWithOne() async throws {
    let run = try await workplace.net2net("new", "resnet", "-o", "x.onnx", "--depth", "9")
    #expect(run.exitCode == 1)
    #expect(
      run.errors
        == "net2net: resnet: a depth of 9; 8, 14, 20 or another 6n + 2 expected\n")
    #expect(!workplace.exists("x.onnx"))
  }
}
