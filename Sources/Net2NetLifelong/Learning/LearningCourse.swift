internal import Foundation
public import Net2Net
internal import Net2NetFiles
public import Net2NetTorch
public import Net2NetTraining

/// What a learner carries from round to round, and what it does with it: admit classes, learn,
/// decide, grow. A value: the same course with the same data and seed goes the same way.
public struct LearningCourse: Sendable {
  public private(set) var trunk: Checkpoint
  public private(set) var watch = CapacityWatch()
  public private(set) var trials = TrialCalendar()
  /// Rounds so far.
  public private(set) var rounds = 0
  public var settings: LearnerSettings
  public let seed: UInt64
  public var device = Device.cpu

  public init(_ network: Network, settings: LearnerSettings, seed: UInt64) {
    trunk = Checkpoint(network: network, optimizer: OptimizerState(), progress: RunProgress())
    self.settings = settings
    self.seed = seed
  }

  private func seed(for purpose: String) -> UInt64 {
    Draw(seed: seed).derived(for: "\(purpose) of round \(rounds)").seed
  }

  /// Makes room for classes that have appeared: new logits, zero at first; the old ones stay.
  ///
  /// - Parameter data: has `count` classes or more.
  /// - Returns: nil where there is room already.
  public mutating func admit(classes count: Int, on data: DataSet) throws -> LearnerGrowth.Result? {
    let known = try trunk.network.classCount()
    guard count > known else { return nil }
    let plan = GrowthPlan(
      seed: seed(for: "classes"), growths: [.addClasses(AddClasses(count: count - known))])
    return try grow(by: plan, on: data)
  }

  /// One round; where it is time to, with a trial of a growth.
  ///
  /// - Parameter data: what is new and what is learnt again, to learn from; what is held out, to
  ///   be measured by.
  /// - Returns: nil where it was cancelled; the course is as it was then.
  public mutating func learn(
    from data: DataSet, cancellation: Cancellation = Cancellation()
  ) throws -> LearningRound.Result? {
    let tried = try growthToTry(on: data)
    let ungrown = round(from: trunk, on: data, sharesBudget: tried?.growth != nil)
    guard var result = try ungrown.run(cancellation: cancellation) else { return nil }
    if let tried { result.work += tried.work }
    if let policy = settings.growth, let growth = tried?.growth {
      let grown = round(from: growth.trunk, on: data, sharesBudget: true)
      guard let rival = try grown.run(cancellation: cancellation) else { return nil }
      let trial = GrowthTrial(level: policy.trialLevel, promotion: settings.promotion)
        .compare(ungrown: result.predictions, grown: rival.predictions)
      result = result.tried(against: rival, by: growth, trial)
      trials.record(hasHelped: trial.isBetter)
      if trial.isBetter { watch.reset() }
    } else if tried != nil {
      trials.record(hasHelped: false)
    } else {
      trials.passRound()
    }
    trunk = result.trunk
    rounds += 1
    if let policy = settings.growth { watch.record(result.findings, policy) }
    return result
  }

  private func round(
    from trunk: Checkpoint, on data: DataSet, sharesBudget: Bool
  ) -> LearningRound {
    var settings = settings
    settings.leastSteps = max(settings.leastSteps, settings.firstSteps / (rounds + 1))
    if sharesBudget {
      settings.budget.seconds = settings.budget.seconds.map { $0 / 2 }
      settings.budget.multiplyAdds = settings.budget.multiplyAdds.map { max(1, $0 / 2) }
    }
    return LearningRound(
      trunk: trunk, data: data, settings: settings, seed: seed(for: "learning"), device: device)
  }

  /// Nil where nothing is to be tried in this round, as in one that new classes come with; without a
  /// growth where there is none to be had.
  private func growthToTry(
    on data: DataSet
  ) throws -> (growth: LearnerGrowth.Result?, work: Work)? {
    guard let policy = settings.growth, policy.trialLevel > 0, trials.isDue,
      rounds == 0 || !watch.findings.isEmpty, data.test.count >= settings.promotion.leastExamples
    else { return nil }
    let began = ContinuousClock.now
    let seed = seed(for: "trial")
    let choice =
      try GrowthChoice(widening: trunk.network, settings, seed: seed)
      ?? GrowthChoice(
        for: trunk.network, on: data, policy: policy, settings: settings, seed: seed,
        device: device)
    guard let plan = choice.plan else { return (nil, choice.work) }
    let growth = try LearnerGrowth(trunk: trunk, plan: plan, settings: settings, device: device)
      .grown(on: data)
    var work = choice.work
    work.seconds = (ContinuousClock.now - began) / .seconds(1)
    return (growth, work)
  }

  public struct Outcome: Sendable {
    public var decision: Decision
    /// What was grown, where it was.
    public var growth: LearnerGrowth.Result?
    public var work = Work()
  }

  /// Grows where it is time to, and there is a growth to be had; where growths are tried first, has
  /// the next round try one.
  ///
  /// - Parameter data: what the last round learnt from.
  public mutating func decide(on data: DataSet) throws -> Outcome {
    guard let policy = settings.growth else {
      return Outcome(decision: Decision(.goOn, "growth is not wanted"))
    }
    var outcome = Outcome(decision: watch.decision(policy))
    guard outcome.decision.verdict == .grow else { return outcome }
    guard policy.trialLevel == 0 else {
      trials.suspect()
      outcome.decision.verdict = .goOn
      outcome.decision.reasons.append("the next round tries whether growing helps")
      return outcome
    }
    let choice = try GrowthChoice(
      for: trunk.network, on: data, policy: policy, settings: settings,
      seed: seed(for: "growth"), device: device)
    outcome.work = choice.work
    outcome.decision.reasons.append(choice.reason)
    guard let plan = choice.plan else {
      outcome.decision.verdict = .goOn
      return outcome
    }
    let began = ContinuousClock.now
    outcome.growth = try grow(by: plan, on: data)
    outcome.work.seconds += (ContinuousClock.now - began) / .seconds(1)
    return outcome
  }

  private mutating func grow(by plan: GrowthPlan, on data: DataSet) throws -> LearnerGrowth.Result {
    let result = try LearnerGrowth(
      trunk: trunk, plan: plan, settings: settings, device: device
    ).grown(on: data)
    trunk = result.trunk
    watch.reset()
    return result
  }
}

extension LearningRound.Result {
  /// The better of the two branches, with the work of both.
  fileprivate func tried(
    against rival: LearningRound.Result, by growth: LearnerGrowth.Result,
    _ trial: GrowthTrial.Result
  ) -> LearningRound.Result {
    var kept = trial.isBetter ? rival : self
    kept.work = work
    kept.work += rival.work
    kept.trial = trial
    if trial.isBetter { kept.growth = growth }
    return kept
  }
}

// MARK: Files

extension LearningCourse {
  /// What stands beside the trunk's checkpoint.
  private struct Notes: Codable {
    var rounds: Int
    var watch: CapacityWatch
    /// Folders of before there were trials have none.
    var trials: TrialCalendar?
  }

  private static let notesName = "course.json"

  /// Writes everything into `folder`, which an `AtomicDirectory` makes whole or not at all.
  public func write(into folder: String) throws {
    try trunk.write(into: folder)
    try AtomicFile.write(
      try json(Notes(rounds: rounds, watch: watch, trials: trials)) + "\n",
      to: "\(folder)/\(Self.notesName)",
      overwriting: false)
  }

  /// The course that was written into `folder`, to be gone on with by `settings` and `seed`.
  public init(folder: String, settings: LearnerSettings, seed: UInt64) throws {
    trunk = try Checkpoint(folder: folder)
    self.settings = settings
    self.seed = seed
    let file = "\(folder)/\(Self.notesName)"
    let bytes = try FileContents(of: file).bytes
    let text = withExtendedLifetime(bytes) { Data(bytes.buffer) }
    guard let notes = try? JSONDecoder().decode(Notes.self, from: text) else {
      throw FilesError.malformed(
        file: file, part: "contents", expected: "the notes of a learner", found: "something else")
    }
    (rounds, watch) = (notes.rounds, notes.watch)
    trials = notes.trials ?? TrialCalendar()
  }
}
