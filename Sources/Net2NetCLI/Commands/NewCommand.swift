import ArgumentParser
import Net2Net
import Net2NetFiles

struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a freshly initialised network.",
    discussion: """
      The same options give the same bytes. Example:

        net2net new inception -o teacher.onnx --width-factor 0.5477 --input 3x32x32

      What --depth counts:
      \(Architecture.allCases.map { "  \($0.rawValue): \($0.depthMeaning)" }
        .joined(separator: "\n"))
      """)

  @Argument(
    help: "One of \(Architecture.allCases.map(\.rawValue).joined(separator: ", ")).")
  var architecture: String

  @OptionGroup var output: OutputOptions

  @Option(help: "Multiplies every width inside the network; 0.5477 is the paper's √0.3.")
  var widthFactor = 1.0

  @Option(help: "How many classes the network tells apart.")
  var classes = 10

  @Option(help: "Channels, height and width of one example.")
  var input = "1x28x28"

  @Option(help: "How deep the network is, in its own terms.")
  var depth: Int?

  @Option(help: "What the first weights are drawn from.")
  var seed: UInt64 = 0

  func validate() throws {
    _ = try choice("architecture", architecture, as: Architecture.self)
    _ = try inputShape(input)
  }

  func run() throws {
    try output.check()
    let options = ArchitectureOptions(
      inputShape: try inputShape(input), classes: classes, widthFactor: widthFactor,
      depth: depth, seed: seed)
    let network = try choice("architecture", architecture, as: Architecture.self)
      .network(options)
    try network.writeONNX(to: output.output, overwriting: output.force)
    print("\(output.output): \(architecture), \(try network.cost().sentence)")
  }
}
