import Net2Net
import Net2NetFiles
import Net2NetTorch
import Net2NetTraining

/// Reads a teacher, grows it by a plan, verifies, and writes the student and its receipt: what
/// `widen`, `deepen` and `grow` have in common.
struct GrowthRun {
  let teacherFile: String
  let plan: GrowthPlan
  let options: GrowthOptions
  /// Steps of a receipt to replay; their statistics take the place of measured ones.
  var recorded: [GrowthStep] = []

  func run() throws {
    if !options.dryRun { try options.output.check(companions: [options.receipt]) }
    let teacher = try Network(onnx: teacherFile)
    let device = try options.engine.prepared()
    let data = try options.data.map { try dataSpecification($0).load() }
    let grown = try grown(teacher, data, device)
    guard !options.dryRun else {
      print(options.json ? try json(grown.steps) : grown.steps.text)
      return
    }
    let report = try verify(grown, against: teacher, on: data, device: device)
    try write(grown, report)
  }

  private func grown(_ teacher: Network, _ data: DataSet?, _ device: Device) throws -> Grown {
    var remembered = recorded.map(\.calibration).filter { !$0.isEmpty }[...]
    do {
      return try teacher.grown(by: plan) { network, values in
        if let statistics = remembered.popFirst() { return statistics }
        return try data?.channelStatistics(
          of: values, in: network, images: options.calibrationImages, device: device) ?? [:]
      }
    } catch NetworkError.missingCalibration(let site) {
      throw CommandError.needsData(site: site)
    }
  }

  /// Nil where nobody asked, or where nothing is promised.
  private func verify(
    _ grown: Grown, against teacher: Network, on data: DataSet?, device: Device
  ) throws -> VerificationReport? {
    guard !options.skipsVerification, plan.growths.allSatisfy(\.preservesFunction) else {
      return nil
    }
    guard Engine.isAvailable else {
      throw CommandError.unverifiable(reason: EngineError.noLibtorch.description)
    }
    var verification = Verification()
    verification.device = device
    verification.comparesLeadingEntries = plan.addsClasses
    // Statistics of real batches mean more when the batch is as large as one trains on.
    if data != nil { verification.batchSize = 64 }
    let report = try verification.compare(
      teacher: teacher, student: grown.network,
      inputs: data?.examples(verification.batchSize, for: teacher))
    if report.grade == .approximate, !plan.isApproximate {
      throw CommandError.differs(
        student: options.output.output,
        by: report.largestDifference(in: .evaluation, .float64), remedy: "nothing was written")
    }
    return report
  }

  private func write(_ grown: Grown, _ report: VerificationReport?) throws {
    let output = options.output
    try grown.network.writeONNX(to: output.output, overwriting: output.force)
    let receipt = Receipt(
      producer: Net2NetCommand.producer,
      teacher: Receipt.Summary(
        sha256: try FileDigest.sha256(of: teacherFile),
        cost: try grown.steps.first?.before ?? grown.network.cost()),
      student: Receipt.Summary(
        sha256: try FileDigest.sha256(of: output.output), cost: try grown.network.cost()),
      seed: plan.seed, steps: grown.steps, grade: report?.grade,
      findings: report?.findings ?? [])
    let text = try json(receipt)
    try AtomicFile.write(text + "\n", to: options.receipt, overwriting: output.force)
    print(options.json ? text : summary(grown, report))
  }

  private func summary(_ grown: Grown, _ report: VerificationReport?) -> String {
    let found =
      report.map(\.growthSentence)
      ?? (options.skipsVerification
        ? "not verified" : "not verified: this growth does not keep the function")
    return """
      \(grown.steps.text)

      \(options.output.output): \(found)
      \(options.receipt): how it came about
      """
  }
}

extension GrowthPlan {
  /// Something in the plan changes the function a little, and says so.
  fileprivate var isApproximate: Bool {
    growths.contains { growth in
      if case .widen(let widen) = growth, case .noise = widen.symmetry { true } else { false }
    }
  }

  fileprivate var addsClasses: Bool {
    growths.contains { if case .addClasses = $0 { true } else { false } }
  }
}

extension DataSet {
  /// Mean and variance of the channels of some values, over the first training images in a
  /// fixed order.
  func channelStatistics(
    of values: [String], in network: Network, images: Int, device: Device
  ) throws -> [String: ChannelStatistics] {
    guard let input = network.graph.inputs.first?.name else { return [:] }
    let loader = BatchLoader(
      training.prefix(images), normalization: normalization, batchSize: 256,
      order: .sequential)
    let compiled = try CompiledNetwork(network, precision: .float64, device: device)
    return try compiled.channelStatistics(
      of: values, over: loader.batches().lazy.map { [input: $0.images] })
  }
}
