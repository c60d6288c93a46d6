import ArgumentParser
import Net2Net

struct WidenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "widen",
    abstract: "Make layers wider without changing what the network computes.",
    discussion: """
      Widths have the names that `net2net inspect` shows; patterns may also name the parameters \
      that make a width, or their modules. Examples:

        net2net widen teacher.onnx -o student.onnx --all 2x
        net2net widen teacher.onnx -o student.onnx --width conv1=64 --width conv2=1.5x
        net2net widen teacher.onnx -o student.onnx --target-parameters 20M --round-to 8
        net2net widen teacher.onnx -o student.onnx --all 1.5x --only 'layer3.*' --dry-run
      """)

  @Argument(help: "An ONNX file.")
  var network: String

  @OptionGroup var goal: WidthGoalOptions

  @Option(
    help: "How copies are told apart: \(Symmetry.names.joined(separator: ", ")).")
  var symmetry = "antithetic"

  @Option(help: "How strongly: for antithetic (0.5 unless given) and noise (0.02).")
  var strength: Double?

  @Option(help: "Which units are copied: balanced, or random as in the paper.")
  var map = "balanced"

  @Option(help: "What everything is drawn from.")
  var seed: UInt64 = 0

  @OptionGroup var options: GrowthOptions

  func validate() throws {
    _ = try choice("map", map, as: UnitMapping.self)
    do { _ = try Symmetry(name: symmetry, strength: strength) } catch {
      throw ValidationError(error.description)
    }
  }

  func run() throws {
    let widen = Widen(
      try goal.goal(), symmetry: try Symmetry(name: symmetry, strength: strength),
      mapping: try choice("map", map))
    try GrowthRun(
      teacherFile: network, plan: GrowthPlan(seed: seed, growths: [.widen(widen)]),
      options: options
    ).run()
  }
}
