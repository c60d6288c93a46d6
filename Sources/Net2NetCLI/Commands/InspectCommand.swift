import ArgumentParser
import Net2Net
import Net2NetFiles

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show a network's layers, its widths and their freedom, and where it can deepen.",
    discussion: """
      The names printed here are those that widen, deepen and plans take. Example:

        net2net inspect teacher.onnx
        net2net inspect teacher.onnx --json | jq '.widths[] | select(.freedom == "free")'
      """)

  @Argument(help: "An ONNX file.")
  var network: String

  @Flag(help: "Print JSON for other programs.")
  var json = false

  func run() throws {
    let inspection = try Inspection(of: try Network(onnx: network))
    print(json ? try Net2NetFiles.json(inspection) : inspection.text(title: network))
  }
}
