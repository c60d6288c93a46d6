import Net2Net
import Net2NetFiles
import OrderedCollections
import TestSupport
import Testing

@Suite(.requiresTorch) struct RunTests {
  let workplace: Workplace

  init() async throws {
    workplace = try Workplace()
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.05")
    let network = try Network(onnx: workplace.path("net.onnx"))
    let shape = network.graph.inputs[0].type.shape(batch: 2)
    let x = Tensor(elementType: .float32, shape: shape, repeating: 0.5)
    try StateDictionary(["anything": x]).writeSafetensors(to: workplace.path("x.safetensors"))
  }

  /// Two equal examples have equal outputs, in a tensor with the graph output's name.
  @Test func outputsHaveTheGraphsNames() async throws {
    try await workplace.succeed(
      "run", "net.onnx", "--input", "x.safetensors", "-o", "y.safetensors")
    let network = try Network(onnx: workplace.path("net.onnx"))
    let outputs = try StateDictionary(safetensors: workplace.path("y.safetensors")).tensors
    #expect(Array(outputs.keys) == network.graph.outputs.map(\.name))
    let y = try #require(outputs.values.first)
    #expect(y.shape == [2, 10])
    // Rounding depends on the row.
    let differences = zip(y.doubles().prefix(10), y.doubles().suffix(10)).map { abs($0 - $1) }
    #expect(differences.allSatisfy { $0 < 1e-5 })
  }

  @Test func resultsAreNotOverwrittenUnasked() async throws {
    try workplace.write("mine", to: "y.safetensors")
    let words = ["run", "net.onnx", "--input", "x.safetensors", "-o", "y.safetensors"]
    let run = try await workplace.net2net(words)
    #expect(run.exitCode == 1)
    #expect(run.sentence.contains("y.safetensors: exists already"))
  }
}
