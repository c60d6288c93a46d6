import ArgumentParser
import Net2Net

struct DeepenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deepen",
    abstract: "Insert layers that start as the identity, or repeat blocks that start as nothing.",
    discussion: """
      Sites and blocks have the names that `net2net inspect` shows. Where the network has batch \
      norms, so do inserted layers, and their statistics come from --data. Examples:

        net2net deepen teacher.onnx -o student.onnx --after relu3 --data fashion-mnist
        net2net deepen teacher.onnx -o student.onnx --after relu3 --kernel 1x7 --kernel 7x1
        net2net deepen teacher.onnx -o student.onnx --repeat stage1.block1=2
        net2net deepen teacher.onnx -o student.onnx --all --only '*layer3*' --no-batch-norm
      """)

  @Argument(help: "An ONNX file.")
  var network: String

  @Option(help: "Insert behind this node; can be given more than once.")
  var after: [String] = []

  @Flag(help: "Insert behind every activation where that is exact.")
  var all = false

  @OptionGroup var names: FilterOptions

  @Option(
    help: """
      Kernel of an inserted convolution, one size for every axis or 1x7; several insert one after \
      the other.
      """
  )
  var kernel: [String] = ["3"]

  @Flag(
    inversion: .prefixedNo,
    help: "Put a batch norm behind each inserted convolution; as around it unless given.")
  var batchNorm: Bool?

  @Option(
    name: .customLong("repeat"),
    help: """
      BLOCK=TIMES: repeat a residual block to so many in all; can be given more than once. \
      FIRST..LAST=TIMES repeats blocks that follow one another as one, such as a transformer's layer.
      """
  )
  var repeats: [String] = []

  @Option(help: "What everything is drawn from.")
  var seed: UInt64 = 0

  @OptionGroup var options: GrowthOptions

  func validate() throws {
    guard all || !after.isEmpty || !repeats.isEmpty else {
      throw ValidationError("nothing to deepen; give --after, --all or --repeat")
    }
    guard !all || after.isEmpty else { throw ValidationError("either --after or --all") }
    guard all || names.filter.isEmpty else {
      throw ValidationError("--only and --except choose for --all; give it too")
    }
    _ = try kernels()
    _ = try blocks()
  }

  func run() throws {
    var growths: [Growth] = try blocks().map(Growth.repeatBlock)
    if all || !after.isEmpty {
      growths.append(
        .deepen(
          Deepen(
            after: after, all: all, filter: names.filter, kernels: try kernels(),
            batchNorm: batchNorm)))
    }
    try GrowthRun(
      teacherFile: network, plan: GrowthPlan(seed: seed, growths: growths), options: options
    ).run()
  }

  private func kernels() throws -> [[Int]] {
    try kernel.map { text in
      guard let sizes = KernelSize.sizes(text), sizes.allSatisfy({ $0 > 0 }) else {
        throw ValidationError("kernel \"\(text)\": sizes expected, such as 3x3 or 1x7")
      }
      return sizes
    }
  }

  private func blocks() throws -> [RepeatBlock] {
    try repeats.map { text in
      guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
        let times = Int(text[text.index(after: sign)...]), times >= 2
      else {
        throw ValidationError(
          "repeat \"\(text)\": a block and a number of 2 or more expected, such as block1=2")
      }
      let blocks = text[..<sign]
      guard let dots = blocks.firstRange(of: ".."), dots.lowerBound > blocks.startIndex,
        dots.upperBound < blocks.endIndex
      else { return RepeatBlock(block: String(blocks), times: times) }
      return RepeatBlock(
        block: String(blocks[..<dots.lowerBound]), through: String(blocks[dots.upperBound...]),
        times: times)
    }
  }
}
