import ArgumentParser
import Net2NetFiles
import Net2NetLifelong

struct LiveStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show a live model: its lineage, which version is champion, its examples.",
    discussion: """
      Looks only, also while the model is served. Example:

        net2net live status shop
        net2net live status shop --json | jq .aliases.champion
      """)

  @Argument(help: "The folder of a live model.")
  var folder: String

  @Option(help: "How many versions to show, the newest.")
  var versions = 50

  @Flag(help: "Print JSON for other programs.")
  var json = false

  func validate() throws {
    guard versions >= 1 else {
      throw ValidationError("versions: 1 or more expected, \(versions) found")
    }
  }

  func run() throws {
    let status = try LiveStatus(reading: folder, versions: versions)
    print(json ? try Net2NetFiles.json(status) : status.text(title: folder))
  }
}
