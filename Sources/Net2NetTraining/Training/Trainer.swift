public import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

/// Trains a network to classify the images of a data set.
///
///     let trainer = try Trainer(network, data: data, options: options)
///     let result = try trainer.train(into: RunDirectory.create("runs/teacher"))
public struct Trainer: Sendable {
  public let network: Network
  public let data: DataSet
  public let options: TrainingOptions
  /// How the network grows meanwhile.
  public let growth: GrowthSchedule
  /// Where to go on from; the beginning when nil.
  public let start: Checkpoint?
  /// What was typed to train, for the log.
  public var command: String?

  /// - Throws: ``TrainingError/option(_:expected:found:)``.
  public init(
    _ network: Network, data: DataSet, options: TrainingOptions,
    growth: GrowthSchedule = GrowthSchedule(), start: Checkpoint? = nil
  ) throws(TrainingError) {
    try options.validate()
    try options.augmentation.validate(for: data)
    self.growth = growth
    self.network = start?.network ?? network
    self.data = data
    self.options = options
    self.start = start
    try checkBudget()
    try growth.validate(stepsPerEpoch: loader.batchesPerEpoch, total: steps)
  }

  /// Runs to the end of the budget or until `cancellation` is requested, on the calling thread.
  ///
  /// - Parameters:
  ///   - directory: takes the log as it comes, and the network after each epoch and at the end;
  ///     of rank 0 alone.
  ///   - ranks: the processes that learn together, each from its part of every batch. The result is
  ///     that of one process, but for rounding and for what dropout draws.
  ///   - observe: called on the same thread, between steps.
  /// - Throws: ``TrainingError/diverged(step:learningRate:cause:)`` when the loss is no longer a
  ///   number; what was saved before stays. ``TrainingError/inUse(_:process:machine:)`` where another
  ///   run writes to `directory`. `EngineError` and `FilesError` as they come.
  public func train(
    into directory: RunDirectory? = nil, among ranks: Ranks = .alone,
    cancellation: Cancellation = Cancellation(),
    observing observe: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingResult {
    let directory = try directory?.locked()
    try growth.rehearse(on: network, from: start?.progress.scheduleSteps ?? 0)
    try options.validate(among: ranks)
    try ranks.claim(options.device)
    if let threads = options.threads { try Engine.setThreads(threads) }
    let session = try ranks.naming("the beginning") {
      try TrainingSession(self, directory: directory, ranks)
    }
    return try ranks.naming("step \(session.step + 1)") {
      try withoutActuallyEscaping(observe) { try session.run(cancellation, $0) }
    }
  }

  var loader: BatchLoader { loader(of: .whole) }

  func loader(of shard: Shard) -> BatchLoader {
    BatchLoader(
      data.training, batchSize: options.batchSize,
      order: .shuffled(seed: options.seed), augmentation: options.augmentation, shard: shard)
  }

  /// The steps of the whole budget.
  public var steps: Int {
    switch options.budget {
    case .epochs(let epochs): epochs * loader.batchesPerEpoch
    case .steps(let steps): steps
    }
  }

  private func checkBudget() throws(TrainingError) {
    guard case .epochs(let epochs) = options.budget else { return }
    let perEpoch = loader.batchesPerEpoch
    let most = TrainingOptions.mostSteps / max(1, perEpoch)
    try require(epochs <= most, "epochs", "at most \(most), of \(perEpoch) steps each,", epochs)
  }
}

extension Trainer {
  /// The learning rate of a run that has been through these growths.
  func learningRate(after growths: [GrowthRecord]) -> LearningRate {
    LearningRate(
      settings: options.optimizer, schedule: options.schedule, total: steps,
      growths: growths.map { ($0.step, $0.learningRate) })
  }
}

/// Everything a run needs to go on as if it had never stopped.
public struct Checkpoint: Sendable {
  /// With parameters in the type that training has them in, where that is wider than `storedType`.
  public var network: Network
  /// Of the floating-point parameters in files of the network.
  public var storedType: ElementType
  public var optimizer: OptimizerState
  public var progress: RunProgress

  /// Steps taken.
  public var step: Int { progress.step }

  /// - Parameter storedType: the network's own unless given.
  public init(
    network: Network, optimizer: OptimizerState, progress: RunProgress,
    storedType: ElementType? = nil
  ) {
    self.network = network
    self.storedType = storedType ?? network.storedType
    self.optimizer = optimizer
    self.progress = progress
  }
}

public struct TrainingResult: Sendable {
  public let checkpoint: Checkpoint
  /// False when the run was cancelled before the end of its budget.
  public let isComplete: Bool
  /// All evaluations of this run, first to last; the first is of the network as it came.
  public let evaluations: [Metrics]

  public var network: Network { checkpoint.network }
}

extension Network {
  /// The type of the first floating-point parameter; float32 where there is none. Files of a run
  /// hold all parameters in one type.
  var storedType: ElementType {
    parameters.values.first { $0.elementType.isFloatingPoint }?.elementType ?? .float32
  }
}
