/// One line of `metrics.jsonl` (docs/runs.md).
public struct Metrics: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// The run begins, or is taken up.
    case start
    /// Means over the steps since the line before of this kind.
    case training
    /// On the whole test split.
    case evaluation
    /// The network grew; the loss is that of the evaluation before.
    case growth
    /// Something was left out, such as a batch whose loss was NaN or infinite.
    case omission
    /// Everything up to this step is saved.
    case checkpoint
  }

  public var kind: Kind
  /// Steps, images and epochs so far.
  public var step: Int
  public var images: Int
  public var epoch: Double
  /// Since the run began or was taken up again.
  public var seconds: Double

  /// Cross-entropy in nats; with label smoothing while training.
  public var loss: Double?

  // Of training.
  /// Of the last step.
  public var learningRate: Double?
  public var imagesPerSecond: Double?
  /// The Euclidean norm of the last step's gradient, in all parameters together.
  public var gradientNorm: Double?
  /// The most memory that the process has had so far, on the machine itself.
  public var peakMemoryBytes: Int?

  // Of evaluations.
  public var accuracy: Double?
  /// By class: how many targets there are, and how many of them are recognised.
  public var targetsByClass: [Int]?
  public var correctByClass: [Int]?
  /// For each class, how many of its targets are taken for each class; see
  /// ``Evaluation/confusion``.
  public var confusion: [[Int]]?

  public var session: SessionRecord?
  public var growth: GrowthRecord?
  /// What was left out, and why.
  public var omission: String?

  public init(
    kind: Kind, step: Int, images: Int, epoch: Double, loss: Double? = nil, seconds: Double
  ) {
    self.kind = kind
    self.step = step
    self.images = images
    self.epoch = epoch
    self.loss = loss
    self.seconds = seconds
  }
}
