public import Net2Net
public import Net2NetTorch
public import Net2NetTraining

/// How a trunk grows: its network by a plan, compared with what it was, and its optimizer's state
/// along with it.
public struct LearnerGrowth: Sendable {
  public let trunk: Checkpoint
  public let plan: GrowthPlan
  public let settings: LearnerSettings
  public var device: Device

  public init(
    trunk: Checkpoint, plan: GrowthPlan, settings: LearnerSettings, device: Device = .cpu
  ) {
    self.trunk = trunk
    self.plan = plan
    self.settings = settings
    self.device = device
  }

  public struct Result: Sendable {
    public var trunk: Checkpoint
    public var plan: GrowthPlan
    public var receipt: Receipt
    /// That the comparison found, in evaluation mode.
    public var grade: Grade?
  }

  /// - Parameter data: what inserted batch norms are calibrated and the student is compared on.
  /// - Throws: `TrainingError` where the student does not compute what the trunk did.
  public func grown(on data: DataSet) throws -> Result {
    let teacher = trunk.network
    let growth = VerifiedGrowth(teacher: teacher, plan: plan, data: data, device: device)
    let grown = try growth.grown()
    let report = try growth.verify(grown, name: "the grown network")
    let state = trunk.optimizer.grown(
      to: grown.network, from: teacher, rule: settings.optimizer.rule,
      by: StateGrowth(relaxation: .steps(settings.growth?.relaxSteps ?? 0)))
    let student = grown.network.evaluated()
    let receipt = try Receipt(
      teacher: teacher, student: student, seed: plan.seed, grown: grown, report: report)
    return Result(
      trunk: Checkpoint(network: student, optimizer: state, progress: RunProgress()),
      plan: plan, receipt: receipt, grade: report.grade)
  }
}

/// Which growth a trunk takes, or why none.
public struct GrowthChoice: Sendable {
  /// Nil where nothing can be had within the budget.
  public var plan: GrowthPlan?
  public var reason: String
  public var work: Work

  /// Asks which candidates enlarge the gradient most for what they cost (``AdvisedGrowth``).
  ///
  /// - Parameter data: the training split is looked at.
  public init(
    for network: Network, on data: DataSet, policy: GrowthPolicy, settings: LearnerSettings,
    seed: UInt64, device: Device = .cpu
  ) throws {
    let began = ContinuousClock.now
    let batchSize = max(1, min(settings.batchSize, data.training.count / 3))
    let advised = AdvisedGrowth(
      best: policy.best, factor: policy.factor, batches: 4,
      budget: CostBudget(
        parameters: settings.budget.parameters, multiplyAdds: settings.budget.networkMultiplyAdds))
    let options = TrainingOptions(batchSize: batchSize, device: device)
    guard data.training.count >= 3 else {
      (plan, reason, work) = (nil, "there are too few examples to choose a growth by", Work())
      return
    }
    let choice = try advised.choice(of: network, on: data, seed: seed, options: options)
    (plan, reason) = try Self.affordable(choice.growths, for: network, settings, seed: seed)
    work = Work(
      multiplyAdds: choice.multiplyAdds, seconds: (ContinuousClock.now - began) / .seconds(1))
  }

  /// All widths together, by the policy's factor; nil where the budget does not allow it, or no
  /// width can grow. Says nothing of whether it helps: it is for a trial. New units are fresh ones
  /// where the width allows: early on, copies are of features that few examples have made.
  public init?(widening network: Network, _ settings: LearnerSettings, seed: UInt64) throws {
    guard let factor = settings.growth?.factor else { return nil }
    let widening = GrowthPlan(seed: seed, growths: [.widen(Widen(all: factor, symmetry: .zero))])
    do {
      guard try settings.refusal(of: network, grownBy: widening) == nil else { return nil }
    } catch NetworkError.nothingToGrow {
      return nil
    }
    (plan, reason, work) = (widening, "all widths grow together", Work())
  }

  /// As many of the growths, best first, as the budget allows together.
  private static func affordable(
    _ growths: [Growth], for network: Network, _ settings: LearnerSettings, seed: UInt64
  ) throws -> (GrowthPlan?, String) {
    guard !growths.isEmpty else {
      return (nil, "no growth within the budget promises a lower loss")
    }
    var (plan, refusal) = (GrowthPlan(seed: seed, growths: []), "")
    for growth in growths {
      var larger = plan
      larger.growths.append(growth)
      if let reason = try settings.refusal(of: network, grownBy: larger) {
        refusal = reason
      } else {
        plan = larger
      }
    }
    guard !plan.growths.isEmpty else { return (nil, refusal) }
    return (plan, "the gradient grows most for each multiply-add that is added")
  }
}

extension LearnerSettings {
  /// Why the network may not become what `plan` makes of it; nil where it may.
  fileprivate func refusal(of network: Network, grownBy plan: GrowthPlan) throws -> String? {
    let student = try network.sketched(by: plan)
    let cost = try student.cost()
    if let limit = budget.parameters, cost.parameters > limit {
      return
        "the network would have \(grouped(cost.parameters)) parameters; the budget is \(grouped(limit))"
    }
    if let limit = budget.networkMultiplyAdds, cost.multiplyAdds > limit {
      return "the network would take \(grouped(cost.multiplyAdds)) multiply-adds; the budget is "
        + grouped(limit)
    }
    let memory = try TrainingMemory(of: student, batchSize: batchSize).bytes
    if let limit = budget.memoryBytes, memory > limit {
      return "training the network would take about \(grouped(memory)) bytes; the budget is "
        + grouped(limit)
    }
    return nil
  }
}
