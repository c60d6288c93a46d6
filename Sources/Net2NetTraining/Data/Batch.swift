public import Net2Net

/// Samples and what is to be said of them, as a network takes them.
public struct Batch: Sendable {
  /// One sample after the other along the first axis. Images are float32 and normalised,
  /// (sample, channel, row, column); features float32, (sample, …); tokens int64, (sample, place).
  public let inputs: Tensor
  /// The class of each sample, int64, (sample); or of each of its places, (sample, place).
  public let targets: Tensor

  /// What was mixed into the inputs; nil for inputs that are samples.
  public var mixing: Mixing?

  /// Inputs that are mixtures of two samples each.
  public struct Mixing: Sendable {
    /// What the batch's own samples are of their mixtures, 0…1.
    public let share: Double
    /// As ``Batch/targets``, of the samples that were mixed in.
    public let partners: Tensor
  }

  /// Samples.
  public var count: Int { inputs.shape[0] }
}
