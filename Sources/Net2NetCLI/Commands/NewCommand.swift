import ArgumentParser
import Net2Net
import Net2NetFiles
import Net2NetTraining

struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a freshly initialised network.",
    discussion: """
      The same options give the same bytes. Example:

        net2net new inception -o teacher.onnx --width-factor 0.5477 --input 3x32x32
        net2net new gpt -o gpt.onnx --data text:bible.txt:context=128

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

  @Option(help: "How many classes the network tells apart; 10, or 256 for gpt, unless given.")
  var classes: Int?

  @Option(
    help: """
      Channels, height and width of one example, 1x28x28 unless given; the number of tokens for \
      gpt, 64 unless given; or a number of features for mlp.
      """)
  var input: String?

  @Option(help: "Data to take the shape of an example and the classes from.")
  var data: String?

  @Option(help: "How deep the network is, in its own terms.")
  var depth: Int?

  @Option(help: "What the first weights are drawn from.")
  var seed: UInt64 = 0

  func validate() throws {
    _ = try choice("architecture", architecture, as: Architecture.self)
    _ = try input.map(inputShape)
    guard data == nil || input == nil && classes == nil else {
      throw ValidationError(
        "--data tells the input and the classes; leave out --input and --classes")
    }
    _ = try data.map(dataSpecification)
  }

  func run() throws {
    var files = CommandFiles()
    files.read(data: self.data)
    files.write(network: output.output)
    try files.check(overwriting: output.force)
    let data = try data.map(dataSet)
    let options = ArchitectureOptions(
      inputShape: try data?.sampleShape ?? input.map(inputShape),
      classes: data?.classes.count ?? classes, widthFactor: widthFactor, depth: depth, seed: seed)
    let network = try choice("architecture", architecture, as: Architecture.self)
      .network(options)
    try network.writeONNX(to: output.output, overwriting: output.force)
    print("\(output.output): \(architecture), \(try network.cost().sentence)")
  }
}
