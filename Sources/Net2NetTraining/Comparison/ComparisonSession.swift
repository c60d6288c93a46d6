internal import Net2Net
internal import Net2NetTorch

/// One session of a comparison: what is there already is read, everything else is done.
final class ComparisonSession {
  let comparison: GrowthComparison
  let folder: ComparisonFolder
  private let planned: [PlannedRun]
  private let cancellation: Cancellation
  private let observe: (ComparisonEvent) throws -> Void
  private(set) var results: [ComparisonResult] = []
  private(set) var growths: [ComparisonGrowth] = []
  /// What runs of the seed that is at hand begin with: grown and calibrated once.
  private var known = Beginnings(seed: 0)
  /// By multiply-adds.
  private var workDone = 0.0
  private let work: Double

  var plan: ComparisonPlan { comparison.plan }

  init(
    comparison: GrowthComparison, folder: ComparisonFolder, planned: [PlannedRun],
    cancellation: Cancellation, observe: @escaping (ComparisonEvent) throws -> Void
  ) {
    self.comparison = comparison
    self.folder = folder
    self.planned = planned
    self.cancellation = cancellation
    self.observe = observe
    work = max(planned.map(\.effort.multiplyAdds).reduce(0, +), 1)
  }

  /// False when it was cancelled before all was done.
  func run() throws -> Bool {
    let done = try planned.count { try planned($0).flatMap(folder.result) != nil }
    try observe(.began(runs: planned.count, done: done))
    for next in planned {
      guard let run = try planned(next) else {
        workDone += next.effort.multiplyAdds  // No recipe came to its end with the first seed.
        continue
      }
      guard let result = try folder.result(of: run) ?? carryOut(run, next) else { return false }
      workDone += next.effort.multiplyAdds
      try observe(.ended(result, share: workDone / work))
      results.append(result)
    }
    try readGrowths()
    return true
  }

  /// The run itself, its recipe chosen; nil where there is nothing to choose from.
  private func planned(_ run: PlannedRun) throws -> ComparisonRun? {
    guard case .arm(let name) = run.role, run.recipe == nil else {
      return run.recipe.map {
        ComparisonRun(seed: run.seed, role: run.role, steps: run.steps, recipe: $0)
      }
    }
    let candidates = try plan.grid.recipes.compactMap { recipe in
      try folder.result(
        of: ComparisonRun(
          seed: plan.seeds[0], role: run.role, steps: run.steps, recipe: recipe))
    }
    return ComparisonRecord.best(of: candidates, plan.measure).map {
      ComparisonRun(seed: run.seed, role: .arm(name), steps: run.steps, recipe: $0.run.recipe)
    }
  }

  private func carryOut(_ run: ComparisonRun, _ planned: PlannedRun) throws -> ComparisonResult? {
    guard !cancellation.isRequested else { return nil }
    switch run.role {
    case .teacher:
      let network = try plan.teacher.network.network(for: comparison.data, seed: run.seed)
      return try train(run, planned, from: Checkpoint(of: network), isKept: true)
    case .stage(let index):
      let student = try grow(index, for: nil, seed: run.seed, from: try before(index, run.seed))
      return try train(run, planned, from: student, isKept: true)
    case .arm(let name):
      guard let arm = plan.arms.first(where: { $0.name == name }) else { return nil }
      return try train(run, planned, from: try start(of: arm, seed: run.seed), isKept: false)
    }
  }

  // MARK: Networks to begin with

  /// The network that a growth of the plan is applied to, as its training left it.
  private func before(_ stage: Int, _ seed: UInt64) throws -> Checkpoint {
    let isLast = stage == plan.student.count - 1
    if isLast, known.seed == seed, let base = known.base { return base }
    let stint = stage == 0 ? plan.teacher.training : plan.student[stage - 1].training
    guard let stint else {
      return Checkpoint(
        of: try plan.teacher.network.network(for: comparison.data, seed: seed))
    }
    let checkpoint = try folder.directory(
      of: ComparisonRun(
        seed: seed, role: stage == 0 ? .teacher : .stage(stage - 1), steps: stint.steps,
        recipe: stint.recipe)
    ).checkpoint()
    if isLast { known = Beginnings(seed: seed, base: checkpoint) }
    return checkpoint
  }

  private func start(of arm: Arm, seed: UInt64) throws -> Checkpoint {
    let base = try before(plan.student.count - 1, seed)
    if known.seed == seed, let start = known.arms[arm.name] { return start }
    let start = try start(of: arm, seed: seed, from: base)
    if known.seed != seed { known = Beginnings(seed: seed) }
    known.arms[arm.name] = start
    return start
  }

  private func start(of arm: Arm, seed: UInt64, from base: Checkpoint) throws -> Checkpoint {
    let last = plan.student.count - 1
    let growth = GrowthPlan(
      seed: growthSeed(last, seed), growths: plan.student[last].growths)
    switch arm.kind {
    case .student: return try grow(last, for: arm, seed: seed, from: base)
    case .teacher: return base.beginning(carryingState: arm.state.carriesState)
    case .randomPad: return Checkpoint(of: try base.network.randomlyPadded(by: growth))
    case .stack: return Checkpoint(of: try base.network.grown(by: growth).stacked())
    case .scratch: return Checkpoint(of: try scratch(growth, seed: seed, base.network))
    }
  }

  private func growthSeed(_ stage: Int, _ seed: UInt64) -> UInt64 {
    Draw(seed: seed).derived(for: "growth").bits(stage)
  }

  private func scratch(_ growth: GrowthPlan, seed: UInt64, _ base: Network) throws -> Network {
    let draw = Draw(seed: seed).derived(for: "scratch").bits(0)
    let student = try base.grown(by: growth) {
      try GrowthSchedule.standardStatistics(of: $1, in: $0)
    }.network
    guard let choice = plan.scratch else { return try student.randomlyInitialised(seed: draw) }
    return try student.initialised(
      like: try choice.network(for: comparison.data, seed: draw))
  }

  private func grow(
    _ stage: Int, for arm: Arm?, seed: UInt64, from base: Checkpoint
  ) throws -> Checkpoint {
    let growths = plan.student[stage].growths
    let growth = VerifiedGrowth(
      teacher: base.network,
      plan: GrowthPlan(
        seed: growthSeed(stage, seed), growths: arm?.growths(growths) ?? growths),
      // The test split is not looked at, not even to verify.
      data: comparison.validation, device: comparison.engine.device)
    let clock = ContinuousClock()
    let began = clock.now
    let grown = try growth.grown()
    let student = grown.network.evaluated()
    let seconds = (clock.now - began) / .seconds(1)
    if try folder.growth(stage, of: arm?.name, seed: seed) == nil {
      let record = try record(growth, grown, stage, arm?.name, seed: seed, seconds: seconds)
      try folder.write(record)
      try observe(.grown(record))
    }
    let state = arm?.state ?? Arm.stateless
    guard state != Arm.stateless else { return Checkpoint(of: student) }
    return Checkpoint(
      network: student,
      optimizer: base.optimizer.grown(
        to: grown.network, from: base.network, rule: plan.training.optimizer, by: state),
      progress: RunProgress())
  }

  private func record(
    _ growth: VerifiedGrowth, _ grown: Grown, _ stage: Int, _ arm: String?, seed: UInt64,
    seconds: Double
  ) throws -> ComparisonGrowth {
    let name = arm ?? "growth \(stage + 1)"
    let report = try growth.plan.preservesFunction ? growth.verify(grown, name: name) : nil
    return ComparisonGrowth(
      seed: seed, arm: arm, stage: stage, growths: grown.steps.map(\.growth),
      before: try growth.teacher.cost(), after: try grown.network.cost(), grade: report?.grade,
      trainingGrade: report?.grade(in: .training),
      relativeDifference: report?.largestDifference(in: .evaluation, .float64)?.maxRelative,
      seconds: seconds)
  }

  private func readGrowths() throws {
    for seed in plan.seeds {
      for stage in plan.student.indices.dropLast() {
        try folder.growth(stage, of: nil, seed: seed).map { growths.append($0) }
      }
      for arm in plan.arms where arm.kind == .student {
        try folder.growth(plan.student.count - 1, of: arm.name, seed: seed)
          .map { growths.append($0) }
      }
    }
  }

  // MARK: Training

  /// Nil when it was cancelled.
  ///
  /// - Parameter isKept: other runs begin with its network.
  private func train(
    _ run: ComparisonRun, _ planned: PlannedRun, from start: Checkpoint, isKept: Bool
  ) throws -> ComparisonResult? {
    var directory = isKept ? folder.directory(of: run) : nil
    let start = try directory.map { $0.holdsCheckpoints ? try $0.checkpoint() : start } ?? start
    let options = plan.training.options(
      steps: run.steps, run.recipe, seed: run.orderSeed, comparison.engine)
    let trainer = try Trainer(
      start.network, data: comparison.data, options: options, start: start.isFresh ? nil : start)
    if let kept = directory, !kept.holdsCheckpoints {
      directory = try RunDirectory.create(kept.path, overwriting: true)
    }
    var lines: [Metrics] = []
    let share = planned.effort.multiplyAdds / work
    do {
      let result = try trainer.train(into: directory, cancellation: cancellation) { event in
        switch event {
        case .logged(let line), .evaluated(let line, _): lines.append(line)
        default: break
        }
        let done = Double(lines.last?.step ?? 0) / Double(run.steps)
        try observe(.training(event, run, share: workDone / work + share * done))
      }
      guard result.isComplete else { return nil }
      return try ended(run, planned, try directory?.log().lines ?? lines, result.network)
    } catch let error as TrainingError {
      guard case .diverged = error, !isKept else { throw error }
      return try ended(run, planned, lines, nil, failure: "\(error)")
    }
  }

  private func ended(
    _ run: ComparisonRun, _ planned: PlannedRun, _ lines: [Metrics], _ network: Network?,
    failure: String? = nil
  ) throws -> ComparisonResult {
    let validation = try network.map {
      try Evaluation(
        of: $0, on: comparison.validation, device: comparison.engine.device)
    }
    let result = ComparisonResult(
      run: run, cost: planned.cost,
      curve: LearningCurve(lines, multiplyAdds: planned.cost.multiplyAdds),
      validation: validation.map { Quality(accuracy: $0.accuracy, loss: $0.loss) },
      failure: failure)
    try folder.write(result)
    return result
  }
}

/// What runs of one seed begin with, as far as it is known.
private struct Beginnings {
  var seed: UInt64
  /// The network before the last growth, as its training left it.
  var base: Checkpoint?
  var arms: [String: Checkpoint] = [:]
}

extension Checkpoint {
  /// A network by itself.
  fileprivate init(of network: Network) {
    self.init(network: network, optimizer: OptimizerState(), progress: RunProgress())
  }

  /// There is nothing but the network.
  fileprivate var isFresh: Bool {
    step == 0 && optimizer.steps == 0 && optimizer.inherited == nil
  }

  /// The same network before the first step of another run.
  fileprivate func beginning(carryingState: Bool) -> Checkpoint {
    Checkpoint(
      network: network, optimizer: carryingState ? optimizer : OptimizerState(),
      progress: RunProgress())
  }
}
