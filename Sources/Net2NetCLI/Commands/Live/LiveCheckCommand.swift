import ArgumentParser
import Net2NetFiles
import Net2NetLifelong

struct LiveCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Read everything that a live model has stored, and compare it with what it should be.",
    discussion: """
      The registry, the file of every version, every example; what aliases point to is run. Ends
      with 3 where something is wrong. Looks only, also while the model is served. Example:

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
    guard check.findings.isEmpty else { return check.findings.joined(separator: "\n") }
    return """
      \(folder): \(Figures.grouped(check.versionCount)) \
      version\(check.versionCount == 1 ? "" : "s") and \
      \(Figures.grouped(check.exampleCount)) examples are whole
      """
  }
}
