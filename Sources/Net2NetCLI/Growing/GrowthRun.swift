import Net2Net
import Net2NetFiles
import Net2NetTorch
import Net2NetTraining

/// Reads a teacher, grows it by a plan, verifies, writes the student and its receipt, and tells:
/// what `widen`, `deepen` and `grow` have in common.
struct GrowthRun {
  let teacherFile: String
  let plan: GrowthPlan
  let options: GrowthOptions
  /// Steps of a receipt to replay.
  var recorded: [GrowthStep] = []

  func run() throws {
    do { try carryOut() } catch let error as TrainingError { throw CommandError(error) ?? error }
  }

  private func carryOut() throws {
    let output = options.output
    if !options.dryRun { try output.check(companions: companions) }
    let growth = try growth()
    let grown = try growth.grown()
    guard !options.dryRun else {
      let dryRun = try DryRun(of: grown, teacher: growth.teacher)
      print(options.json ? try json(dryRun) : dryRun.text)
      return
    }
    // Before the long work: names that cannot be found are refused here.
    let state = try options.state.state(of: grown.network, grownFrom: growth.teacher)
    let isVerified = !options.skipsVerification && plan.preservesFunction
    let report = try isVerified ? growth.verify(grown, name: output.output) : nil
    let receipt = try growth.write(
      grown, report, to: output.output, receiptFile: options.receipt,
      overwriting: output.force)
    try state?.write(overwriting: output.force)
    print(options.json ? try json(receipt) : summary(grown, report, state))
  }

  private var companions: [String] {
    [options.receipt] + [options.state.stateDict].compactMap(\.self)
  }

  private func growth() throws -> VerifiedGrowth {
    let teacher = try Network(onnx: teacherFile)
    let device = try options.engine.prepared()
    return VerifiedGrowth(
      teacher: teacher, plan: plan, data: try options.data.map { try dataSet($0) },
      calibrationImages: options.calibrationImages, device: device, recorded: recorded)
  }

  private func summary(
    _ grown: Grown, _ report: VerificationReport?, _ state: StateDictFile?
  ) -> String {
    let found =
      report.map(\.growthSentence)
      ?? (plan.preservesFunction
        ? "not verified" : "not verified: this growth does not keep the function")
    let lines = [
      "\(options.output.output): \(found)", "\(options.receipt): how it came about",
      state?.summary,
    ]
    return grown.steps.text + "\n\n" + lines.compactMap(\.self).joined(separator: "\n")
  }
}
