import ArgumentParser
import Net2NetFiles
import Net2NetLifelong

struct LiveCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Read everything that a live model has stored, and compare it with what it should be.",
    discussion: """
      The settings, every row of the registry, the file of every version, every example and what the
      learner keeps; what aliases point to is run. Says what it looked at and what it did not. Ends
      with 3 where something is wrong, a line for each finding. Looks only, also while the model is
      served. Example:

        net2net live check shop
      """)

  @Argument(help: "The folder of a live model.")
  var folder: String

  @Flag(help: "Print JSON for other programs.")
  var json = false

  func run() throws {
    let check = try LiveCheck(reading: folder)
    print(json ? try Net2NetFiles.json(check) : text(check))
    guard check.findings.isEmpty else { throw ExitCode(3) }
  }

  private func text(_ check: LiveCheck) -> String {
    let lines = check.findings.isEmpty ? [verdict(check)] : check.findings
    return
      (lines + check.remarks + [
        "looked at: \(check.examined.joined(separator: "; "))",
        "not looked at: \(check.notExamined.joined(separator: "; "))",
      ]).joined(separator: "\n")
  }

  private func verdict(_ check: LiveCheck) -> String {
    """
    \(folder): \(Figures.grouped(check.versionCount)) \
    version\(check.versionCount == 1 ? "" : "s") and \
    \(Figures.grouped(check.exampleCount)) examples are whole
    """
  }
}
