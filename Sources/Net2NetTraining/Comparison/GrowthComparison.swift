internal import Foundation
public import Net2Net
internal import Net2NetTorch

/// Carries out a ``ComparisonPlan``, in a folder that is gone on with after an interruption.
public struct GrowthComparison: Sendable {
  public let plan: ComparisonPlan
  /// What is learnt from, without the validation split, and what is reported on.
  public let data: DataSet
  /// The same, measured by the validation split.
  public let validation: DataSet
  public let engine: ComparisonEngine

  /// - Throws: ``TrainingError/option(_:expected:found:)`` where the data is too small; what makes the
  ///   plan none.
  public init(
    _ plan: ComparisonPlan, data: DataSet, engine: ComparisonEngine = ComparisonEngine()
  ) throws {
    try plan.validate()
    let parted = try data.parted(plan.data)
    self.plan = plan
    self.data = parted.data
    validation = parted.data.measured(by: parted.validation)
    self.engine = engine
  }

  /// Goes on until everything is done or `cancellation` is requested; what was done is kept.
  ///
  /// - Throws: ``TrainingError/otherRun(part:expected:found:)`` where the folder was begun with
  ///   another plan or other data.
  public func run(
    in folder: String, command: String? = nil, cancellation: Cancellation = Cancellation(),
    observing observe: @escaping (ComparisonEvent) throws -> Void = { _ in }
  ) throws -> ComparisonRecord {
    let folder = try ComparisonFolder(folder, plan: plan, data: data)
    let session = ComparisonSession(
      comparison: self, folder: folder, planned: try plannedRuns(), cancellation: cancellation,
      observe: observe)
    let isComplete = try session.run()
    return ComparisonRecord(
      plan: plan, setting: try setting(command), growths: session.growths,
      results: session.results, isComplete: isComplete)
  }

  private func setting(_ command: String?) throws -> ComparisonRecord.Setting {
    let system = ProcessInfo.processInfo
    return ComparisonRecord.Setting(
      command: command, data: data.name, dataSummary: data.summary,
      validationSamples: validation.test.count, machine: system.operatingSystemVersionString,
      cores: system.activeProcessorCount, libtorch: Engine.version, threads: Engine.threads,
      device: engine.device, noun: data.samplesNoun)
  }

  /// Samples of so many steps.
  func samples(ofSteps steps: Int) -> Double {
    Double(steps) * Double(min(plan.training.batchSize, data.training.count))
  }
}

/// A run that is still to be chosen for, where the recipe is nil.
public struct PlannedRun: Hashable, Sendable, Codable {
  public var seed: UInt64
  public var role: ComparisonRun.Role
  public var steps: Int
  /// The best of the first seed's when nil.
  public var recipe: Recipe?
  public var cost: Cost
  /// What it will take, without seconds.
  public var effort: Effort
}

extension GrowthComparison {
  /// All runs in the order in which they are made.
  public func plannedRuns() throws -> [PlannedRun] {
    let networks = try plannedNetworks()
    return plan.seeds.flatMap { seed in
      preparations(seed, networks) + armRuns(seed, networks)
    }
  }

  /// The teacher, and what it becomes by each growth.
  private func plannedNetworks() throws -> [Cost] {
    var network = try plan.teacher.network.network(for: data, seed: plan.seeds[0])
    var costs = [try network.cost()]
    for (index, stage) in plan.student.enumerated() {
      do {
        network = try network.grown(by: GrowthPlan(growths: stage.growths)) {
          try GrowthSchedule.standardStatistics(of: $1, in: $0)
        }.network
      } catch {
        throw TrainingError.impossibleGrowth(index + 1, reason: "\(error)")
      }
      costs.append(try network.cost())
    }
    return costs
  }

  private func preparations(_ seed: UInt64, _ networks: [Cost]) -> [PlannedRun] {
    let teacher = plan.teacher.training.map {
      planned(seed, .teacher, $0.steps, $0.recipe, networks[0])
    }
    let stages = plan.student.enumerated().compactMap { index, stage in
      stage.training.map {
        planned(seed, .stage(index), $0.steps, $0.recipe, networks[index + 1])
      }
    }
    return (teacher.map { [$0] } ?? []) + stages
  }

  private func armRuns(_ seed: UInt64, _ networks: [Cost]) -> [PlannedRun] {
    let recipes: [Recipe?] = seed == plan.seeds[0] ? plan.grid.recipes : [nil]
    return plan.budgets.flatMap { steps in
      plan.arms.flatMap { arm in
        let cost = networks[networks.count - (arm.kind == .teacher ? 2 : 1)]
        return recipes.map { planned(seed, .arm(arm.name), steps, $0, cost) }
      }
    }
  }

  private func planned(
    _ seed: UInt64, _ role: ComparisonRun.Role, _ steps: Int, _ recipe: Recipe?, _ cost: Cost
  ) -> PlannedRun {
    PlannedRun(
      seed: seed, role: role, steps: steps, recipe: recipe, cost: cost,
      effort: Effort(
        samples: samples(ofSteps: steps), multiplyAddsPerSample: cost.multiplyAdds))
  }
}

/// What a comparison tells while it goes on.
public enum ComparisonEvent: Sendable {
  /// How many runs there are, and how many of them were done before.
  case began(runs: Int, done: Int)
  case grown(ComparisonGrowth)
  /// What a run tells; `share` is how much of all the work, by multiply-adds, is done.
  case training(TrainingEvent, ComparisonRun, share: Double)
  case ended(ComparisonResult, share: Double)
}
