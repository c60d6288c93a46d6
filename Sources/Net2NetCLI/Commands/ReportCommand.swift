import ArgumentParser
import Foundation
import Net2NetFiles
import Net2NetTraining

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show a training run as one page.",
    discussion: """
      Reads the run's folder, which may be of a run that goes on or was killed, and writes one \
      HTML file that needs nothing else: loss, accuracy, learning rate and size over the steps, \
      growths with their receipts, classes, and how the run was started. `net2net train` writes \
      it when it ends. Example:

        net2net report runs/teacher
        net2net report runs/teacher -o teacher.html
      """)

  @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"))
  var folder: String

  @Option(
    name: [.customShort("o"), .long],
    help: "The page; report.html in the run's folder unless given.")
  var output: String?

  @Flag(help: "Overwrite the file that --output names.")
  var force = false

  func run() throws {
    let directory = RunDirectory(folder)
    if let output {
      var files = CommandFiles()
      for file in directory.contents where file != directory.reportFile {
        files.read("a file of the run", file)
      }
      files.write("the report", output)
      try files.check(overwriting: force)
    }
    let record = try RunRecord(directory)
    let file = output ?? directory.reportFile
    try AtomicFile.write(
      RunReport(record: record).page.document(), to: file, overwriting: force || output == nil)
    for problem in record.problems {
      FileHandle.standardError.say("\(folder): \(problem)\n")
    }
    let accuracy = record.evaluations.last?.accuracy.map { ", accuracy \(Figures.percent($0))" }
    print(
      "\(file): \(Figures.grouped(record.lastStep)) steps, growths: \(record.growths.count)"
        + (accuracy ?? ""))
  }
}
