internal import Net2Net
internal import Net2NetTorch

/// What a network computed of drawn inputs when it was added: whoever loads it later can tell that
/// it still computes that, on whatever machine.
public struct GoldenOutputs: Hashable, Sendable, Codable {
  /// The inputs are drawn from this, see `Verification.drawnInputs(for:)`.
  public let seed: UInt64
  public let batchSize: Int
  /// In float32, one list for each of the network's outputs.
  public let outputs: [[Float]]

  /// The largest difference that counts as rounding, relative to the largest output: other
  /// processors and thread counts add up in other orders, and deep networks carry that on.
  public static let tolerance = 1e-4

  static let usualBatchSize = 8
  private static let largestBatchSize = 1024

  /// - Throws: `EngineError`.
  init(of network: Network, seed: UInt64, batchSize: Int = usualBatchSize) throws {
    self.seed = seed
    self.batchSize = batchSize
    outputs = try Self.outputs(of: network, seed: seed, batchSize: batchSize)
  }

  private static func outputs(
    of network: Network, seed: UInt64, batchSize: Int
  ) throws -> [[Float]] {
    var drawing = Verification()
    drawing.batchSize = batchSize
    drawing.seed = seed
    let network = try drawing.opened([network])[0]
    let found = try CompiledNetwork(network).run(drawing.drawnInputs(for: network))
    return network.graph.outputs.map { output in
      found[output.name]?.doubles().map { Float($0) } ?? []
    }
  }

  /// The largest difference between what `network` computes and this, relative to the largest
  /// output; nil where it has another size or is no number.
  ///
  /// - Throws: `EngineError`.
  func difference(of network: Network) throws -> Double? {
    // A damaged one must not decide how much is computed.
    guard (1...Self.largestBatchSize).contains(batchSize) else { return nil }
    let found = try Self.outputs(of: network, seed: seed, batchSize: batchSize)
    guard found.map(\.count) == outputs.map(\.count) else { return nil }
    let largest = outputs.joined().reduce(0) { max($0, abs(Double($1))) }
    var difference = 0.0
    for (found, expected) in zip(found.joined(), outputs.joined()) {
      // Networks may give infinities, and must go on giving them.
      if found == expected || found.isNaN && expected.isNaN { continue }
      let gap = abs(Double(found) - Double(expected))
      guard gap.isFinite else { return nil }
      difference = max(difference, gap)
    }
    return largest > 0 ? difference / largest : difference
  }
}
