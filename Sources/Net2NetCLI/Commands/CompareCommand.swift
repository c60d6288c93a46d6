import ArgumentParser
import Net2Net
import Net2NetFiles
import Net2NetTraining

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Measure a growth against what one would do without it.",
    discussion: """
      For each seed a teacher is trained and grown; then the student, the same network from \
      scratch, random pad, and the teacher itself learn with the same budgets from the same samples in \
      the same order. With the first seed every arm tries the whole grid, for each budget by itself; \
      a validation split, carved from the training split, chooses, and the test split reports. A plan:

        name: Net2WiderNet on convnet
        seeds: [1, 2, 3]
        data: {training: 20000, validation: 4000}
        teacher:
          architecture: convnet
          widthFactor: 0.5
          training: {steps: 400, learningRate: 0.05}
        student:
          - growths: [{widen: {all: 2x}}]
        budgets: [100, 200, 400]
        grid: {learningRate: [0.02, 0.05, 0.1]}

      Interrupted, or killed, it goes on where it stopped when it is started again as it was. \
      docs/compare.md has everything that a plan can say. Examples:

        net2net compare Experiments/convnet-wider.yml --data fashion-mnist -o results/convnet
        net2net compare plan.yml --data fashion-mnist -o results/convnet --dry-run
      """)

  @Argument(help: "A plan in YAML.")
  var plan: String

  @Option(help: "\(DataSpecification.forms).")
  var data: String

  @Option(
    name: [.customShort("o"), .long],
    help: "The folder for results.json, table.md, report.html and the runs.")
  var output: String

  @Flag(help: "Show the runs and what they will take, and do nothing.")
  var dryRun = false

  @OptionGroup var engine: EngineOptions

  func validate() throws { _ = try dataSpecification(data) }

  func run() throws {
    let plan: ComparisonPlan = try planFile(plan)
    let comparison = try GrowthComparison(
      plan, data: try dataSet(data),
      engine: ComparisonEngine(device: try engine.prepared(), threads: engine.threads))
    guard !dryRun else { return print(try PlannedRuns(of: comparison).text) }
    try checkFolder()
    let interruption = Interruption()
    var display = ComparisonDisplay()
    let record = try comparison.run(
      in: output, command: typedCommand, cancellation: interruption.cancellation
    ) { display.show($0) }
    display.clear()
    guard record.isComplete else {
      print("stopped; what is done is kept, and the same command goes on: \(typedCommand)")
      throw ExitCode(interruption.exitCode)
    }
    try write(record)
  }

  private static let names = ["results.json", "table.md", "report.html"]

  /// A comparison resumes in its own folder. Other files with the same names are never replaced.
  private func checkFolder() throws {
    var files = CommandFiles()
    files.read("the plan", plan)
    files.read(data: data)
    for name in Self.names { files.write("a file of the comparison", "\(output)/\(name)") }
    try files.checkPlaces()
    try checkIsOurs(output, mark: "plan.json", names: Self.names, what: "a comparison's")
  }

  private func write(_ record: ComparisonRecord) throws {
    let results = ComparisonResults(summary: ComparisonSummary(of: record), record: record)
    let table = ComparisonTable(results)
    try AtomicFile.write(
      try json(results) + "\n", to: "\(output)/results.json", overwriting: true)
    try AtomicFile.write(table.markdown, to: "\(output)/table.md", overwriting: true)
    try AtomicFile.write(
      ComparisonReport(results).page.document(), to: "\(output)/report.html", overwriting: true)
    print("\(table.text)\n\n\(output)/report.html: the same with pictures, and how it was made")
  }
}
