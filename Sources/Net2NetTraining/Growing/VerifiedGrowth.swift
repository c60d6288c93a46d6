public import Net2Net
internal import Net2NetFiles
public import Net2NetTorch

/// A growth with all that makes it trustworthy: calibration on data, comparison with the
/// teacher, a receipt. The student's weights stay pending until it is written or run.
public struct VerifiedGrowth {
  public let teacher: Network
  public let plan: GrowthPlan
  /// Batch norms are calibrated, and the student compared, on it; on drawn numbers when nil.
  public var data: DataSet?
  public var calibrationImages: Int
  public var device: Device
  /// Steps of a receipt to replay; their statistics take the place of measured ones.
  public var recorded: [GrowthStep]

  public init(
    teacher: Network, plan: GrowthPlan, data: DataSet? = nil, calibrationImages: Int = 2048,
    device: Device = .cpu, recorded: [GrowthStep] = []
  ) {
    self.teacher = teacher
    self.plan = plan
    self.data = data
    self.calibrationImages = calibrationImages
    self.device = device
    self.recorded = recorded
  }

  /// - Throws: ``TrainingError/needsData(site:)``, `NetworkError`, `EngineError`.
  public func grown() throws -> Grown {
    var remembered = recorded.map(\.calibration).filter { !$0.isEmpty }[...]
    do {
      return try teacher.grown(by: plan) { network, values in
        if let statistics = remembered.popFirst() { return statistics }
        return try data?.channelStatistics(
          of: values, in: network, images: calibrationImages, device: device) ?? [:]
      }
    } catch NetworkError.missingCalibration(let site) {
      throw TrainingError.needsData(site: site)
    }
  }

  /// Compares the student with its teacher.
  ///
  /// - Parameter name: the student's, for the error.
  /// - Throws: ``TrainingError/differs(student:how:)`` where a plan that promises the same
  ///   function has not kept it; ``TrainingError/unverifiable(reason:)``.
  public func verify(_ grown: Grown, name: String) throws -> VerificationReport {
    guard Engine.isAvailable else {
      throw TrainingError.unverifiable(reason: EngineError.noLibtorch.description)
    }
    var verification = Verification()
    verification.device = device
    verification.comparesLeadingEntries = plan.addsClasses
    // Statistics of real batches mean more when the batch is as large as one trains on.
    if data != nil { verification.batchSize = 64 }
    let inputs = try data?.examples(verification.batchSize, for: teacher)
    let report: VerificationReport
    do {
      report = try verification.compare(
        teacher: teacher, student: grown.network, inputs: inputs)
    } catch {
      guard case EngineError.opaqueOperator(let operation, let node) = error else { throw error }
      throw TrainingError.unverifiable(
        reason: "node \"\(node)\": operator \(operation) is not one that can be run here")
    }
    if report.grade == .approximate, !plan.isApproximate {
      let how = report.unlikeness(in: .evaluation, beyond: Verification.exactTolerance)
      throw TrainingError.differs(student: name, how: how ?? "the outputs differ")
    }
    return report
  }
}

extension Receipt {
  /// What `grown` did to `teacher`, for somebody to do it again.
  ///
  /// - Parameter student: as it can be read back, with its weights rounded.
  public init(
    teacher: Network, student: Network, seed: UInt64, grown: Grown,
    report: VerificationReport? = nil
  ) throws {
    self.init(
      producer: Release.nameAndVersion, teacher: try Summary(of: teacher),
      student: try Summary(of: student),
      seed: seed, steps: grown.steps, grade: report?.grade, findings: report?.findings ?? [])
  }
}

extension Receipt.Summary {
  public init(of network: Network) throws {
    self.init(sha256: try Digest(of: network).description, cost: try network.cost())
  }
}

extension GrowthPlan {
  public var preservesFunction: Bool { growths.allSatisfy(\.preservesFunction) }

  /// Something in the plan changes the function a little, and says so.
  fileprivate var isApproximate: Bool { growths.contains(where: \.isApproximate) }

  /// The student has outputs that its teacher has not, after those that both have.
  package var addsClasses: Bool { growths.contains(where: \.addsClasses) }
}

extension DataSet {
  /// The first `count` test samples as a network's inputs; nil where the network does not take
  /// samples of this shape.
  public func examples(_ count: Int, for network: Network) throws -> [String: Tensor]? {
    guard network.graph.inputs.count == 1, let input = network.graph.inputs.first,
      input.type.elementType.isFloatingPoint == training.elementType.isFloatingPoint,
      input.type.rank == 1 + sampleShape.rank,
      zip(input.type.dimensions.dropFirst(), sampleShape.sizes)
        .allSatisfy({ $0.size == nil || $0.size == $1 })
    else { return nil }
    var batches = BatchLoader(test, batchSize: count, order: .sequential).batches()
    return try batches.next().map { [input.name: $0.inputs] }
  }

  /// Mean and variance of the channels of some values, over the first training images.
  fileprivate func channelStatistics(
    of values: [String], in network: Network, images: Int, device: Device
  ) throws -> [String: ChannelStatistics] {
    guard let input = network.graph.inputs.first?.name else { return [:] }
    let loader = BatchLoader(training.prefix(images), batchSize: 256, order: .sequential)
    let compiled = try CompiledNetwork(network, precision: .float64, device: device)
    var batches = loader.batches()
    var failure: (any Error)?
    let inputs = AnyIterator<[String: Tensor]> {
      do { return try batches.next().map { [input: $0.inputs] } } catch { failure = error }
      return nil
    }
    let statistics = try compiled.channelStatistics(of: values, over: inputs)
    if let failure { throw failure }
    return statistics
  }
}
