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
  /// The file of the plan, where there is one.
  var planFile: String?
  /// Steps of a receipt to replay.
  var recorded: [GrowthStep] = []

  func run() throws {
    do { try carryOut() } catch let error as TrainingError { throw CommandError(error) ?? error }
  }

  private func carryOut() throws {
    let output = options.output
    if !options.dryRun { try files.check(overwriting: output.force) }
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
      grown, report, to: output.output, receiptFile: options.receipt, state,
      overwriting: output.force)
    print(options.json ? try json(receipt) : summary(grown, report, state))
  }

  private var files: CommandFiles {
    var files = CommandFiles()
    files.read("the network to grow", teacherFile)
    files.read("the plan", planFile)
    files.read("the file of --names", options.state.names)
    files.read(data: options.data)
    files.write(network: options.output.output, mayReplace: teacherFile)
    // A receipt that is replayed is written anew with the same steps.
    files.write("the receipt", options.receipt, mayReplace: recorded.isEmpty ? nil : planFile)
    files.write("the state dict", options.state.stateDict)
    return files
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
      "\(options.output.output): \(found)", "\(options.receipt): receipt of the growth",
      state?.summary,
    ]
    return grown.steps.text + "\n\n" + lines.compactMap(\.self).joined(separator: "\n")
  }
}
