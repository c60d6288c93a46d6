/// What a run tells while it goes on.
public enum TrainingEvent: Sendable {
  /// Before the first step: how many there will be, and how many of them are an epoch.
  case began(firstStep: Int, steps: Int, stepsPerEpoch: Int)
  case logged(Metrics)
  case evaluated(Metrics, Evaluation)
  /// The network was replaced by a larger one.
  case grown(Metrics, GrowthRecord)
  /// Something was left out, such as a batch whose loss was no number; the text says what and why.
  case omitted(step: Int, String)
  /// The run directory holds everything up to this step.
  case saved(step: Int, directory: String)
}

/// One line of `metrics.jsonl`.
public struct Metrics: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// Means over the steps since the line before.
    case training
    /// On the whole test split.
    case evaluation
    /// The network grew; the loss is that of the evaluation before.
    case growth
  }

  public var kind: Kind
  /// Steps, images and epochs so far.
  public var step: Int
  public var images: Int
  public var epoch: Double
  /// Cross-entropy in nats; with label smoothing while training.
  public var loss: Double
  public var accuracy: Double?
  public var learningRate: Double?
  public var imagesPerSecond: Double?
  /// Since the run began or was taken up again.
  public var seconds: Double
  public var growth: GrowthRecord?
}
