import Net2Net
import Net2NetFiles
import Net2NetTorch
import Net2NetTraining

/// A growth with all that makes it trustworthy: calibration on data, comparison with the
/// teacher, a receipt. The student's weights stay pending until it is written or run.
struct VerifiedGrowth {
  let teacher: Network
  let plan: GrowthPlan
  /// Batch norms are calibrated, and the student compared, on it; on drawn numbers when nil.
  var data: DataSet?
  var calibrationImages = 2048
  var device = Device.cpu
  /// Steps of a receipt to replay; their statistics take the place of measured ones.
  var recorded: [GrowthStep] = []

  func grown() throws -> Grown {
    var remembered = recorded.map(\.calibration).filter { !$0.isEmpty }[...]
    do {
      return try teacher.grown(by: plan) { network, values in
        if let statistics = remembered.popFirst() { return statistics }
        return try data?.channelStatistics(
          of: values, in: network, images: calibrationImages, device: device) ?? [:]
      }
    } catch NetworkError.missingCalibration(let site) {
      throw CommandError.needsData(site: site)
    }
  }

  /// Compares the student with its teacher.
  ///
  /// - Parameter name: the student's, for the error.
  /// - Throws: ``CommandError/differs(student:relative:remedy:)`` where a plan that promises the
  ///   same function has not kept it.
  func verify(_ grown: Grown, name: String) throws -> VerificationReport {
    guard Engine.isAvailable else {
      throw CommandError.unverifiable(reason: EngineError.noLibtorch.description)
    }
    var verification = Verification()
    verification.device = device
    verification.comparesLeadingEntries = plan.addsClasses
    // Statistics of real batches mean more when the batch is as large as one trains on.
    if data != nil { verification.batchSize = 64 }
    let report: VerificationReport
    do {
      report = try verification.compare(
        teacher: teacher, student: grown.network,
        inputs: data?.examples(verification.batchSize, for: teacher))
    } catch .opaqueOperator(let operation, let node) {
      throw CommandError.unverifiable(
        reason: "node \"\(node)\": operator \(operation) is not one that can be run here")
    }
    if report.grade == .approximate, !plan.isApproximate {
      throw CommandError.differs(
        student: name, by: report.largestDifference(in: .evaluation, .float64),
        remedy: "nothing was written")
    }
    return report
  }

  /// Writes the student and, beside it, its receipt. The hash in there is of what can be read
  /// back from the file.
  func write(
    _ grown: Grown, _ report: VerificationReport?, to file: String, receiptFile: String,
    overwriting: Bool
  ) throws -> Receipt {
    try grown.network.writeONNX(to: file, overwriting: overwriting)
    let receipt = Receipt(
      producer: Net2NetCommand.producer, teacher: try Receipt.Summary(of: teacher),
      student: try Receipt.Summary(of: Network(onnx: file)), seed: plan.seed,
      steps: grown.steps, grade: report?.grade, findings: report?.findings ?? [])
    try AtomicFile.write(try json(receipt) + "\n", to: receiptFile, overwriting: overwriting)
    return receipt
  }
}

extension Receipt.Summary {
  init(of network: Network) throws {
    self.init(sha256: try Digest(of: network).description, cost: try network.cost())
  }
}

extension GrowthPlan {
  var preservesFunction: Bool { growths.allSatisfy(\.preservesFunction) }

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
  /// Mean and variance of the channels of some values, over the first training images.
  fileprivate func channelStatistics(
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
