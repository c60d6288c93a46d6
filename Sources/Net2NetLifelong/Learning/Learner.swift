internal import Net2NetTraining
internal import Synchronization

/// Learns in the background from what arrives: trains on what is new and on older examples with it,
/// measures what comes of that on what is held out, makes it a version, promotes it where it is not
/// worse than the champion, and grows where size is what holds it back.
///
///     let learner = try Learner(model) { try await deployer.promote($0, detail: $1) }
///     try await learner.run()   // until the task is cancelled
///
/// Training runs on a thread of its own, of a lower priority and with as many threads of libtorch as
/// the settings say, so that serving goes on beside it. Every decision is an event in the registry,
/// with its reasons. What the learner carries from round to round lies in the folder `learner`, and a
/// learner that was killed goes on from its last whole round.
public actor Learner {
  /// Makes a version the champion, for a reason.
  public typealias Promotion =
    @Sendable (_ version: Int, _ detail: [String: JSONValue]) async throws -> Void

  private let model: LiveModel
  private let promote: Promotion
  private let pollInterval: Duration
  private var memory: LearnerMemory
  /// The kind of reason that was told last.
  private var lastWait: String?
  /// Rounds in a row that ended in an error.
  private var failures = 0
  /// What it is doing, for other threads too.
  private let told = Mutex("begins")

  /// - Parameters:
  ///   - pollInterval: how often to look for new examples while there is nothing to do.
  ///   - promote: the model's own promotion unless a server's is given, which has the version
  ///     loaded, warm and tried on requests before it changes.
  public init(
    _ model: LiveModel, pollInterval: Duration = .seconds(1), promote: Promotion? = nil
  ) throws {
    self.model = model
    self.pollInterval = pollInterval
    self.promote = promote ?? { try model.promote($0, detail: $1) }
    memory = try LearnerMemory(model)
  }

  /// What it is doing, in a few words.
  public nonisolated var state: String { told.withLock { $0 } }

  // MARK: Running

  private static let mostDoublings = 10
  private static let mostPolls = 300

  /// Learns until the task is cancelled, which ends the round that runs after a few steps.
  ///
  /// - Throws: what the registry throws; what goes wrong in a round is an event, and waited out.
  public func run() async throws {
    try model.registry.record(.started, detail("the learner has begun"))
    while !Task.isCancelled {
      let decision = try await step()
      guard decision.verdict == .wait else { continue }
      // What has gone wrong again and again is tried less and less often.
      let times = min(1 << min(failures, Self.mostDoublings), Self.mostPolls)
      do { try await Task.sleep(for: pollInterval * times) } catch { break }
    }
    tell("stopped")
    try model.registry.record(.stopped, detail("the learner has stopped"))
  }

  /// One round, where there is something to do.
  @discardableResult
  public func step() async throws -> Decision {
    let decision = try readiness()
    guard decision.verdict != .wait else { return try waiting(decision) }
    do {
      return try await round() ?? waiting(Decision(.wait, "cancelled"))
    } catch {
      return try recovered(from: error)
    }
  }

  /// Learns, makes a version of what came of it, promotes it or not, and grows or not.
  ///
  /// - Returns: nil where the task was cancelled. Nothing has changed then but that
  ///   there may be a version, which the same round comes to again.
  private func round() async throws -> Decision? {
    let round = LearnerRound(model: model, memory: memory)
    tell("learns")
    let cancellation = Cancellation()
    let candidate = try await withTaskCancellationHandler {
      try await inBackground { try round.learn(cancellation) }
    } onCancel: {
      cancellation.cancel()
    }
    guard let candidate else { return nil }
    tell("tries version \(candidate.version.number)")
    guard let isPromoted = try await isPromoted(candidate) else { return nil }
    tell("decides whether to grow")
    let (memory, decision) = try await inBackground {
      try round.conclude(candidate, isPromoted: isPromoted)
    }
    self.memory = memory
    failures = 0
    return decision
  }

  /// A version that is not worse and cannot be promoted stays a version, and the learner goes on.
  ///
  /// - Returns: nil where the task was cancelled meanwhile.
  private func isPromoted(_ candidate: LearnerRound.Candidate) async throws -> Bool? {
    let number = candidate.version.number
    guard candidate.comparison.isPromoted else {
      try model.registry.record(.rejected, version: number, candidate.detail)
      return false
    }
    do {
      try await promote(number, candidate.detail)
      return true
    } catch {
      guard !Task.isCancelled else { return nil }
      try model.registry.record(
        .failed, version: number, detail("version \(number) was not promoted: \(error)"))
      return false
    }
  }

  private func inBackground<R: Sendable>(
    _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    try await BackgroundThread.run(niceness: model.settings.learner.niceness, body)
  }

  /// Whether there is enough for a round.
  private func readiness() throws -> Decision {
    if let champion = try model.registry.version(.champion),
      champion.number != memory.notes.champion, !isUnkept(champion)
    {
      try model.registry.record(
        .trained, version: champion.number,
        detail("version \(champion.number) was made champion by others; the learner begins from it")
      )
      memory = try LearnerMemory(model, startingFrom: champion, keeping: memory.notes)
    }
    let end = model.examples.count
    let new = model.examples.trainingNumbers(
      in: memory.notes.learntEnd..<max(end, memory.notes.learntEnd))
    let least = model.settings.learner.leastNewExamples
    guard new.count >= least else {
      return Decision(
        .wait, "\(new.count) new examples to learn from; a round begins with \(least)")
    }
    guard model.examples.counts.heldOut > 0 else {
      return Decision(.wait, "no example is held out yet to measure a candidate by")
    }
    return Decision(.goOn, "\(new.count) new examples to learn from")
  }

  /// Whether it is of a round of this learner that was killed before it was kept; the round is gone
  /// through again.
  private func isUnkept(_ champion: Version) -> Bool {
    champion.parent == memory.notes.parent && champion.origin.seeds["learner"] == memory.course.seed
      && champion.examples.map { $0.upperBound > memory.notes.learntEnd } ?? false
  }

  /// Told once, until something else is told.
  private func waiting(_ decision: Decision) throws -> Decision {
    tell("waits: " + decision.reasons.joined(separator: "; "))
    let kind = decision.reasons.joined(separator: "; ").filter { !$0.isNumber }
    if lastWait != kind {
      lastWait = kind
      try model.registry.record(.waits, detail(decision.reasons.joined(separator: "; ")))
    }
    return decision
  }

  private func recovered(from error: any Error) throws -> Decision {
    failures += 1
    try model.registry.record(.failed, detail("\(error)"))
    if case TrainingError.diverged = error, let champion = try model.registry.version(.champion) {
      memory = try LearnerMemory(model, startingFrom: champion, keeping: memory.notes)
    }
    tell("waits after an error: \(error)")
    return Decision(.wait, "\(error)")
  }

  private func tell(_ state: String) { told.withLock { $0 = state } }

  private func detail(_ reason: String) -> [String: JSONValue] { ["reason": .string(reason)] }
}
