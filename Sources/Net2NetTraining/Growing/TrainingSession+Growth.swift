internal import Net2Net
internal import Net2NetFiles
internal import Net2NetTorch

extension TrainingSession {
  /// The step of the schedule that is waited for; nil when all have been taken.
  var nextGrowth: ScheduledGrowth? {
    let steps = trainer.growth.steps
    return progress.scheduleSteps < steps.count ? steps[progress.scheduleSteps] : nil
  }

  /// Takes every step of the schedule whose time has come, one after another.
  func growIfDue(_ observe: (TrainingEvent) throws -> Void) throws {
    while step < trainer.steps, let next = nextGrowth, isDue(next) {
      try grow(next, observe)
    }
  }

  private func isDue(_ growth: ScheduledGrowth) -> Bool {
    switch growth.trigger {
    case .at(let moment): step >= moment.step(stepsPerEpoch: loader.batchesPerEpoch)
    case .plateau(let plateau): progress.plateau.isReached(plateau)
    }
  }

  private func grow(
    _ scheduled: ScheduledGrowth, _ observe: (TrainingEvent) throws -> Void
  ) throws {
    let began = ContinuousClock.now
    let index = progress.scheduleSteps
    try settleStatistics()
    var described = try classifier.network(in: trainer.options.precision)
    // As a checkpoint is, where a run that was taken up has it from.
    described.describeTraining(on: trainer.data)
    let teacher = described
    let plan = try ranks.fromRankZero { try self.plan(scheduled, index: index, teacher: teacher) }
    progress.scheduleSteps += 1
    progress.plateau = PlateauTracker()
    guard !plan.growths.isEmpty else {
      return try omit(
        "growth \(index + 1): no candidate within its budget promises less loss", at: step, observe)
    }
    let growth = VerifiedGrowth(
      teacher: teacher, plan: plan, data: trainer.data, device: trainer.options.device)
    let grown = try grown(by: growth)
    let isVerified = trainer.options.verifiesGrowth && growth.plan.preservesFunction
    var report: VerificationReport?
    let findings = try ranks.fromRankZero { () -> GrowthFindings? in
      report = try isVerified ? growth.verify(grown, name: "growth \(index + 1)") : nil
      return report.map(GrowthFindings.init)
    }
    let state = try optimizer.state().grown(
      to: grown.network, from: teacher, rule: trainer.options.optimizer.rule,
      by: scheduled.state)
    try replace(with: grown.network.evaluated(), state)

    let record = GrowthRecord(
      index: index, step: step, growths: grown.steps.map(\.growth),
      before: try teacher.cost(), after: try grown.network.cost(),
      learningRate: scheduled.learningRate, grade: findings?.grade,
      trainingGrade: findings?.trainingGrade, relativeDifference: findings?.relativeDifference,
      seconds: (ContinuousClock.now - began) / .seconds(1))
    progress.growths.append(record)
    try write(growth, grown, report, record)
    var metrics = metrics(.growth, loss: progress.evaluatedLoss ?? evaluations.last?.loss)
    metrics.growth = record
    try log?.append(metrics)
    try observe(.grown(metrics, record))
  }

  /// On all ranks with what rank 0 measures, so that nothing is rounded in another way.
  private func grown(by growth: VerifiedGrowth) throws -> Grown {
    try ranks.madeByRankZero {
      try growth.grown()
    } telling: { grown in
      grown.steps
    } again: { steps in
      var growth = growth
      growth.recorded = steps
      return try growth.grown()
    }
  }

  private func plan(
    _ scheduled: ScheduledGrowth, index: Int, teacher: Network
  ) throws -> GrowthPlan {
    let seed = trainer.growth.seed(ofStep: index)
    switch scheduled.choice {
    case .growths(let growths): return GrowthPlan(seed: seed, growths: growths)
    case .advised(let advised):
      return GrowthPlan(
        seed: seed,
        growths: try advised.growths(
          of: teacher, on: trainer.data, seed: seed, options: trainer.options))
    }
  }

  private func write(
    _ growth: VerifiedGrowth, _ grown: Grown, _ report: VerificationReport?,
    _ record: GrowthRecord
  ) throws {
    guard let directory else { return }
    try growth.teacher.writeONNX(
      to: "\(directory.path)/\(record.teacherName)", overwriting: true)
    let receipt = try Receipt(
      teacher: growth.teacher, student: grown.network.evaluated(), seed: growth.plan.seed,
      grown: grown, report: report)
    try receipt.write(to: "\(directory.path)/\(record.receiptName)", overwriting: true)
  }
}

/// What a verification found, for all ranks.
private struct GrowthFindings: Codable {
  let grade: Grade
  let trainingGrade: Grade?
  let relativeDifference: Double?

  init(_ report: VerificationReport) {
    grade = report.grade
    trainingGrade = report.grade(in: .training)
    relativeDifference = report.largestDifference(in: .evaluation, .float64)?.maxRelative
  }
}
