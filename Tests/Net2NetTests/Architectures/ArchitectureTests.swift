import Net2Net
import OrderedCollections
import Testing

@Suite struct ArchitectureTests {
  /// Weights and biases summed by hand, layer by layer.
  static let handCounted: [(Architecture, ArchitectureOptions, Int)] = [
    // 784·256 + 256, 256·256 + 256, 256·10 + 10
    (.mlp, ArchitectureOptions(), 200_960 + 65_792 + 2_570),
    // 1·16·9, 16·32·9, 32·32·9, 32·64·9; batch norms 4·(16 + 32 + 32 + 64); 64·9·10 + 10
    (.convnet, ArchitectureOptions(), 144 + 4_608 + 9_216 + 18_432 + 576 + 5_770),
    // 1·8·9, 8·16·9, 16·16·9, 16·32·9; 4·(8 + 16 + 16 + 32); 32·9·10 + 10
    (.convnet, ArchitectureOptions(widthFactor: 0.5), 72 + 1_152 + 2_304 + 4_608 + 288 + 2_890),
    // 3·16·9 + 4·16; 2·16·16·9 + 2·4·16; 16·32·9 + 32·32·9 + 16·32 + 3·4·32;
    // 32·64·9 + 64·64·9 + 32·64 + 3·4·64; 64·10 + 10
    (
      .resnet, ArchitectureOptions(inputShape: [3, 32, 32]),
      496 + 4_736 + 14_720 + 58_112 + 650
    ),
    // 256·128 + 64·128; in each block 4·(128·128 + 128), 128·512 + 512, 512·128 + 128, 2·256; a norm;
    // 128·256. The score of what is hidden is a literal.
    (
      .gpt, ArchitectureOptions(),
      40_960 + 4 * (66_048 + 66_048 + 65_664 + 512) + 256 + 32_768
    ),
  ]

  @Test(arguments: handCounted)
  func parameterCountIsTheSumDoneByHand(
    architecture: Architecture, options: ArchitectureOptions, expected: Int
  ) throws {
    #expect(try architecture.network(options).parameterCount == expected)
  }

  static let ofImages = Architecture.allCases.filter { $0 != .gpt }

  @Test(arguments: ofImages)
  func logitsHaveOneColumnForEachClass(architecture: Architecture) throws {
    let options = ArchitectureOptions(inputShape: [3, 32, 32], classes: 100, widthFactor: 0.5477)
    let network = try architecture.network(options)
    #expect(network.graph.outputs.map(\.name) == ["output"])
    #expect(network.graph.outputs[0].type == TensorType(.float32, [.symbolic("N"), 100]))
  }

  @Test(arguments: Architecture.allCases)
  func sameSeedGivesTheSameBytesAndAnotherSeedOthers(architecture: Architecture) throws {
    func bytes(seed: UInt64) throws -> [[UInt8]] {
      try architecture.network(ArchitectureOptions(widthFactor: 0.1, seed: seed))
        .parameters.values.map { $0.tensor().withUnsafeBytes { Array($0) } }
    }
    let first = try bytes(seed: 4)
    #expect(try bytes(seed: 4) == first)
    #expect(try bytes(seed: 5) != first)
  }

  @Test(arguments: Architecture.allCases)
  func widthsNeverFallBelowOne(architecture: Architecture) throws {
    let network = try architecture.network(ArchitectureOptions(widthFactor: 0.001))
    let weights = network.parameters.filter { $0.key.hasSuffix("weight") }
    #expect(weights.values.contains { $0.shape[0] == 1 })
    #expect(weights.values.allSatisfy { $0.shape.sizes.allSatisfy { $0 >= 1 } })
  }

  @Test(arguments: Architecture.allCases)
  func convolutionsBeforeBatchNormHaveNoBias(architecture: Architecture) throws {
    for node in try architecture.network().graph.nodes {
      if case .convolution = node.operation { #expect(node.inputs.count == 2) }
    }
  }

  @Test func convnetIsTheOneOfTheNotesOnGrowth() throws {
    func channels(_ factor: Double) throws -> [Int] {
      let network = try Architecture.convnet.network(ArchitectureOptions(widthFactor: factor))
      return (1...4).compactMap { network.parameters["conv\($0).weight"]?.shape[0] }
    }
    #expect(try channels(1) == [16, 32, 32, 64])
    #expect(try channels(0.5) == [8, 16, 16, 32])
  }

  @Test(arguments: [(8, 1), (14, 2), (20, 3)])
  func resnetHasSixTimesNPlusTwoLayers(depth: Int, blocks: Int) throws {
    let network = try Architecture.resnet.network(ArchitectureOptions(depth: depth))
    let names = network.graph.nodes.map(\.name)
    #expect(names.count { $0.hasSuffix(".add") } == 3 * blocks)
    #expect(names.filter { $0.hasSuffix("shortcut.conv") }.count == 2)
    let weights = network.graph.nodes.count {
      switch $0.operation {
      case .convolution, .dense: !$0.name.contains("shortcut")
      default: false
      }
    }
    #expect(weights == depth)
  }

  @Test func widthFactorOfInceptionLeavesTheStemAlone() throws {
    let network = try Architecture.inception.network(ArchitectureOptions(widthFactor: 0.5477))
    func rows(_ name: String) -> Int? { network.parameters[name + ".weight"]?.shape[0] }
    #expect(rows("conv1") == 32)
    // 16, 24 and 8 channels times √0.3 are 8.8, 13.1 and 4.4.
    #expect(rows("mixed1.branch1x1.conv1") == 9)
    #expect(rows("mixed1.branch3x3.conv2") == 13)
    #expect(rows("mixed1.branch_pool.conv1") == 4)
    #expect(network.parameters["mixed4.branch5x5.conv2.weight"]?.shape == [18, 18, 1, 5])
    #expect(network.parameters["mixed4.branch5x5.conv3.weight"]?.shape == [18, 18, 5, 1])
  }

  @Test func gptTakesTokensAndGivesLogitsForEachPlace() throws {
    let network = try Architecture.gpt.network(
      ArchitectureOptions(inputShape: [16], classes: 50, widthFactor: 0.25, depth: 2))
    #expect(network.graph.inputs[0].type == TensorType(.int64, [.symbolic("N"), 16]))
    #expect(network.graph.outputs[0].type == TensorType(.float32, [.symbolic("N"), 16, 50]))
  }

  /// All but tokens and classes, which is what pins them: places, and the graph's output.
  @Test func everyWidthOfGptIsFree() throws {
    let network = try Architecture.gpt.network(ArchitectureOptions(depth: 1))
    let found = try Widths(of: network).all.filter { !$0.uses.isEmpty }
      .map { "\($0.name) \($0.size) \($0.freedom.name)" }
    #expect(
      found == [
        "embed 128 free", "block1.query[0] 4 free", "block1.query[1] 32 free",
        "block1.value[1] 32 free", "block1.fc1 512 free", "head 256 pinned", "position 64 pinned",
      ])
  }

  @Test func mlpTakesFeatures() throws {
    let network = try Architecture.mlp.network(ArchitectureOptions(inputShape: [4], classes: 3))
    #expect(network.graph.inputs[0].type == TensorType(.float32, [.symbolic("N"), 4]))
    // 4·256 + 256, 256·256 + 256, 256·3 + 3
    #expect(network.parameterCount == 1_280 + 65_792 + 771)
  }

  static let refused: [(Architecture, ArchitectureOptions, String)] = [
    (
      .resnet, ArchitectureOptions(depth: 9),
      "resnet: a depth of 9; 8, 14, 20 or another 6n + 2 expected"
    ),
    (
      .inception, ArchitectureOptions(depth: 3),
      "inception: a depth of 3; an even number expected"
    ),
    (.convnet, ArchitectureOptions(depth: 13), "convnet: a depth of 13; at most 12 expected"),
    (.mlp, ArchitectureOptions(depth: 0), "mlp: a depth of 0; 1 to 10000 expected"),
    (.mlp, ArchitectureOptions(classes: 0), "mlp: 0 classes; at least 1 expected"),
    (
      .mlp, ArchitectureOptions(widthFactor: .nan),
      "mlp: a width factor of nan; a number above 0, at most 1000, expected"
    ),
    (
      .mlp, ArchitectureOptions(inputShape: [28, 28]),
      "mlp: an input of (28, 28); channels, height and width expected, each at least 1"
    ),
    (
      .gpt, ArchitectureOptions(inputShape: [1, 28, 28]),
      "gpt: an input of (1, 28, 28); the number of tokens expected, such as 64"
    ),
    (
      .mlp, ArchitectureOptions(inputShape: [0]), "mlp: an input of (0); at least 1 number expected"
    ),
    (
      .convnet, ArchitectureOptions(inputShape: [1, 4, 4]),
      "node \"pool3\" (MaxPool): a window of 2 does not fit 1 padded by 0 and 0"
    ),
  ]

  @Test(arguments: refused)
  func unsuitableOptionsAreRefusedInWords(
    architecture: Architecture, options: ArchitectureOptions, sentence: String
  ) {
    #expect(throws: NetworkError.self) { try architecture.network(options) }
    do throws(NetworkError) {
      _ = try architecture.network(options)
    } catch {
      #expect(error.description == sentence)
    }
  }
}
