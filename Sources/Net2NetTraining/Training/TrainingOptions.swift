public import Net2NetTorch

/// Everything that decides a training run besides the network and the data. Equal options give
/// equal networks, byte for byte, on the same machine and number of threads.
public struct TrainingOptions: Hashable, Sendable, Codable {
  /// How long to train.
  public enum Budget: Hashable, Sendable, Codable {
    case epochs(Int)
    case steps(Int)
  }

  public enum OnNaN: String, Hashable, Sendable, Codable, CaseIterable {
    /// End the run, and say where it came from.
    case stop
    /// Leave the batch out; the run ends after ten in a row.
    case skip
  }

  /// Which samples a batch norm takes its statistics from where several ranks learn.
  public enum BatchNormScope: String, Hashable, Sendable, Codable, CaseIterable {
    /// The whole batch, as one process does; two exchanges a norm and step.
    case batch
    /// A rank's own part of it; nothing is exchanged. Running statistics are averaged over ranks
    /// where the network is looked at.
    case rank
  }

  /// Of a run: more than anybody waits for, and small enough for sums and products of such numbers.
  static let mostSteps = 1_000_000_000_000

  public var budget: Budget
  public var batchSize: Int
  public var optimizer: OptimizerSettings
  public var schedule: Schedule
  /// The share of the target that is spread over all classes.
  public var labelSmoothing: Double
  public var augmentation: Augmentation
  /// Decides the order of images, augmentation and dropout.
  public var seed: UInt64
  /// Steps between evaluations; after each epoch when nil.
  public var evaluationInterval: Int?
  /// Steps between entries in the log.
  public var logInterval: Int
  public var device: Device
  /// What the network is computed in; its file keeps its types.
  public var precision: Precision
  /// What to do about a batch whose loss is NaN or infinite.
  public var onNaN: OnNaN
  /// Steps between checkpoints; after each epoch when nil.
  public var checkpointInterval: Int?
  /// Compares every student that a growth inside the run makes with its teacher.
  public var verifiesGrowth: Bool
  /// As many as libtorch thinks best when nil.
  public var threads: Int?
  public var batchNorm: BatchNormScope

  public init(
    budget: Budget = .epochs(5), batchSize: Int = 128,
    optimizer: OptimizerSettings = OptimizerSettings(), schedule: Schedule = Schedule(),
    labelSmoothing: Double = 0, augmentation: Augmentation = .none, seed: UInt64 = 0,
    evaluationInterval: Int? = nil, logInterval: Int = 10, device: Device = .cpu,
    precision: Precision = .float32, onNaN: OnNaN = .stop, checkpointInterval: Int? = nil,
    verifiesGrowth: Bool = true, threads: Int? = nil, batchNorm: BatchNormScope = .batch
  ) {
    self.budget = budget
    self.batchSize = batchSize
    self.optimizer = optimizer
    self.schedule = schedule
    self.labelSmoothing = labelSmoothing
    self.augmentation = augmentation
    self.seed = seed
    self.evaluationInterval = evaluationInterval
    self.logInterval = logInterval
    self.device = device
    self.precision = precision
    self.onNaN = onNaN
    self.checkpointInterval = checkpointInterval
    self.verifiesGrowth = verifiesGrowth
    self.threads = threads
    self.batchNorm = batchNorm
  }

  /// Runs that were begun before there was a choice of batch norms are read too.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys) throws -> Value {
      try container.decode(Value.self, forKey: key)
    }
    self.init(
      budget: try value(.budget), batchSize: try value(.batchSize),
      optimizer: try value(.optimizer), schedule: try value(.schedule),
      labelSmoothing: try value(.labelSmoothing), augmentation: try value(.augmentation),
      seed: try value(.seed),
      evaluationInterval: try container.decodeIfPresent(Int.self, forKey: .evaluationInterval),
      logInterval: try value(.logInterval), device: try value(.device),
      precision: try value(.precision), onNaN: try value(.onNaN),
      checkpointInterval: try container.decodeIfPresent(Int.self, forKey: .checkpointInterval),
      verifiesGrowth: try value(.verifiesGrowth),
      threads: try container.decodeIfPresent(Int.self, forKey: .threads),
      batchNorm: try container.decodeIfPresent(BatchNormScope.self, forKey: .batchNorm) ?? .batch)
  }

  /// - Throws: ``TrainingError/option(_:expected:found:)`` for the first value out of its range.
  public func validate() throws(TrainingError) {
    switch budget {
    case .epochs(let epochs): try require(count: epochs, "epochs")
    case .steps(let steps): try require(count: steps, "steps")
    }
    try require(count: batchSize, "batch size")
    try require(
      (0..<1).contains(labelSmoothing), "label smoothing", "from 0 to below 1", labelSmoothing)
    // Intervals longer than any run mean never; nothing is computed with them.
    let interval = evaluationInterval ?? 1
    try require(interval >= 1, "evaluation interval", "1 step or more", interval)
    let checkpoints = checkpointInterval ?? 1
    try require(checkpoints >= 1, "checkpoint interval", "1 step or more", checkpoints)
    try require(logInterval >= 1, "log interval", "1 step or more", logInterval)
    try augmentation.validate()
    try optimizer.validate()
    try schedule.validate()
  }

  /// - Throws: ``TrainingError/option(_:expected:found:)`` for what several ranks cannot do.
  func validate(among ranks: Ranks) throws(TrainingError) {
    guard ranks.size > 1 else { return }
    try require(
      batchSize >= ranks.size, "batch size", "\(ranks.size) or more, an image for each rank",
      batchSize)
  }
}
