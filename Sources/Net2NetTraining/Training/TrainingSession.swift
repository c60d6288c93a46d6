internal import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

/// One run of a ``Trainer``, with all that changes in it.
final class TrainingSession {
  private let trainer: Trainer
  private let directory: RunDirectory?
  private let log: MetricsLog?
  private let loader: BatchLoader
  private let classifier: Classifier
  private let optimizer: Optimizer
  private let dropout: Draw
  private let began = ContinuousClock.now
  private var step: Int
  /// Of the last step.
  private var learningRate = 0.0
  private var meter = LossMeter()
  private var evaluations: [Metrics] = []
  private var savedStep: Int?

  init(_ trainer: Trainer, directory: RunDirectory?) throws {
    self.trainer = trainer
    self.directory = directory
    loader = trainer.loader
    classifier = try Classifier(
      trainer.network, for: trainer.data, device: trainer.options.device)
    optimizer = try Optimizer(
      trainer.options.optimizer, classifier.compiled.trainedParameters,
      device: trainer.options.device, state: trainer.start?.optimizer)
    dropout = Draw(seed: trainer.options.seed).derived(for: "dropout")
    let step = trainer.start?.step ?? 0
    self.step = step
    log = try directory.map { try MetricsLog($0.metricsFile, from: step) }
    try directory?.write(RunDescription(data: trainer.data.name, options: trainer.options))
  }

  func run(
    _ cancellation: Cancellation, _ observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingResult {
    let perEpoch = loader.batchesPerEpoch
    try observe(.began(firstStep: step, steps: trainer.steps, stepsPerEpoch: perEpoch))
    try evaluate(observe)
    while step < trainer.steps, !cancellation.isRequested {
      let batches = loader.batches(ofEpoch: step / perEpoch, from: step % perEpoch)
      for batch in batches {
        guard step < trainer.steps, !cancellation.isRequested else { break }
        try learn(from: batch, observe)
      }
      if step % perEpoch == 0 { try save(observe) }
    }
    try writeLog(observe)
    // What was cancelled is to be saved at once; the next run evaluates where it begins.
    if !cancellation.isRequested { try evaluate(observe) }
    try save(observe)
    return TrainingResult(
      checkpoint: try checkpoint(), isComplete: step >= trainer.steps, evaluations: evaluations)
  }

  private func learn(
    from batch: Batch, _ observe: (TrainingEvent) throws -> Void
  ) throws {
    let options = trainer.options
    try Engine.seed(dropout.bits(step))
    let logits = try classifier.logits(batch, mode: .training)
    let loss = try classifier.crossEntropy(
      logits, batch, .mean, labelSmoothing: options.labelSmoothing)
    try loss.backward()
    learningRate =
      options.optimizer.learningRate * options.schedule.share(atStep: step, of: trainer.steps)
    try optimizer.step(learningRate: learningRate)
    try meter.add(loss, images: batch.count)
    step += 1
    let isLast = step == trainer.steps || step % loader.batchesPerEpoch == 0
    if isLast || step % options.logInterval == 0 { try writeLog(observe) }
    if step % (options.evaluationInterval ?? loader.batchesPerEpoch) == 0 {
      try evaluate(observe)
    }
  }

  /// Also where a run that diverges ends, before anything of it is saved.
  private func writeLog(_ observe: (TrainingEvent) throws -> Void) throws {
    guard meter.steps > 0 else { return }
    let (loss, imagesPerSecond) = try meter.read()
    meter.reset()
    guard loss.isFinite else {
      throw TrainingError.diverged(step: step, learningRate: learningRate)
    }
    var metrics = metrics(.training, loss: loss)
    metrics.learningRate = learningRate
    metrics.imagesPerSecond = imagesPerSecond
    try log?.append(metrics)
    try observe(.logged(metrics))
  }

  /// Once for each step at most.
  private func evaluate(_ observe: (TrainingEvent) throws -> Void) throws {
    guard evaluations.last?.step != step else { return }
    let paused = ContinuousClock.now
    defer { meter.discount(since: paused) }
    let evaluation = try Evaluation(of: classifier, on: trainer.data, batchSize: 256)
    var metrics = metrics(.evaluation, loss: evaluation.loss)
    metrics.accuracy = evaluation.accuracy
    evaluations.append(metrics)
    try log?.append(metrics)
    try observe(.evaluated(metrics, evaluation))
  }

  private func metrics(_ kind: Metrics.Kind, loss: Double) -> Metrics {
    Metrics(
      kind: kind, step: step, images: step * loader.batchSize,
      epoch: Double(step) / Double(loader.batchesPerEpoch), loss: loss,
      seconds: (ContinuousClock.now - began) / .seconds(1))
  }

  private func save(_ observe: (TrainingEvent) throws -> Void) throws {
    guard let directory, savedStep != step else { return }
    let paused = ContinuousClock.now
    defer { meter.discount(since: paused) }
    try directory.save(try checkpoint())
    savedStep = step
    try observe(.saved(step: step, directory: directory.path))
  }

  private func checkpoint() throws(EngineError) -> Checkpoint {
    var network = try classifier.network()
    network.describeTraining(on: trainer.data)
    return Checkpoint(network: network, optimizer: try optimizer.state(), step: step)
  }
}

extension Network {
  /// Notes what whoever uses the network must know of its training data: how pixels are
  /// normalised, and the names of the classes.
  fileprivate mutating func describeTraining(on data: DataSet) {
    func list(_ items: [some Any]) -> String {
      items.map { "\($0)" }.joined(separator: ", ")
    }
    metadata["trained on"] = data.name
    metadata["classes"] = list(data.classes)
    metadata["normalization"] =
      "(pixel / 255 - mean) / deviation, by channel: mean \(list(data.normalization.means)), "
      + "deviation \(list(data.normalization.deviations))"
  }
}
