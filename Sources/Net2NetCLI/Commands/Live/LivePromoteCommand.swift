import ArgumentParser
import Net2NetLifelong

struct LivePromoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote",
    abstract: "Make a version the champion, once its file has been loaded and checked.",
    discussion: """
      While the model is served, use the page's buttons instead. Example:

        net2net live promote shop 7
      """)

  @Argument(help: "The folder of a live model.")
  var folder: String

  @Argument(help: "The version's number.")
  var version: Int

  func run() throws {
    let model = try LiveModel(folder)
    let former = try model.registry.version(.champion)
    let verified = try model.promote(version, detail: ["by": "command line"])
    print(
      "\(folder): version \(verified.version.number) is champion"
        + (former.map { $0.number == version ? " already" : ", after version \($0.number)" } ?? ""))
  }
}

struct LiveRollbackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Make the champion before the champion the champion again.",
    discussion: """
      The version that is rolled back stays and may be promoted again. While the model is served,
      use the page's buttons instead. Example:

        net2net live rollback shop
      """)

  @Argument(help: "The folder of a live model.")
  var folder: String

  func run() throws {
    let model = try LiveModel(folder)
    let former = try model.registry.version(.champion)
    let verified = try model.rollBack(detail: ["by": "command line"])
    print(
      "\(folder): version \(verified.version.number) is champion again"
        + (former.map { ", in place of version \($0.number)" } ?? ""))
  }
}
