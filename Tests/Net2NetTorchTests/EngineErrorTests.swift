import Net2Net
import Net2NetTorch
import TestSupport
import Testing

@Suite(.requiresTorch)
struct EngineErrorTests {
  /// The sentence of the engine error that `body` throws.
  private func sentence(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return (error as? EngineError)?.description
    }
  }

  private func dense() throws -> Network {
    var builder = NetworkBuilder(name: "dense", seed: 1)
    let input = builder.input([4])
    return try builder.network(output: try builder.dense(input, features: 2))
  }

  @Test func unknownOperatorIsNamedWithItsNode() throws {
    var network = try dense()
    let type = TensorType(.float32, [.symbolic("N"), 2])
    network.graph.nodes[0].operation = .opaque(
      OpaqueOperator(domain: "com.acme", type: "Fold", attributes: [], declaredOutputs: [type]))
    let said = sentence { _ = try CompiledNetwork(network) }
    #expect(said?.contains("com.acme.Fold") == true)
    #expect(said?.contains("node \"fc1\"") == true)
  }

  @Test func invalidNetworkIsRefusedByItsNode() throws {
    var network = try dense()
    network.graph.nodes[0].inputs[1] = "nowhere"
    let said = sentence { _ = try CompiledNetwork(network) }
    #expect(said?.contains("fc1") == true)
    #expect(said?.contains("nowhere") == true)
  }

  @Test func missingInputIsNamedWithItsType() throws {
    let engine = try CompiledNetwork(try dense())
    let said = sentence { _ = try engine.run([:]) }
    #expect(said == "input \"input\": float32(N, 4) expected, nothing given")
  }

  @Test func unknownInputIsNamedWithTheKnownOnes() throws {
    let engine = try CompiledNetwork(try dense())
    let x = Tensor.drawn([2, 4], seed: 1)
    let said = sentence { _ = try engine.run(["input": x, "imput": x]) }
    #expect(said == "input \"imput\": the network has no such input; it has \"input\"")
  }

  @Test(arguments: [[2, 5], [4], [2, 4, 1]] as [Shape])
  func wrongShapeIsRefusedWithBoth(shape: Shape) throws {
    let engine = try CompiledNetwork(try dense())
    let x = Tensor.drawn(shape, seed: 1, as: .float32)
    let said = sentence { _ = try engine.run(["input": x]) }
    #expect(said?.contains("4) expected") == true)
    #expect(said?.contains("\(TensorType(.float32, shape)) found") == true)
  }

  @Test func oneSymbolMustStandForOneSize() throws {
    let type = TensorType(.float32, [.symbolic("N"), 2])
    let graph = Graph(
      name: "two", inputs: [ValueDeclaration("a", type), ValueDeclaration("b", type)],
      outputs: [ValueDeclaration("y", type)],
      nodes: [
        Node(
          name: "y", operation: .elementwise(Elementwise(.add)), inputs: ["a", "b"],
          outputs: ["y"])
      ])
    let engine = try CompiledNetwork(Network(graph: graph, parameters: []))
    let said = sentence {
      _ = try engine.run([
        "a": Tensor.drawn([3, 2], seed: 1, as: .float32),
        "b": Tensor.drawn([1, 2], seed: 1, as: .float32),
      ])
    }
    #expect(said == "input \"b\": float32(3, 2) expected, float32(1, 2) found")
  }

  @Test func floatsAreNoIntegers() throws {
    let type = TensorType(.int64, [.symbolic("N")])
    let graph = Graph(
      name: "integers", inputs: [ValueDeclaration("x", type)],
      outputs: [ValueDeclaration("y", type)],
      nodes: [Node(name: "y", operation: .identity(Identity()), inputs: ["x"], outputs: ["y"])])
    let engine = try CompiledNetwork(Network(graph: graph, parameters: []))
    let said = sentence { _ = try engine.run(["x": Tensor([0.5] as [Float], shape: [1])]) }
    #expect(said == "input \"x\": int64(1) expected, float32(1) found")
  }

  @Test func libtorchsWordsComeWithTheNode() throws {
    // Which entry is picked, no shape tells.
    let graph = Graph(
      name: "lookup", inputs: [ValueDeclaration("x", TensorType(.int64, [.symbolic("N")]))],
      outputs: [ValueDeclaration("y", TensorType(.float32, [.symbolic("N")]))],
      nodes: [
        Node(name: "pick", operation: .gather(Gather()), inputs: ["w", "x"], outputs: ["y"])
      ])
    let table = Parameter(name: "w", tensor: Tensor.drawn([3], seed: 1, as: .float32))
    let engine = try CompiledNetwork(Network(graph: graph, parameters: [table]))
    let said = sentence { _ = try engine.run(["x": Tensor([Int64(7)], shape: [1])]) }
    #expect(said?.hasPrefix("node \"pick\" (Gather): ") == true)
    #expect(said?.contains("out of range") == true)
  }

  @Test func unknownTorchOperatorIsNamed() throws {
    let said = sentence { _ = try TorchOperator("aten::no_such_thing")(.int(1)) }
    #expect(said?.hasPrefix("aten::no_such_thing: ") == true)
  }

  @Test func aMissingArgumentIsNamed() throws {
    let x = try TorchTensor(Tensor.drawn([2], seed: 1))
    let said = sentence { _ = try TorchOperator("aten::mul.Tensor")(.tensor(x)) }
    #expect(said == "aten::mul.Tensor: argument \"other\" is missing")
  }

  @Test func aDeviceThatIsNotThereIsRefusedWithThoseThatAre() throws {
    let missing = try #require(Device.allCases.first { !$0.isAvailable })
    let said = sentence { _ = try CompiledNetwork(try dense(), device: missing) }
    #expect(said?.contains("device \"\(missing.rawValue)\"") == true)
    #expect(said?.contains("\"cpu\"") == true)
  }

  @Test(arguments: [0, -1, 100_000])
  func aSenselessNumberOfThreadsIsRefused(count: Int) {
    #expect(
      sentence { try Engine.setThreads(count) } == "threads: 1 to 4096 expected, \(count) found")
  }

  @Test func aScalarIsOneElement() throws {
    let pair = try TorchTensor(Tensor.drawn([2], seed: 1))
    #expect(sentence { _ = try pair.scalar() }?.contains("(2)") == true)
  }
}

struct EngineAvailabilityTests {
  @Test func aBuildWithoutLibtorchSaysHowToGetIt() {
    #expect(EngineError.noLibtorch.description.contains("make setup"))
    #expect(EngineError.noLibtorch.description.contains("LIBTORCH"))
    #expect(Engine.isAvailable == (Engine.version != nil))
    #expect(Device.cpu.isAvailable == Engine.isAvailable)
  }
}
