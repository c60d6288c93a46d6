import ArgumentParser
import Foundation
import Net2Net
import Net2NetFiles
import OrderedCollections

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a network's parameters as a state dict, to be loaded in PyTorch.",
    discussion: """
      With --names, parameters get the names and layouts that they have in a checkpoint; they are \
      found in it by value. A network that was trained on here no longer has the checkpoint's \
      values: --exported-as then gives the network that does. Examples:

        net2net export student.onnx -o student.safetensors
        net2net export runs/student/network.onnx -o trained.safetensors \\
          --names student.safetensors --exported-as student.onnx
      """)

  @Argument(help: "An ONNX file.")
  var network: String

  @Option(name: [.customShort("o"), .long], help: "The safetensors file to write.")
  var output: String

  @Option(help: "A safetensors file that has the names; the network's own unless given.")
  var names: String?

  @Option(help: "The ONNX file with the values of --names, which NETWORK grew or was trained from.")
  var exportedAs: String?

  @Flag(help: "Overwrite what exists.")
  var force = false

  func validate() throws {
    guard names != nil || exportedAs == nil else {
      throw ValidationError("--exported-as is for --names; give it too")
    }
  }

  func run() throws {
    var files = CommandFiles()
    files.read("the network", network)
    files.read("the file of --names", names)
    files.read("the file of --exported-as", exportedAs)
    files.write("the state dict", output)
    try files.check(overwriting: force)
    let network = try Network(onnx: network)
    let file: StateDictFile
    if let names {
      let teacher = try exportedAs.map { try Network(onnx: $0) } ?? network
      let state = try GrownState(
        of: withOrigins(network, teacher), grownFrom: teacher,
        names: StateDictionary(safetensors: names), file: names)
      file = StateDictFile(file: output, contents: .grown(state))
    } else {
      file = StateDictFile(file: output, contents: .network(network))
    }
    var staged = try file.staged(overwriting: force)
    try staged.commit()
    print(file.summary)
  }

  /// A student whose file has lost its origins, or never had them, gets those that a replay of the
  /// receipt beside it finds. A receipt of another teacher, or none, tells nothing.
  private func withOrigins(_ student: Network, _ teacher: Network) throws -> Network {
    let isKnown = student.parameters.keys.allSatisfy {
      teacher.parameters[$0] != nil || student.origins.parameters[$0] != nil
    }
    let file = receiptFile(beside: self.network)
    guard !isKnown, FileManager.default.fileExists(atPath: file) else { return student }
    let receipt = try JSONDecoder().decode(Receipt.self, from: FileContents.data(of: file))
    guard receipt.teacher.sha256 == (try Digest(of: teacher).description) else { return student }
    var student = student
    student.origins = try teacher.replaying(receipt.steps, seed: receipt.seed).origins
    return student
  }
}
