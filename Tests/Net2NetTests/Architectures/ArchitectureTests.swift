import Net2Net
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
  ]

  @Test(arguments: handCounted)
  func parameterCountIsTheSumDoneByHand(
    architecture: Architecture, options: ArchitectureOptions, expected: Int
  ) throws {
    #expect(try architecture.network(options).parameterCount == expected)
  }

  @Test(arguments: Architecture.allCases)
  func logitsHaveOneColumnForEachClass(architecture: Architecture) throws {
    let options = ArchitectureOptions(inputShape: [3, 32, 32], classes: 100, widthFactor: 0.5477)
    let network = try architecture.network(options)
    #expect(network.graph.outputs.map(\.name) == ["output"])
    #expect(network.graph.outputs[0].type == TensorType(.float32, [.symbolic("N"), 100]))
  }
}
