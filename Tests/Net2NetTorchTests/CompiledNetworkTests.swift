import Net2Net
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

@Suite(.requiresTorch)
struct CompiledNetworkTests {
  @Test func anyBatchSizeRunsAndExamplesDoNotMix() throws {
    let engine = try CompiledNetwork(try GradientTests.residualNetwork(), precision: .float64)
    let images = Tensor.drawn([5, 3, 6, 6], seed: 2)
    let all = try #require(try engine.run(["input": images])["output"])
    #expect(all.shape == [5, 5])
    let first = try #require(images.leading(2))
    let some = try #require(try engine.run(["input": first])["output"])
    #expect(some.shape == [2, 5])
    // Matrix products may sum in another order for another batch size.
    let difference = zip(some.doubles(), all.doubles()).map { abs($0 - $1) }.max()
    #expect((difference ?? 1) < 1e-13)
  }

  @Test(arguments: Architecture.allCases.filter { $0 != .gpt })
  func sameInputsGiveTheSameBytes(architecture: Architecture) throws {
    let options = ArchitectureOptions(inputShape: [1, 28, 28], classes: 10, depth: nil, seed: 3)
    let network = try architecture.network(options)
    let images = Tensor.drawn([4, 1, 28, 28], seed: 4, as: .float32)
    for mode in [RunMode.evaluation, .trainingWithoutDropout] {
      let first = try CompiledNetwork(network).run(["input": images], mode: mode)
      let second = try CompiledNetwork(network).run(["input": images], mode: mode)
      let (a, b) = (try #require(first["output"]), try #require(second["output"]))
      #expect(a.withUnsafeBytes { a in b.withUnsafeBytes { a.elementsEqual($0) } })
    }
  }

  @Test func observedValuesAreThoseBeforeTheirMemoryIsUsedAgain() throws {
    var builder = NetworkBuilder(name: "reuse", seed: 1)
    let input = builder.input([4])
    var h = try builder.dense(input, features: 4)
    h = try builder.relu(h)
    let network = try builder.network(output: h)
    var observed: [(String, Tensor)] = []
    _ = try CompiledNetwork(network).run(["input": Tensor.drawn([3, 4], seed: 1)]) {
      observed.append(($0, $1))
    }
    #expect(observed.map(\.0) == ["input", "fc1", "output"])
    let before = observed[1].1.doubles()
    #expect(before.contains { $0 < 0 })
    #expect(observed[2].1.doubles() == before.map { max($0, 0) })
  }

  /// y = relu(s) + s with s = x + p: were the sum overwritten by its relu, y would be 2·relu(s).
  @Test func aValueReadTwiceIsNotOverwritten() throws {
    let input = ValueDeclaration("x", TensorType(.float32, [.symbolic("N"), 2]))
    let output = ValueDeclaration("y", input.type)
    let graph = Graph(
      name: "twice", inputs: [input], outputs: [output],
      nodes: [
        Node(
          name: "s", operation: .elementwise(Elementwise(.add)), inputs: ["x", "p"],
          outputs: ["s"]),
        Node(
          name: "r", operation: .activation(Activation(.relu)), inputs: ["s"], outputs: ["r"]),
        Node(
          name: "y", operation: .elementwise(Elementwise(.add)), inputs: ["r", "s"],
          outputs: ["y"]),
      ])
    let offset = Parameter(name: "p", tensor: Tensor([1, 1] as [Float], shape: [2]))
    let engine = try CompiledNetwork(Network(graph: graph, parameters: [offset]))
    let x = Tensor([-3, 1] as [Float], shape: [1, 2])
    let y = try engine.run(["x": x])["y"]
    #expect(y?.doubles() == [-2, 4])
    #expect(x.doubles() == [-3, 1])
  }

  @Test func viewsAndInputsAreNotOverwritten() throws {
    let input = ValueDeclaration("x", TensorType(.float32, [.symbolic("N"), 2]))
    let graph = Graph(
      name: "view", inputs: [input],
      outputs: ["i", "r"].map { ValueDeclaration($0, input.type) },
      nodes: [
        Node(name: "i", operation: .identity(Identity()), inputs: ["x"], outputs: ["i"]),
        Node(name: "j", operation: .identity(Identity()), inputs: ["i"], outputs: ["j"]),
        Node(
          name: "r", operation: .activation(Activation(.relu)), inputs: ["j"], outputs: ["r"]),
      ])
    let results = try CompiledNetwork(Network(graph: graph, parameters: []))
      .run(["x": Tensor([-1, 1] as [Float], shape: [1, 2])])
    #expect(results["i"]?.doubles() == [-1, 1])
    #expect(results["r"]?.doubles() == [0, 1])
  }

  @Test func evaluationChangesNothingAndTrainingMovesStatistics() throws {
    let network = try GradientTests.residualNetwork()
    let images = Tensor.drawn([4, 3, 6, 6], seed: 1)
    func mean(after mode: RunMode) throws -> [Double] {
      let engine = try CompiledNetwork(network)
      _ = try engine.run(["input": images], mode: mode)
      return try #require(try engine.network().parameters["bn1.running_mean"]).tensor().doubles()
    }
    let before = try #require(network.parameters["bn1.running_mean"]).tensor().doubles()
    #expect(try mean(after: .evaluation) == before)
    #expect(try mean(after: .trainingWithoutDropout) == before)
    #expect(try mean(after: .training(dropoutSeed: 0)) != before)
  }

  @Test func dropoutScalesWhatItKeepsAndRepeatsFromItsSeed() throws {
    var builder = NetworkBuilder(name: "dropout", seed: 1)
    let input = builder.input([1000])
    let network = try builder.network(output: try builder.dropout(input, ratio: 0.25))
    let ones = Tensor(elementType: .float32, shape: [1, 1000]) { _ in 1 }
    let engine = try CompiledNetwork(network)
    func drawn(_ seed: UInt64) throws -> [Double] {
      let mode = RunMode.training(dropoutSeed: seed)
      return try #require(try engine.run(["input": ones], mode: mode)["output"]).doubles()
    }
    let values = try drawn(7)
    #expect(Set(values) == [0, Double(Float(4) / 3)])
    // 250 expected of 1000, with a standard deviation of 14.
    #expect((180...320).contains(values.filter { $0 == 0 }.count))
    #expect(try drawn(8) != values)
    #expect(try drawn(7) == values)
    #expect(try engine.run(["input": ones])["output"]?.doubles() == ones.doubles())
  }

  @Test func integerInputsKeepTheirType() throws {
    let input = ValueDeclaration("x", TensorType(.int64, [.symbolic("N")]))
    let graph = Graph(
      name: "integers", inputs: [input], outputs: [ValueDeclaration("y", input.type)],
      nodes: [
        Node(
          name: "y", operation: .elementwise(Elementwise(.add)), inputs: ["x", "p"],
          outputs: ["y"])
      ])
    let one = Parameter(name: "p", tensor: Tensor([1] as [Int64], shape: [1]))
    let engine = try CompiledNetwork(Network(graph: graph, parameters: [one]))
    let y = try #require(
      try engine.run(["x": Tensor([1 << 60, -2] as [Int64], shape: [2])])["y"])
    #expect(y.elementType == .int64)
    #expect(y.integers() == [1 << 60 + 1, -1])
    #expect(engine.trainedParameters.isEmpty)
  }
}

extension Tensor {
  /// The first examples.
  func leading(_ count: Int) -> Tensor? {
    guard shape.rank > 0, shape[0] >= count else { return nil }
    var shorter = shape
    shorter[0] = count
    return Tensor(
      elementType: elementType, shape: shorter, storage: storage, byteOffset: byteOffset)
  }
}
