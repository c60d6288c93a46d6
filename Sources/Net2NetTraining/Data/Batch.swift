public import Net2Net

/// Samples and what is to be said of them, as a network takes them.
public struct Batch: Sendable {
  /// One sample after the other along the first axis. Images are float32 and normalised,
  /// (sample, channel, row, column); features float32, (sample, …); tokens int64, (sample, place).
  public let inputs: Tensor
  /// The class of each sample, int64, (sample); or of each of its places, (sample, place).
  public let targets: Tensor

  /// Samples.
  public var count: Int { inputs.shape[0] }
}
