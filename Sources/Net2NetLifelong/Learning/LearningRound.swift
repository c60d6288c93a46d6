public import Net2Net
public import Net2NetTorch
public import Net2NetTraining

/// One round of learning: from what is new, and from older examples with it.
///
/// A learner has a **trunk**, a network that goes on from round to round at the full learning rate,
/// with its optimizer's state, and is never annealed. What is to be used is a **branch** of it: a
/// copy that learns on for the rest of the round while its rate goes down to 0, and which the trunk
/// does not come back from. A network that goes on from an annealed one generalises worse than a
/// fresh one when more data comes (Ash and Adams, *On Warm-Starting Neural Network Training*,
/// arXiv 1910.08475), and one that is annealed anew each time has to climb out first; the trunk does
/// neither (Hu et al., *MiniCPM*, arXiv 2404.06395, call it warm-up, stable, decay).
public struct LearningRound: Sendable {
  /// Where the trunk stands.
  public let trunk: Checkpoint
  /// The training split is what this round learns from, the test split what is held out.
  public let data: DataSet
  public let settings: LearnerSettings
  /// Decides the order of examples.
  public let seed: UInt64
  public var device: Device

  public init(
    trunk: Checkpoint, data: DataSet, settings: LearnerSettings, seed: UInt64,
    device: Device = .cpu
  ) {
    self.trunk = trunk
    self.data = data
    self.settings = settings
    self.seed = seed
    self.device = device
  }

  public struct Result: Sendable {
    /// Where the trunk stands now.
    public var trunk: Checkpoint
    /// The annealed branch.
    public var candidate: Network
    public var findings: RoundFindings
    /// Of the candidate, on what is held out.
    public var predictions: Predictions
    public var work: Work
    /// What was tried beside it, where something was.
    public var trial: GrowthTrial.Result?
    /// Of the trunk, where the trial has shown that it helps.
    public var growth: LearnerGrowth.Result?
  }

  /// Learns on the calling thread.
  ///
  /// - Returns: nil where `cancellation` was requested; nothing has changed then.
  public func run(cancellation: Cancellation = Cancellation()) throws -> Result? {
    let began = ContinuousClock.now
    let plan = try stepPlan()
    let trunk = try train(self.trunk, plan.trunk, .stable, since: began, cancellation)
    guard !cancellation.isRequested else { return nil }
    let steps = affordable(plan.branch, after: trunk.step, since: began)
    let branch = try train(trunk, steps, .branch, since: began, cancellation)
    guard !cancellation.isRequested else { return nil }

    let heldOut = try Predictions(of: branch.network, on: data, device: device)
    let learnt = try Predictions(
      of: branch.network, on: try data.replacing(test: data.training.selecting(probe)),
      device: device)
    var work = try Work.training(
      branch.network, samples: (trunk.step + branch.step) * effectiveBatch)
    work += try Work.looking(branch.network, samples: heldOut.count + learnt.count)
    work.seconds = (ContinuousClock.now - began) / .seconds(1)
    return Result(
      trunk: trunk, candidate: branch.network,
      findings: RoundFindings(training: learnt, heldOut: heldOut), predictions: heldOut, work: work)
  }

  private var effectiveBatch: Int { min(settings.batchSize, data.training.count) }

  /// What the training loss is measured on.
  private var probe: [Int] {
    Array(
      Draw(seed: seed).derived(for: "probe").permutation(of: data.training.count)
        .prefix(Self.probeSize))
  }

  private static let probeSize = 1000

  // MARK: Steps

  private func stepPlan() throws -> (trunk: Int, branch: Int) {
    let batches = settings.passes * Double(data.training.count) / Double(effectiveBatch)
    var steps = max(settings.leastSteps, Int(batches.rounded()))
    if let limit = settings.budget.multiplyAdds {
      let perStep = try Work.training(trunk.network, samples: effectiveBatch).multiplyAdds
      steps = max(2, min(steps, limit / max(1, perStep)))
    }
    let branch = min(steps - 1, max(1, Int((Double(steps) * settings.branchShare).rounded())))
    return (steps - branch, branch)
  }

  /// So many steps of a branch that it comes to its end in time.
  private func affordable(
    _ steps: Int, after taken: Int, since began: ContinuousClock.Instant
  ) -> Int {
    guard let seconds = settings.budget.seconds else { return steps }
    let used = (ContinuousClock.now - began) / .seconds(1)
    let perStep = used / Double(max(1, taken))
    return max(1, min(steps, Int((seconds - used) / max(perStep, 1e-9))))
  }

  private enum Part: String {
    case stable, branch
  }

  private func train(
    _ start: Checkpoint, _ steps: Int, _ part: Part, since began: ContinuousClock.Instant,
    _ cancellation: Cancellation
  ) throws -> Checkpoint {
    var start = start
    start.progress = RunProgress()
    let isFirst = start.optimizer.steps == 0
    let options = TrainingOptions(
      budget: .steps(steps), batchSize: effectiveBatch, optimizer: settings.optimizer,
      schedule: part == .branch
        ? Schedule(.cosine)
        : Schedule(.constant, warmupSteps: isFirst ? min(10, steps / 2) : 0),
      seed: Draw(seed: seed).derived(for: part.rawValue).seed, evaluationInterval: .max,
      device: device, threads: settings.threads)
    // What is held out is looked at once, at the end, and not by the trainer.
    let trainer = try Trainer(
      start.network, data: try data.replacing(test: data.test.selecting([0])), options: options,
      start: start)
    let limit = settings.budget.seconds.map { $0 * (1 - settings.branchShare) }
    let ending = Cancellation()
    return try trainer.train(cancellation: ending) { _ in
      let isLate = limit.map { (ContinuousClock.now - began) / .seconds(1) > $0 } ?? false
      if part == .stable && isLate || cancellation.isRequested { ending.cancel() }
    }.checkpoint
  }
}
