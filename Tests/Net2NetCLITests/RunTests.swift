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

  /// What lies behind an image in memory is nobody's business.
  @Test func anImageSmallerThanThePatchIsRefused() async throws {
    let image = TensorType(.float32, [.symbolic("N"), 1, .symbolic("H"), .symbolic("W")])
    let patches = TensorType(.float32, [.symbolic("N"), 4, .symbolic("h"), .symbolic("w")])
    let network = Network(
      graph: Graph(
        name: "patches", inputs: [ValueDeclaration("x", image)],
        outputs: [ValueDeclaration("y", patches)],
        nodes: [
          Node(
            name: "embed", operation: .convolution(Convolution(strides: [16, 16])),
            inputs: ["x", "w"], outputs: ["y"])
        ]),
      parameters: [
        Parameter(
          name: "w", tensor: Tensor(elementType: .float32, shape: [4, 1, 16, 16], repeating: 1))
      ])
    try network.writeONNX(to: workplace.path("patches.onnx"))
    for (shape, words) in [
      ([1, 1, 15, 15], "a window of 16 does not fit 15 padded by 0 and 0"),
      ([1, 1, 20, 4], "a window of 16 does not fit 4 padded by 0 and 0"),
      ([1, 1, 0, 16], "the input's spatial axis 0 is empty"),
    ] as [(Shape, String)] {
      let x = Tensor(elementType: .float32, shape: shape, repeating: 1)
      try StateDictionary(["x": x]).writeSafetensors(
        to: workplace.path("small.safetensors"), overwriting: true)
      let run = try await workplace.net2net(
        "run", "patches.onnx", "--input", "small.safetensors", "-o", "y.safetensors")
      #expect(run.exitCode == 1)
      #expect(
        run.sentence
          == "net2net: inputs \"x\" \(TensorType(.float32, shape)): node \"embed\" (Conv): \(words)"
      )
      #expect(!workplace.exists("y.safetensors"))
    }
  }

  @Test func moreMemoryThanIsAllowedIsNotTaken() async throws {
    let words = ["run", "net.onnx", "--input", "x.safetensors", "-o", "y.safetensors"]
    let run = try await workplace.net2net(words, environment: ["NET2NET_MEMORY=1kB"])
    #expect(run.exitCode == 1)
    #expect(run.sentence.contains("of memory are needed, and NET2NET_MEMORY allows 1.0 kB; "))
    let wrong = try await workplace.net2net(words, environment: ["NET2NET_MEMORY=plenty"])
    #expect(
      wrong.sentence == "net2net: NET2NET_MEMORY: an amount of memory such as 8GB or 512MiB "
        + "expected, \"plenty\" found")
  }

  @Test func resultsAreNotOverwrittenUnasked() async throws {
    try workplace.write("mine", to: "y.safetensors")
    let words = ["run", "net.onnx", "--input", "x.safetensors", "-o", "y.safetensors"]
    let run = try await workplace.net2net(words)
    #expect(run.exitCode == 1)
    #expect(run.sentence.contains("y.safetensors: exists already"))
  }
}
