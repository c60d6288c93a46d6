import ArgumentParser
import Foundation
import Net2Net
import Net2NetFiles
import Net2NetLifelong
import Net2NetTraining

struct LiveSimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Compare a learner that grows with those that do not, on a stream of data.",
    discussion: """
      Cuts a data set into arrivals of growing size and lets four strategies learn from them: a \
      small network that grows; the small one without growth; the large one from the start; and \
      the large one from scratch at every arrival, on everything so far. Prints a table and \
      writes record.json and report.html. Ctrl-C ends it; the same command goes on. Example:

        net2net live simulate -o simulation
        net2net live simulate -o quick --arrivals 6 --samples 6000
        net2net live simulate -o classes --scenario classes
      """)

  @Option(name: [.customShort("o"), .long], help: "The folder for the record and the report.")
  var output = "simulation"

  @Option(help: "\(DataSpecification.forms).")
  var data = "fashion-mnist"

  @Option(help: "size: every class from the start. classes: they appear two by two.")
  var scenario = "size"

  @Option(help: "In how many parts the data arrives, each larger than the one before.")
  var arrivals = 20

  @Option(help: "How many samples arrive in all; every training sample unless given.")
  var samples: Int?

  @Option(help: "What everything is drawn from.")
  var seed: UInt64 = 1

  @Option(
    help: "Which strategies, with commas between: growing, small, large, retrained.")
  var strategies = "growing,small,large,retrained"

  @Option(help: "A file of JSON with any of the learner's settings.")
  var learner: String?

  @Option(help: "The small network's widths, as a share of convnet's own.")
  var small = SimulationSettings().smallFactor

  @Option(help: "The large network's widths, which the learner may grow to.")
  var large = SimulationSettings().largeFactor

  @Option(help: "How often retraining goes through everything so far.")
  var retrainingEpochs = RetrainingSettings().epochs

  @OptionGroup var engine: EngineOptions

  func validate() throws {
    _ = try dataSpecification(data)
    _ = try choice("scenario", scenario, as: SimulationSettings.Scenario.self)
    _ = try chosen()
    guard samples ?? 1 >= 1 else {
      throw ValidationError("samples: 1 or more expected, \(samples ?? 0) found")
    }
  }

  private func chosen() throws -> [Strategy] {
    try strategies.split(separator: ",").map {
      try choice("strategies", String($0), as: Strategy.self)
    }
  }

  func run() throws {
    try checkIsOurs(
      output, mark: "record.json", names: ["report.html"], what: "a simulation's")
    _ = try engine.prepared()
    var simulation = try Simulation(
      try dataSet(data), settings: try settings(), folder: output,
      producer: Release.nameAndVersion, machine: Self.machine)
    let interruption = Interruption()
    let isComplete = try simulation.run(
      try chosen(), cancellation: interruption.cancellation, observing: Self.tell)
    let record = simulation.record
    try AtomicFile.write(
      SimulationReport(record: record).page.document(), to: "\(output)/report.html",
      overwriting: true)
    print("\n\(SimulationTables(record: record).text)\n\n\(output)/report.html: with pictures")
    guard isComplete else { throw ExitCode(interruption.exitCode) }
  }

  private func settings() throws -> SimulationSettings {
    var settings = SimulationSettings()
    settings.scenario = try choice("scenario", scenario, as: SimulationSettings.Scenario.self)
    settings.arrivals = arrivals
    settings.samples = samples
    settings.seed = seed
    settings.threads = engine.threads
    settings.smallFactor = small
    settings.largeFactor = large
    settings.retraining.epochs = retrainingEpochs
    if let learner { settings.learner = try LearnerSettings(json: learner) }
    return settings
  }

  private static var machine: String {
    let system = ProcessInfo.processInfo
    return "\(system.operatingSystemVersionString), \(system.activeProcessorCount) cores"
  }

  private static func tell(_ strategy: Strategy, _ point: SimulationRecord.Point) {
    let line =
      "\(strategy.title)  arrival \(point.arrival + 1)  accuracy \(Figures.percent(point.accuracy))  "
      + "\(Figures.scaled(point.work.multiplyAdds)) multiply-adds  "
      + "\(Figures.grouped(point.network.parameters)) parameters"
    Progress().note(([line] + point.events.map { "  \($0)" }).joined(separator: "\n"))
  }
}
