import ArgumentParser
import Net2Net
import Net2NetFiles
import Net2NetTraining

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "The whole story on Fashion-MNIST, with a report to look at.",
    discussion: """
      Trains a teacher; widens it and deepens it; shows that the function is unchanged; trains \
      the students; and trains the baselines with the same budget and the same order of images: \
      the wide network from random initialisation, random pad, the teacher trained on. Prints \
      one table and writes report.html, one file that needs nothing else. Example:

        net2net demo -o demo
      """)

  @Option(name: [.customShort("o"), .long], help: "The folder for networks and the report.")
  var output = "demo"

  @Option(help: "\(DataSpecification.forms).")
  var data = "fashion-mnist"

  @Option(help: "Epochs for the teacher.")
  var teacherEpochs = 3

  @Option(help: "Epochs for each network after the teacher.")
  var epochs = 2

  @Option(help: "Learn from the first so many images only, for a quicker look.")
  var images: Int?

  @Option(help: "What everything is drawn from.")
  var seed: UInt64 = 1

  @OptionGroup var engine: EngineOptions

  @Flag(help: "Overwrite a demo that is there.")
  var force = false

  func validate() throws {
    _ = try dataSpecification(data)
    guard min(epochs, teacherEpochs) > 0 else {
      throw ValidationError("epochs: 1 or more expected, \(min(epochs, teacherEpochs)) found")
    }
    try atMost(TrainingOptions.largestCount, "epochs", nil, max(epochs, teacherEpochs))
    guard images ?? 256 >= 256 else {
      throw ValidationError("images: 256 or more expected, \(images ?? 0) found")
    }
  }

  func run() throws {
    let report = "\(output)/report.html"
    try Demo.checkFolder(output, data: data, overwriting: force)
    let device = try engine.prepared()
    var data = try dataSet(data)
    if let images { data = data.prefix(training: images, test: data.test.count) }
    let settings = DemoSettings(
      teacherEpochs: teacherEpochs, studentEpochs: epochs, seed: seed, threads: engine.threads)
    let demo = Demo(settings: settings, data: data, folder: output, device: device)
    let record = try demo.run()
    try AtomicFile.write(
      DemoReport(record: record).page.document(), to: report, overwriting: true)
    try AtomicFile.write(
      try json(record) + "\n", to: "\(output)/record.json", overwriting: true)
    print("\n\(record.table)\n\n\(report): the same with pictures, plans and receipts")
    print("done in \(Figures.duration(record.seconds))")
  }
}
