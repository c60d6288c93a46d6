import ArgumentParser
import Net2NetTraining

/// Everything that decides a training run, as options.
struct TrainingArguments: ParsableArguments {
  @Option(help: "How often to go through the images; 5 unless --steps is given.")
  var epochs: Int?

  @Option(help: "How many batches to learn from, instead of --epochs.")
  var steps: Int?

  @Option(help: "Images a step.")
  var batchSize = 128

  @Option(help: "sgd, adam or adamw.")
  var optimizer = "sgd"

  @Option(help: "The schedule's full height; 0.05 for sgd, 0.001 for adam and adamw.")
  var learningRate: Double?

  @Option(help: "sgd's momentum.")
  var momentum = 0.9

  @Flag(help: "Nesterov's momentum.")
  var nesterov = false

  @Option(help: "0.0005 for sgd, 0 for adam, 0.01 for adamw.")
  var weightDecay: Double?

  @Option(help: "How the learning rate goes down: constant, cosine or step.")
  var schedule = "cosine"

  @Option(help: "Steps before the learning rate reaches its full height.")
  var warmup = 0

  @Option(help: "The share of each target that is spread over all classes.")
  var labelSmoothing = 0.0

  @Option(help: "Shift images by up to so many pixels while training.")
  var cropPadding = 0

  @Flag(help: "Mirror every other image while training.")
  var flips = false

  @Option(help: "The side of a square, in pixels, blotted out of each image while training.")
  var cutout = 0

  @Option(
    help: "Mix samples of a batch by shares drawn from Beta(α, α) while training; 0.2 is usual.")
  var mixup = 0.0

  @Option(help: "What the order of images, augmentation and dropout are drawn from.")
  var seed: UInt64 = 0

  @Option(help: "Steps between evaluations; after each epoch unless given.")
  var evaluateEvery: Int?

  @Option(help: "Steps between checkpoints; after each epoch unless given.")
  var checkpointEvery: Int?

  @Option(help: "float32, float64, or bfloat16 for products alone: what is computed in.")
  var precision = "float32"

  @Option(
    name: .customLong("on-nan"),
    help: "What to do about a batch whose loss is NaN or infinite: stop, or skip it.")
  var onNaN = "stop"

  @Option(
    help: """
      What batch norms of several ranks take their statistics from: the whole batch, as one process
      does, or each rank's own part, which spares exchanges.
      """)
  var batchNorm = "batch"

  func validate() throws {
    do { _ = try options() } catch let error as TrainingError {
      throw ValidationError("\(error)")
    }
  }

  /// Nil where neither --epochs nor --steps is given.
  func budget() throws -> TrainingOptions.Budget? {
    guard epochs == nil || steps == nil else {
      throw ValidationError("either --epochs or --steps")
    }
    return steps.map(TrainingOptions.Budget.steps) ?? epochs.map(TrainingOptions.Budget.epochs)
  }

  func options() throws -> TrainingOptions {
    let options = TrainingOptions(
      budget: try budget() ?? .epochs(5),
      batchSize: batchSize,
      optimizer: OptimizerSettings(
        try choice("optimizer", optimizer), learningRate: learningRate,
        weightDecay: weightDecay, momentum: momentum, isNesterov: nesterov),
      schedule: Schedule(try choice("schedule", schedule), warmupSteps: warmup),
      labelSmoothing: labelSmoothing,
      augmentation: Augmentation(
        cropPadding: cropPadding, flips: flips, cutout: cutout, mixup: mixup), seed: seed,
      evaluationInterval: evaluateEvery, precision: try choice("precision", precision),
      onNaN: try choice("on-nan", onNaN), checkpointInterval: checkpointEvery,
      batchNorm: try choice("batch-norm", batchNorm))
    try options.validate()
    return options
  }
}
