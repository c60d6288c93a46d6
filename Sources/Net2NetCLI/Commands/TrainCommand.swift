import ArgumentParser
import Net2Net
import Net2NetFiles
import Net2NetTraining

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network to recognise the samples of a data set.",
    discussion: """
      A run is a folder with network.onnx, metrics.jsonl, run.json, the last two checkpoints, \
      report.html, and tensorboard for `tensorboard --logdir`. \
      Ctrl-C ends it after the step it is at, saves, and says how to go on; the command then ends \
      with 130. A run that was killed goes on from its last checkpoint. Examples:

        net2net train net.onnx --data fashion-mnist --epochs 4 -o runs/teacher
        net2net train --resume runs/teacher
        net2net train --resume runs/teacher --epochs 8
        net2net train net.onnx --data fashion-mnist --grow plan.yml -o runs/growing
        net2net train resnet18.onnx --data fashion-mnist:size=64,channels=3 --classes 10 -o runs/r18
        torchrun --no-python --nproc-per-node 2 net2net train net.onnx --data fashion-mnist -o runs/two

      plan.yml says when the network grows, and how:

        steps:
          - at: epoch 2
            growths: [{widen: {all: 1.5x}}]
          - when: plateau
            growths: [{deepen: {all: true}}]
            learningRate: rewarm
      """)

  @Argument(help: "An ONNX file; none with --resume.")
  var network: String?

  @Option(
    help: """
      \(DataSpecification.forms); with :size=64,channels=3 behind it, images resized and grey \
      ones in three equal channels.
      """)
  var data: String?

  @Option(
    help: """
      A new head for so many classes, where the network tells another number of them apart: \
      fine-tuning. The rest of the network stays as it is.
      """)
  var classes: Int?

  @Option(name: [.customShort("o"), .long], help: "The folder of the run.")
  var output: String?

  @Option(
    help: """
      Go on with the run in this folder, with the options it began with; --epochs or --steps may \
      be more. A network, --data and --grow may be given to check that they are the run's.
      """)
  var resume: String?

  @Option(help: "A plan in YAML that says when the network grows while it trains, and how.")
  var grow: String?

  @OptionGroup(title: "Training") var training: TrainingArguments

  @OptionGroup var engine: EngineOptions

  @OptionGroup(title: "Several processes") var companions: RanksOptions

  @Flag(help: "Overwrite a run that is there.")
  var force = false

  @Flag(inversion: .prefixedNo, help: "Write event files for TensorBoard.")
  var tensorboard = true

  @Flag(
    name: .customLong("continue"),
    help: """
      Go on with a run that is in -o's folder already, and begin one where there is none: for \
      jobs that are started again as they were. Implied when a launcher restarts its processes.
      """)
  var continues = false

  func validate() throws {
    if let data { _ = try dataSpecification(data) }
    guard resume == nil else {
      guard output == nil, classes == nil else {
        throw ValidationError("--resume takes its folder and classes from the run")
      }
      return
    }
    guard network != nil else { throw ValidationError("a network expected, or --resume") }
    guard data != nil else { throw ValidationError("--data expected: what to learn") }
    guard output != nil else { throw ValidationError("-o expected: the folder of the run") }
  }

  func run() throws {
    let placement = try companions.placement()
    let ranks = try companions.met(at: placement)
    do { try run(among: ranks, restarts: placement?.restarts ?? 0) } catch {
      if ranks.size == 1 || error is ExitCode { throw error }
      if case TrainingError.endedByRankZero = error { throw ExitCode.failure }
      throw CommandError.ofRank(ranks.rank, reason: "\(error)")
    }
  }

  private func run(among ranks: Ranks, restarts: Int) throws {
    var begun: RunDirectory?
    let trainer = try Trainer.shared(among: ranks) {
      var (trainer, directory) = try started(isRestart: restarts > 0)
      trainer.command = typedCommand
      begun = directory
      return trainer
    } data: {
      try dataSpecification($0).load()
    }
    let interruption = Interruption()
    var watch: TrainingWatch?
    let result: TrainingResult
    do {
      result = try trainer.train(
        into: begun, among: ranks, cancellation: interruption.cancellation
      ) { event in
        if case .began = event {
          watch = begun.map { TrainingWatch(trainer, $0, tellsTensorBoard: tensorboard) }
        }
        watch?.show(event)
      }
    } catch {
      watch?.end(isComplete: false)
      throw error
    }
    watch?.end(isComplete: result.isComplete)
    guard let directory = begun else {  // Rank 0 says how it went.
      if !result.isComplete { throw ExitCode(interruption.exitCode) }
      return
    }
    guard result.isComplete else {
      print(
        "stopped at step \(result.checkpoint.step) of \(trainer.steps), everything is saved; "
          + "to go on: net2net train --resume \(directory.path)")
      throw ExitCode(interruption.exitCode)
    }
    let accuracy = result.evaluations.last?.accuracy.map(Figures.percent) ?? "unknown"
    print("\(directory.networkFile): accuracy \(accuracy)")
  }

  private func started(isRestart: Bool) throws -> (Trainer, RunDirectory) {
    if let resume { return try resumed(resume) }
    let goesOn = continues || isRestart
    if goesOn, let output, RunDirectory(output).holdsCheckpoints { return try resumed(output) }
    // What was begun and has saved nothing yet is begun again.
    return try begun(overwriting: force || goesOn)
  }

  private func begun(overwriting: Bool) throws -> (Trainer, RunDirectory) {
    guard let network, let data, let output else { throw CleanExit.helpRequest(self) }
    try checkFiles(network, data, RunDirectory(output), overwriting: overwriting)
    var options = try training.options()
    options.device = try engine.prepared()
    options.threads = engine.threads
    let start = try start(Network(onnx: network))
    let trainer = try Trainer(
      start.network, data: try dataSet(data), options: options,
      growth: try growthSchedule() ?? GrowthSchedule())
    let directory = try RunDirectory.create(output, overwriting: overwriting)
    if let receipt = start.receipt {
      try receipt.write(to: "\(output)/classes.receipt.json", overwriting: overwriting)
    }
    return (trainer, directory)
  }

  /// Before the data is read, which takes long.
  private func checkFiles(
    _ network: String, _ data: String, _ run: RunDirectory, overwriting: Bool
  ) throws {
    try run.check(overwriting: overwriting)
    var files = CommandFiles()
    files.read("the network to train", network)
    files.read("the plan", grow)
    files.read(data: data)
    for file in Set(run.contents + [run.networkFile]) {
      files.write("a file of the new run", file)
    }
    try files.checkPlaces()
  }

  /// The network with the classes that were asked for, and the receipt of their change.
  private func start(_ network: Network) throws -> (network: Network, receipt: Receipt?) {
    guard let classes, try network.classCount() != classes else { return (network, nil) }
    let plan = GrowthPlan(
      seed: training.seed, growths: [.replaceClasses(ReplaceClasses(count: classes))])
    let grown = try network.grown(by: plan)
    let receipt = try Receipt(
      teacher: network, student: grown.network, seed: plan.seed, grown: grown)
    return (grown.network, receipt)
  }

  private func resumed(_ folder: String) throws -> (Trainer, RunDirectory) {
    // A folder that holds no run is not locked.
    _ = try RunDirectory(folder).description()
    let directory = try RunDirectory(folder).locked()
    let description = try directory.description()
    if let network { try description.check(network: start(Network(onnx: network)).network) }
    if let given = try growthSchedule() { try description.check(growth: given) }
    let data = try dataSet(data ?? description.data)
    try description.check(data: data)
    let checkpoint = try directory.checkpoint()
    var options = description.options
    if let budget = try training.budget() { options.budget = budget }
    options.device = try engine.prepared()
    if let threads = engine.threads { options.threads = threads }
    let trainer = try Trainer(
      checkpoint.network, data: data, options: options, growth: description.growth,
      start: checkpoint)
    return (trainer, directory)
  }

  private func growthSchedule() throws -> GrowthSchedule? { try grow.map { try planFile($0) } }
}
