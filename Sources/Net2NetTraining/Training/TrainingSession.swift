internal import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

/// One run of a ``Trainer``, with all that changes in it.
final class TrainingSession {
  let trainer: Trainer
  let ranks: Ranks
  let directory: RunDirectory?
  let log: MetricsLog?
  let loader: BatchLoader
  private(set) var classifier: Classifier
  private(set) var optimizer: Optimizer
  /// What adds gradients up over all ranks; nil for a process by itself.
  private var gradients: GradientBuckets?
  private let dropout: Draw
  private let began = ContinuousClock.now
  var progress: RunProgress
  /// Of the last step.
  private var learningRate = 0.0
  /// Of a step that is to be logged.
  private var gradientNorm: Double?
  private var meter: LossMeter
  private(set) var evaluations: [Metrics] = []
  private var savedStep: Int?
  /// Whether any rank had been asked to stop when all last told each other; nil for a process by
  /// itself.
  private var isStopAgreed: Bool?

  var step: Int { progress.step }

  init(_ trainer: Trainer, directory: RunDirectory?, _ ranks: Ranks) throws {
    self.trainer = trainer
    self.ranks = ranks
    self.directory = directory
    loader = trainer.loader(of: try ranks.shard)
    classifier = try Self.classifier(trainer.network, trainer, ranks)
    try Self.checkMemory(classifier, loader, ranks)
    gradients = try ranks.gradients(of: classifier)
    optimizer = try Optimizer(
      trainer.options.optimizer, classifier.compiled.trainedParameters,
      device: trainer.options.device, state: trainer.start?.optimizer)
    dropout = Draw(seed: trainer.options.seed).derived(for: "dropout")
    progress = trainer.start?.progress ?? RunProgress()
    meter = LossMeter(from: progress.window)
    let step = progress.step
    let begun = trainer.start == nil ? nil : try directory?.begun()
    // First, for it is what tells that the folder is a run's.
    try directory?.write(trainer.description(begun: begun))
    log = try directory.map { try MetricsLog($0.metricsFile, from: step) }
    try ranks.check(
      Fingerprint(of: trainer, progress, classifier, optimizer),
      at: "the beginning, step \(step)")
  }

  private static func classifier(
    _ network: Network, _ trainer: Trainer, _ ranks: Ranks
  ) throws -> Classifier {
    try Classifier(
      network, for: trainer.data, precision: trainer.options.precision,
      device: trainer.options.device,
      normalizingAmong: trainer.options.batchNorm == .batch ? ranks : .alone)
  }

  /// What a step keeps until it goes back is known before the first: a batch that does not fit would
  /// end the process in the middle of it.
  private static func checkMemory(
    _ classifier: Classifier, _ loader: BatchLoader, _ ranks: Ranks
  ) throws(EngineError) {
    let part = (loader.batchSize + ranks.size - 1) / ranks.size
    try classifier.compiled.checkTraining(batch: part)
  }

  /// Norms that each rank has of its own samples differ until then.
  func settleStatistics() throws {
    guard trainer.options.batchNorm == .rank else { return }
    try ranks.averageStatistics(of: classifier)
  }

  func run(
    _ cancellation: Cancellation, _ observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingResult {
    let perEpoch = loader.batchesPerEpoch
    try logStart()
    try observe(.began(firstStep: step, steps: trainer.steps, stepsPerEpoch: perEpoch))
    try evaluate(observe)
    try growIfDue(observe)
    while step < trainer.steps, !stops(cancellation) {
      var batches = loader.batches(ofEpoch: step / perEpoch, from: step % perEpoch)
      while let batch = try batches.next() {
        guard step < trainer.steps, !stops(cancellation) else { break }
        try learn(from: batch, cancellation, observe)
        try afterStep(observe)
      }
    }
    // What was cancelled is to be saved at once; the next run evaluates where it begins, and logs
    // what this one has summed up.
    if !stops(cancellation) { try evaluate(observe) }
    try save(observe)
    // Nobody takes the run for complete before rank 0 has saved it.
    _ = try ranks.sums([0], "ending the run")
    return TrainingResult(
      checkpoint: try checkpoint(), isComplete: step >= trainer.steps, evaluations: evaluations)
  }

  private func stops(_ cancellation: Cancellation) -> Bool {
    isStopAgreed ?? cancellation.isRequested
  }

  private func learn(
    from batch: Batch, _ cancellation: Cancellation, _ observe: (TrainingEvent) throws -> Void
  ) throws {
    let options = trainer.options
    let seed = dropout.bits(step * ranks.size + ranks.rank)
    let logits = try classifier.logits(batch, mode: .training(dropoutSeed: seed))
    let own = try classifier.crossEntropy(
      logits, batch, .mean, labelSmoothing: options.labelSmoothing)
    learningRate = trainer.learningRate(after: progress.growths).value(atStep: step)
    let share = Double(batch.count) / Double(loader.batchSize)
    if let loss = try propagatedBack(own, share: share, cancellation) {
      progress.skippedInARow = nil
      gradientNorm = isLogged(step + 1) ? try optimizer.gradientNorm() : nil
      try optimizer.step(learningRate: learningRate)
      try meter.add(loss, images: loader.batchSize)
    } else {
      try skipOrStop(batch, observe)
    }
    progress.step += 1
    progress.samples += loader.batchSize
  }

  /// Gives each parameter the gradient of the whole batch's mean loss, and returns that loss; nil,
  /// on all ranks, where it is NaN or infinite.
  private func propagatedBack(
    _ own: TorchTensor, share: Double, _ cancellation: Cancellation
  ) throws(EngineError) -> TorchTensor? {
    guard let gradients else {
      // Elsewhere the loss is looked at when it is logged: waiting for it would cost every step.
      let isLookedAt = trainer.options.device == .cpu || trainer.options.onNaN == .skip
      if isLookedAt, !(try own.scalar().isFinite) { return nil }
      try own.backward()
      return own
    }
    let weighted = try Operators.multiply(.tensor(own), .double(share))
    // Losses, and wishes to stop, travel with the gradients.
    let sums = try gradients.backward(
      from: weighted, telling: [weighted.scalar(), cancellation.isRequested ? 1 : 0])
    isStopAgreed = sums[1] > 0
    guard sums[0].isFinite else {
      try optimizer.dropGradients()
      return nil
    }
    return try TorchTensor(Tensor([sums[0]], shape: []))
  }

  /// What follows a step, in this order, so that a run that is taken up at any checkpoint goes on
  /// alike.
  private func afterStep(_ observe: (TrainingEvent) throws -> Void) throws {
    let options = trainer.options
    let endsEpoch = step % loader.batchesPerEpoch == 0
    if isLogged(step) { try writeLog(observe) }
    if step % (options.evaluationInterval ?? loader.batchesPerEpoch) == 0 {
      try evaluate(observe)
    }
    try growIfDue(observe)
    let isDue = options.checkpointInterval.map { step % $0 == 0 } ?? endsEpoch
    if isDue { try save(observe) }
  }

  private func isLogged(_ step: Int) -> Bool {
    step == trainer.steps || step % loader.batchesPerEpoch == 0
      || step % trainer.options.logInterval == 0
  }

  /// Puts a student in the place of the network.
  func replace(with student: Network, _ state: OptimizerState) throws {
    let classifier = try Self.classifier(student, trainer, ranks)
    optimizer = try Optimizer(
      trainer.options.optimizer, classifier.compiled.trainedParameters,
      device: trainer.options.device, state: state)
    self.classifier = classifier
    try Self.checkMemory(classifier, loader, ranks)
    gradients = try ranks.gradients(of: classifier)
    try ranks.check(Fingerprint(of: classifier, optimizer), at: "growth at step \(step)")
  }

  // MARK: Numbers that are none

  /// A batch whose loss is NaN or infinite is left out, if asked, unless there are too many.
  private func skipOrStop(
    _ batch: Batch, _ observe: (TrainingEvent) throws -> Void
  ) throws {
    let place = step % loader.batchesPerEpoch
    let divergence = try Divergence(
      of: classifier, on: batch,
      samples: loader.samples(ofBatch: place, epoch: step / loader.batchesPerEpoch), among: ranks)
    let skippedInARow = (progress.skippedInARow ?? 0) + 1
    progress.skippedInARow = skippedInARow
    guard trainer.options.onNaN == .skip, divergence.parameter == nil,
      skippedInARow <= Self.mostSkipped
    else {
      throw TrainingError.diverged(
        step: step + 1, learningRate: learningRate, cause: divergence.description)
    }
    try omit("a batch whose loss is NaN or infinite, first in \(divergence)", at: step + 1, observe)
  }

  private static let mostSkipped = 10

  // MARK: Telling

  private func logStart() throws {
    guard let log else { return }
    if let seconds = log.secondsWithoutCheckpoint {
      // A run that was killed between saving and saying so.
      var metrics = metrics(.checkpoint)
      metrics.seconds = seconds
      try log.append(metrics)
    }
    var metrics = metrics(.start)
    metrics.session = try SessionRecord(of: trainer, ranks: ranks.size)
    try log.append(metrics)
  }

  /// Tells and logs what is left out.
  func omit(
    _ text: String, at step: Int, _ observe: (TrainingEvent) throws -> Void
  ) throws {
    var metrics = metrics(.omission)
    metrics.step = step
    metrics.omission = text
    try log?.append(metrics)
    try observe(.omitted(step: step, text))
  }

  /// Also where a run that diverges ends, before anything of it is saved.
  private func writeLog(_ observe: (TrainingEvent) throws -> Void) throws {
    guard let window = try meter.window() else { return }
    let loss = window.sum / Double(window.steps)
    let imagesPerSecond = meter.imagesPerSecond()
    progress.lossSum += loss * Double(window.steps)
    progress.lossCount += window.steps
    meter.reset()
    guard loss.isFinite else {
      throw TrainingError.diverged(step: step, learningRate: learningRate, cause: nil)
    }
    var metrics = metrics(.training, loss: loss)
    metrics.learningRate = learningRate
    metrics.imagesPerSecond = imagesPerSecond
    metrics.gradientNorm = gradientNorm
    metrics.peakMemoryBytes = peakMemoryBytes()
    try log?.append(metrics)
    try observe(.logged(metrics))
  }

  /// Once for each step at most. What a run evaluates where it is taken up was recorded before.
  private func evaluate(_ observe: (TrainingEvent) throws -> Void) throws {
    guard evaluations.last?.step != step else { return }
    let paused = ContinuousClock.now
    defer { meter.discount(since: paused) }
    try settleStatistics()
    let evaluation = try Evaluation(
      of: classifier, on: trainer.data, batchSize: 256, among: ranks)
    if step > trainer.start?.step ?? -1 { record(evaluation) }
    var metrics = metrics(.evaluation, loss: evaluation.loss)
    metrics.accuracy = evaluation.accuracy
    metrics.targetsByClass = evaluation.targetsByClass
    metrics.correctByClass = evaluation.correctByClass
    metrics.confusion = evaluation.confusion
    evaluations.append(metrics)
    try log?.append(metrics)
    try observe(.evaluated(metrics, evaluation))
  }

  private func record(_ evaluation: Evaluation) {
    progress.evaluatedLoss = evaluation.loss
    defer { (progress.lossSum, progress.lossCount) = (0, 0) }
    guard case .plateau(let plateau)? = nextGrowth?.trigger else { return }
    switch plateau.loss {
    case .test: progress.plateau.record(evaluation.loss, plateau)
    case .training where progress.lossCount > 0:
      progress.plateau.record(progress.lossSum / Double(progress.lossCount), plateau)
    case .training: break
    }
  }

  func metrics(_ kind: Metrics.Kind, loss: Double? = nil) -> Metrics {
    Metrics(
      kind: kind, step: step, images: progress.samples,
      epoch: Double(step) / Double(loader.batchesPerEpoch),
      loss: loss, seconds: (ContinuousClock.now - began) / .seconds(1))
  }

  // MARK: Saving

  private func save(_ observe: (TrainingEvent) throws -> Void) throws {
    guard savedStep != step else { return }
    let paused = ContinuousClock.now
    defer { meter.discount(since: paused) }
    savedStep = step
    try settleStatistics()
    try ranks.check(Fingerprint(of: classifier, optimizer), at: "step \(step)")
    guard let directory else { return }
    let checkpoint = try checkpoint()
    guard checkpoint.progress.window?.sum.isFinite ?? true else {
      throw TrainingError.diverged(step: step, learningRate: learningRate, cause: nil)
    }
    if let name = checkpoint.network.firstParameterThatIsNotFinite {
      throw TrainingError.diverged(
        step: step, learningRate: learningRate, cause: "parameter \"\(name)\"")
    }
    try directory.save(checkpoint)
    try log?.append(metrics(.checkpoint))
    try observe(.saved(step: step, directory: directory.path))
  }

  private func checkpoint() throws(EngineError) -> Checkpoint {
    let stored = trainer.start?.storedType ?? trainer.network.storedType
    let isWider = trainer.options.precision.elementType.byteCount > stored.byteCount
    // Rounded to the file's type, a run that is taken up would go another way.
    var network = try classifier.network(in: isWider ? trainer.options.precision : nil)
    network.describeTraining(on: trainer.data)
    var progress = progress
    progress.window = try meter.window()
    return Checkpoint(
      network: network, optimizer: try optimizer.state(), progress: progress,
      storedType: stored)
  }
}

extension Network {
  fileprivate var firstParameterThatIsNotFinite: String? {
    parameters.values.first { parameter in
      parameter.elementType.isFloatingPoint && !parameter.tensor().isFinite
    }?.name
  }
}
