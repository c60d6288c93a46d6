import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTorch

struct MemoryBudgetTests {
  @Test(arguments: [
    ("8GB", 8_000_000_000), ("1.5 gb", 1_500_000_000), ("512MiB", 512 << 20), ("4096", 4096),
    ("2 T", 2_000_000_000_000), ("1k", 1000),
  ])
  func anAmountIsReadAsItIsWritten(text: String, bytes: Int) throws {
    let budget = try MemoryBudget(setting: text, groupLimit: 1, machine: 2)
    #expect(budget == MemoryBudget(bytes: bytes, reason: "NET2NET_MEMORY allows"))
  }

  @Test(arguments: ["", "much", "-1GB", "0", "8 apples", "1e99", "GB", "1..2GB"])
  func whatIsNoAmountIsRefused(text: String) {
    let error = #expect(throws: EngineError.self) {
      try MemoryBudget(setting: text, groupLimit: nil, machine: 2)
    }
    #expect(
      error?.description
        == "NET2NET_MEMORY: an amount of memory such as 8GB or 512MiB expected, \"\(text)\" found")
  }

  @Test func theSmallerOfGroupAndMachineCounts() throws {
    let contained = try MemoryBudget(setting: nil, groupLimit: 3_000_000_000, machine: 8 << 30)
    #expect(contained.description == "this process may have 3.0 GB")
    let free = try MemoryBudget(setting: nil, groupLimit: .max, machine: 8_590_000_000)
    #expect(free.description == "this machine has 8.6 GB")
  }

  @Test func limitsAreLookedForFromTheGroupOutwards() {
    let group = ControlGroup("5:cpu,memory:/a/b\n3:cpu:/c\n0::/d\nrubbish\n")
    #expect(
      group.limits == [
        "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/a/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/d/memory.max", "/sys/fs/cgroup/memory.max",
      ])
  }
}

@Suite(.requiresTorch)
struct MemoryTests {
  private static let budget = MemoryBudget(bytes: 100_000_000, reason: "the test allows")

  private func zeros(_ shape: Shape) -> [String: Tensor] {
    ["x": Tensor(elementType: .float32, shape: shape, repeating: 0)]
  }

  private func network(_ nodes: [Node], _ input: TensorType, _ output: TensorType) -> Network {
    Network(
      graph: Graph(
        name: "g", inputs: [ValueDeclaration("x", input)],
        outputs: [ValueDeclaration("y", output)], nodes: nodes),
      parameters: [])
  }

  /// An operator that makes much of little, of which the input says how much.
  static let growing: [(Operator, [Dimension], String)] = [
    (
      .pad(Pad(begins: [0, 50_000], ends: [0, 50_000])), [.symbolic("N"), 100_001], "(999, 100001)"
    ),
    (
      .expand(Expand(target: [.symbolic("N"), 100_000])), [.symbolic("N"), 100_000], "(999, 100000)"
    ),
    (.tile(Tile(repeats: [1, 100_000])), [.symbolic("N"), 100_000], "(999, 100000)"),
  ]

  @Test(arguments: growing)
  func whatARunTakesIsHeldAgainstTheBudgetFirst(
    operation: Operator, output: [Dimension], shape: String
  ) throws {
    let nodes = [Node(name: "node", operation: operation, inputs: ["x"], outputs: ["y"])]
    let network = network(
      nodes, TensorType(.float32, [.symbolic("N"), 1]), TensorType(.float32, output))
    for purpose in [Purpose.training, .evaluation] {
      let engine = try CompiledNetwork(network, purpose: purpose, budget: Self.budget)
      let said = try #require(sentence { _ = try engine.run(zeros([999, 1])) })
      #expect(said.hasPrefix("about "))
      #expect(
        said.contains("MB of memory are needed at node \"node\", and the test allows 100.0 MB; "))
      #expect(said.contains("float32\(shape)") || operation.definition.name == "Expand")
      #expect(try engine.run(zeros([3, 1]))["y"]?.shape[0] == 3)
    }
  }

  @Test func aRangeOfTokensThatAreNotThereIsCounted() throws {
    let counted = TensorType(.int64, [.symbolic("T")])
    var network = network(
      [
        Node(
          name: "count", operation: .range(CountingRange(limit: .symbolic("T"))), inputs: [],
          outputs: ["y"])
      ], TensorType(.float32, [.symbolic("N"), .symbolic("T")]), counted)
    let engine = try CompiledNetwork(network, budget: Self.budget)
    let said = sentence { _ = try engine.run(zeros([0, 1 << 30])) }
    #expect(
      said
        == "about 17.2 GB of memory are needed at node \"count\", and the test allows 100.0 MB; the "
        + "largest value is \"y\" int64(1073741824); take fewer samples at once, smaller ones or a "
        + "smaller network")
    network.graph.nodes[0].operation = .range(
      CountingRange(limit: try #require(Dimension.product(of: [.fixed(1 << 20), .symbolic("T")]))))
    network.graph.outputs[0].type.dimensions = [.symbolic("many")]
    let larger = try CompiledNetwork(network, budget: Self.budget)
    #expect(
      sentence { _ = try larger.run(zeros([0, 1 << 40])) }?.contains(
        "is no size that a tensor can have") == true)
  }

  @Test func parametersAreCountedBeforeTheyAreCopied() throws {
    var builder = NetworkBuilder(name: "wide", seed: 1)
    let output = try builder.dense(builder.input([1000]), features: 40_000)
    let network = try builder.network(output: output)
    let said = sentence { _ = try CompiledNetwork(network, budget: Self.budget) }
    #expect(
      said?.hasPrefix("about 160.2 MB of memory are needed, and the test allows 100.0 MB; ") == true
    )
    #expect(said?.contains("float32(40000, 1000)") == true)
  }

  /// Twenty layers of 1 MB each: one after the other they need two at a time.
  @Test func whatGradientsNeedIsKeptAndCounted() throws {
    var builder = NetworkBuilder(name: "deep", seed: 1)
    var value = builder.input([250])
    for _ in 0..<20 { value = try builder.relu(try builder.dense(value, features: 250)) }
    let network = try builder.network(output: value)
    let engine = try CompiledNetwork(
      network, budget: MemoryBudget(bytes: 15_000_000, reason: "the test allows"))
    let rows = Tensor(elementType: .float32, shape: [1000, 250], repeating: 1)
    #expect(try engine.run(["input": rows])["output"]?.shape == [1000, 250])
    try engine.checkTraining(batch: 100)
    #expect(
      sentence { try engine.checkTraining(batch: 1000) }?.contains("the test allows 15.0 MB")
        == true)
    let input = try TorchTensor(rows)
    #expect(throws: EngineError.self) {
      try engine.forward(["input": input], mode: .training(dropoutSeed: 1))
    }
  }

  @Test func partsOfABatchAreCountedAsParts() throws {
    let network = try Architecture.convnet.network(
      ArchitectureOptions(inputShape: [3, 32, 32], depth: nil, seed: 3))
    let engine = try CompiledNetwork(network, purpose: .evaluation)
    let few = try #require(engine.evaluationBytes(batch: 1))
    let many = try #require(engine.evaluationBytes(batch: 100))
    #expect(many > 50 * few && many <= 100 * few)
    let inputs = try EvaluationTests.inputs(of: network, batch: 100)
    engine.runBudget = MemoryBudget(bytes: many / 3, reason: "a test may take")
    if Engine.threads > 1 {
      #expect(try engine.run(inputs)["output"]?.shape[0] == 100)
    }
    engine.runBudget = MemoryBudget(bytes: few / 2, reason: "a test may take")
    #expect(sentence { _ = try engine.run(inputs) }?.contains("a test may take ") == true)
  }

  /// What a view looks at is not there twice, and what is rearranged is.
  @Test func viewsTakeNoMemoryOfTheirOwn() throws {
    let type = TensorType(.float32, [.symbolic("N"), 10])
    func bytes(_ nodes: [Node], _ output: TensorType) throws -> Int {
      let engine = try CompiledNetwork(network(nodes, type, output))
      return try engine.runSizes.checked(["N": 100]).training.bytes
    }
    let flat = Node(
      name: "flat", operation: .reshape(Reshape(target: [10, -1])), inputs: ["x"], outputs: ["y"])
    let turned = Node(
      name: "turned", operation: .transposition(Transposition(permutation: [1, 0])), inputs: ["x"],
      outputs: ["t"])
    var after = flat
    after.inputs = ["t"]
    let result = TensorType(.float32, [10, .symbolic("N")])
    // 4000 bytes come in, and four times as many go back.
    #expect(try bytes([flat], result) == 20_000)
    #expect(try bytes([turned, after], result) == 24_000)
  }
}
