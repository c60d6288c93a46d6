import Net2Net
import Net2NetTraining
import TestSupport
import Testing

@testable import Net2NetLifelong

/// Networks whose image sizes only runs tell, as exporters write them.
@Suite(.requiresTorch) struct ModelSignatureTests {
  /// Images of one channel under a kernel of 3.
  private func network(
    _ sizes: [Dimension] = [.symbolic("H"), .symbolic("W")], seed: UInt64 = 0
  ) throws -> Network {
    var builder = NetworkBuilder(name: "open", seed: seed)
    let input = builder.input(sizes: [1] + sizes)
    let maps = try builder.convolution(
      input, channels: 2, kernel: [3, 3], padding: .explicit([0, 0, 0, 0]))
    return try builder.network(output: try builder.flatten(try builder.globalAveragePool(maps)))
  }

  private func settings(_ shape: Shape) -> LiveSettings {
    LiveSettings(
      model: "open", sample: SampleForm(storage: .float32, shape: shape, preparation: .none),
      classes: ["even", "odd"])
  }

  @Test func openSizesAreThoseOfTheSamples() throws {
    try withTemporaryFolder { folder in
      let model = try LiveModel.create(
        folder + "/live", settings([1, 5, 4]), network: try network(), source: "open.onnx")
      let expected = TensorType(.float32, [.symbolic("N"), 1, 5, 4])
      let verified = try model.registry.verified(1, for: model.settings)
      #expect(verified.network.graph.inputs[0].type == expected)
      #expect(verified.goldenDifference == 0)

      // One that an older version of the program took as it was.
      let draft = VersionDraft(parent: 1, origin: .imported(from: "open.onnx"))
      _ = try model.registry.add(try network(seed: 1), as: draft)
      #expect(
        try model.registry.verified(2, for: model.settings).network.graph.inputs[0].type
          == expected)
    }
  }

  @Test func samplesThatTheNetworkCannotTakeAreRefusedFromTheStart() throws {
    let cases: [(Shape, [Dimension], String)] = [
      (
        [1, 2, 2], [.symbolic("H"), .symbolic("W")],
        "the network: one that takes samples (1, 2, 2) expected, node \""
      ),
      (
        [1, 5, 4], [.symbolic("S"), .symbolic("S")],
        "the network's input \"input\": one that takes batches of any size of samples (1, 5, 4) "
          + "expected, float32(N, 1, S, S) found"
      ),
      (
        [1, 5, 4], [.symbolic("N"), 4],
        "the network's input \"input\": one that takes batches of any size of samples (1, 5, 4) "
          + "expected, float32(N, 1, N, 4) found"
      ),
    ]
    for (shape, sizes, expected) in cases {
      try withTemporaryFolder { folder in
        let found = sentence {
          _ = try LiveModel.create(
            folder + "/live", settings(shape), network: try network(sizes), source: "open.onnx")
        }
        #expect(found?.hasPrefix(expected) == true, "\(found ?? "taken")")
      }
    }
    #expect(throws: Never.self) {
      try ModelSignature(settings([1, 4, 4])).fitted(
        try network([.symbolic("S"), .symbolic("S")]))
    }
  }
}
