import ArgumentParser
import Net2Net

struct GrowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grow",
    abstract: "Carry out a plan: any list of growths, in order.",
    discussion: """
      A plan in YAML:

        seed: 7
        growths:
          - widen: {widths: {conv1: 64, conv2: 1.5x}, symmetry: antithetic, strength: 0.5}
          - widen: {targetParameters: 20M, roundTo: 8, only: layer3.*, except: fc}
          - deepen: {after: [relu3], kernel: [1x7, 7x1], batchNorm: false}
          - repeat: {block: stage1.block1, times: 2}
          - growKernel: {node: conv1, kernel: 5x5}
          - addClasses: {count: 2}

      For fine-tuning: replaceClasses: {count: 10} puts a new head in place of the old one. \
      Baselines that do not keep the function: randomPad: {all: 2x}, randomInit: {}. A receipt \
      holds its plan too, so --plan takes receipts, and makes the same bytes again. Example:

        net2net grow teacher.onnx --plan plan.yml -o student.onnx --dry-run
      """)

  @Argument(help: "An ONNX file.")
  var network: String

  @Option(help: "A YAML file, or the receipt of an earlier growth.")
  var plan: String

  @OptionGroup var options: GrowthOptions

  func run() throws {
    let file = try PlanFile(plan)
    try GrowthRun(
      teacherFile: network, plan: file.plan, options: options, planFile: plan,
      recorded: file.recorded
    ).run()
  }
}
