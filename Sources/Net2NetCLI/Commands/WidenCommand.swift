import ArgumentParser
import Net2Net
import Net2NetFiles

struct WidenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "widen",
    abstract: "Make layers wider without changing what the network computes.",
    discussion: """
      Widths have the names that `net2net inspect` shows. Examples:

        net2net widen teacher.onnx -o student.onnx --all 2x
        net2net widen teacher.onnx -o student.onnx --width conv1=64 --width conv2=1.5x
        net2net widen teacher.onnx -o student.onnx --target-parameters 20M
      """)

  @Argument(help: "An ONNX file.")
  var network: String

  @Option(
    name: .customLong("width"), help: "NAME=SIZE or NAME=FACTORx; can be given more than once.")
  var widths: [String] = []

  @Option(help: "Every width that can grow, by this factor, such as 1.5x.")
  var all: String?

  @Option(help: "Grow all widths until the network has about so many parameters: 20M, 350k.")
  var targetParameters: String?

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
    _ = try goals()
    _ = try factor()
    _ = try choice("map", map, as: UnitMapping.self)
    if let targetParameters { _ = try count(targetParameters) }
    let ways = [!widths.isEmpty, all != nil, targetParameters != nil].count { $0 }
    guard ways > 0 else {
      throw ValidationError("nothing to widen; give --width, --all or --target-parameters")
    }
    guard targetParameters == nil || ways == 1 else {
      throw ValidationError("--target-parameters stands alone, without --width and --all")
    }
    do { _ = try Symmetry(name: symmetry, strength: strength) } catch {
      throw ValidationError(error.description)
    }
  }

  func run() throws {
    let widen = Widen(
      widths: try goals(), all: try factor(),
      symmetry: try Symmetry(name: symmetry, strength: strength),
      mapping: try choice("map", map))
    try GrowthRun(
      teacherFile: network, plan: try plan(widen), options: options
    ).run()
  }

  private func plan(_ widen: Widen) throws -> GrowthPlan {
    guard let targetParameters else { return GrowthPlan(seed: seed, growths: [.widen(widen)]) }
    let search = ParameterTarget(
      teacher: try Network(onnx: network), widen: widen, seed: seed,
      target: try count(targetParameters))
    return try search.plan()
  }

  private func goals() throws -> [String: Widen.Goal] {
    var goals: [String: Widen.Goal] = [:]
    for text in widths {
      guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
        let goal = Widen.Goal(String(text[text.index(after: sign)...]))
      else {
        throw ValidationError(
          "width \"\(text)\": a name and a size expected, such as conv1=64 or conv1=1.5x")
      }
      goals[String(text[..<sign])] = goal
    }
    return goals
  }

  private func factor() throws -> Double? {
    guard let all else { return nil }
    guard case .factor(let factor)? = Widen.Goal(all), factor > 1 else {
      throw ValidationError("all \"\(all)\": a factor above 1 expected, such as 1.5x")
    }
    return factor
  }

  /// `20M`, `350k`, `1.5G` or plain digits.
  private func count(_ text: String) throws -> Int {
    let prefixes: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9]
    let scale = text.last.flatMap { prefixes[$0] }
    guard let number = Double(scale == nil ? text : String(text.dropLast())),
      number > 0, number * (scale ?? 1) < 1e15
    else {
      throw ValidationError("parameters \"\(text)\": a number expected, such as 20M or 350k")
    }
    return Int(number * (scale ?? 1))
  }
}
