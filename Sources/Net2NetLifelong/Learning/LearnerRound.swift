internal import Net2Net
internal import Net2NetTorch
internal import Net2NetTraining

/// What a round of the learner does on its thread.
struct LearnerRound: Sendable {
  let model: LiveModel
  /// As the round before left it.
  let memory: LearnerMemory

  /// What was learnt, as a version that nobody is served by yet.
  struct Candidate: Sendable {
    var version: Version
    var course: LearningCourse
    var data: DataSet
    /// Examples below this number had arrived.
    var end: Int
    var comparison: PromotionTest.Result
    var drift: Drift
    var detail: [String: JSONValue] {
      [
        "reason": .string(comparison.reason), "p": .number(comparison.probability),
        "level": .number(comparison.level),
      ]
    }
  }

  /// More new examples than this wait for the next round.
  private static let mostNew = 50_000
  private static let mostHeldOut = 2000
  /// Of new examples, to follow drift by.
  private static let mostWatched = 500

  private var settings: LearnerSettings { model.settings.learner }

  private func draw(_ purpose: String) -> Draw {
    Draw(seed: model.settings.seed).derived(for: "\(purpose) from \(memory.notes.learntEnd)")
  }

  // MARK: Learning

  /// - Returns: nil where it was cancelled.
  func learn(_ cancellation: Cancellation) throws -> Candidate? {
    if let threads = settings.threads { try Engine.setThreads(threads) }
    let (new, end) = try newExamples()
    let data = try model.examples.dataSet(
      training: new + (try again(beside: new.count)), heldOut: heldOut(before: end))
    let champion = try championNetwork()
    let drift = try watched(new, by: champion)

    var (course, growth) = (memory.course, memory.notes.growth)
    if let room = try course.admit(classes: data.classes.count, on: data) {
      growth = LearnerMemory.PendingGrowth(plan: room.plan, receipt: room.receipt)
      try record(room.receipt, .grew)
    }
    guard let round = try course.learn(from: data, cancellation: cancellation) else { return nil }
    if let grown = round.growth {
      growth = LearnerMemory.PendingGrowth(plan: grown.plan, receipt: grown.receipt)
      try record(grown.receipt, .grew, [round.trial?.reason].compactMap(\.self))
    }
    let comparison = settings.promotion.compare(
      champion: try champion.recognised(on: data), candidate: round.predictions.areCorrect)
    let version = try added(round, growth, memory.notes.learntEnd..<end)
    return Candidate(
      version: version, course: course, data: data, end: end, comparison: comparison, drift: drift)
  }

  private func newExamples() throws -> (numbers: [Int], end: Int) {
    let count = try unfinishedEnd() ?? model.examples.count
    let numbers = model.examples.trainingNumbers(in: memory.notes.learntEnd..<count)
    guard numbers.count > Self.mostNew else { return (numbers, count) }
    return (Array(numbers.prefix(Self.mostNew)), numbers[Self.mostNew])
  }

  /// Where the examples of a round end that made a version and was killed before it was kept: gone
  /// through again with the same examples, it comes to the same version.
  private func unfinishedEnd() throws -> Int? {
    let (parent, end) = (memory.notes.parent, memory.notes.learntEnd)
    return try model.registry.newest(from: parent, learntBeyond: end)?.examples?.upperBound
  }

  /// From the reservoir, classes alike.
  private func again(beside new: Int) throws -> [Int] {
    let kept = memory.notes.reservoir.numbers
    let places = Rehearsal.draw(
      Int((Double(new) * settings.rehearsal).rounded()),
      from: try model.examples.labels(of: kept), seed: draw("rehearsal").seed)
    return places.map { kept[$0] }
  }

  /// All so far; a sample of them where there are many.
  private func heldOut(before end: Int) -> [Int] {
    let all = model.examples.heldOutNumbers(in: 0..<end)
    guard all.count > Self.mostHeldOut else { return all }
    return draw("held out").permutation(of: all.count).prefix(Self.mostHeldOut).map { all[$0] }
  }

  /// The champion that the round began with.
  private func championNetwork() throws -> Network {
    try model.registry.network(of: try model.registry.version(memory.notes.champion))
  }

  /// Drift with some of the new examples, which the champion has not learnt from.
  private func watched(_ new: [Int], by champion: Network) throws -> Drift {
    let shown = draw("drift").permutation(of: new.count).prefix(Self.mostWatched)
      .map { new[$0] }.sorted()
    let data = try model.examples.dataSet(training: [shown[0]], heldOut: shown)
    let recognised = try champion.recognised(on: data)
    var drift = memory.notes.drift
    for (number, isRecognised) in zip(shown, recognised) {
      let example = try model.examples.example(number)
      drift.record(
        summary: FeatureSummary.numbers(of: model.settings.sample.numbers(of: example.sample)),
        label: example.label, isRecognised: isRecognised)
    }
    return drift
  }

  private func added(
    _ round: LearningRound.Result, _ growth: LearnerMemory.PendingGrowth?, _ examples: Range<Int>
  ) throws -> Version {
    let seeds = ["learner": memory.course.seed, "data": model.settings.seed]
    let origin: Origin =
      growth.map { .growth(plan: $0.plan, receipt: $0.receipt, seeds: seeds) }
      ?? .training(seeds: seeds)
    let findings = round.findings
    let metrics = [
      "trainingLoss": findings.trainingLoss, "trainingAccuracy": findings.trainingAccuracy,
      "loss": findings.heldOutLoss, "accuracy": findings.heldOutAccuracy,
      "multiplyAdds": Double(round.work.multiplyAdds), "seconds": round.work.seconds,
    ]
    let draft = VersionDraft(
      parent: memory.notes.parent, origin: origin, examples: 0..<examples.upperBound,
      metrics: metrics)
    if let before = try model.registry.version(of: round.candidate, as: draft) { return before }
    let version = try model.registry.add(
      round.candidate, as: draft, goldenSeed: model.settings.seed)
    try model.registry.record(
      .trained, version: version.number,
      metrics.mapValues { JSONValue.number($0) }.merging(
        ["examples": JSONValue(examples.count)].merging(
          round.trial.map { ["reason": .string($0.reason)] } ?? [:]
        ) { $1 }
      ) { $1 })
    return version
  }

  // MARK: Deciding

  /// Decides whether to grow, and keeps what the next round begins with.
  func conclude(_ candidate: Candidate, isPromoted: Bool) throws -> (LearnerMemory, Decision) {
    if let threads = settings.threads { try Engine.setThreads(threads) }
    var memory = memory
    memory.course = candidate.course
    memory.notes.growth = nil
    let outcome = try memory.course.decide(on: candidate.data)
    if let growth = outcome.growth {
      memory.notes.growth = LearnerMemory.PendingGrowth(plan: growth.plan, receipt: growth.receipt)
      try record(growth.receipt, .grew, outcome.decision.reasons)
    }
    memory.notes.learntEnd = candidate.end
    memory.notes.parent = candidate.version.number
    memory.notes.reservoir.update(from: model.examples, upTo: candidate.end)
    // Where others have it otherwise, the next round begins from theirs.
    if isPromoted { memory.notes.champion = candidate.version.number }
    try tell(candidate.drift)
    memory.notes.drift = candidate.drift
    try memory.save(model)
    return (memory, outcome.decision)
  }

  private func record(
    _ receipt: Receipt, _ kind: RegistryEvent.Kind, _ reasons: [String] = []
  ) throws {
    try model.registry.record(
      kind, version: memory.notes.parent,
      [
        "reason": .string((reasons + [receipt.sentence]).joined(separator: "; ")),
        "parameters": JSONValue(receipt.student.cost.parameters),
      ])
  }

  private func tell(_ drift: Drift) throws {
    guard let report = drift.report, !report.warnings.isEmpty,
      report.warnings.map(\.kind) != memory.notes.drift.report?.warnings.map(\.kind)
    else { return }
    try model.registry.record(
      .drift, ["reason": .string(report.warnings.joined(separator: "; "))])
  }
}

extension String {
  /// The sentence up to its figures.
  fileprivate var kind: Substring { prefix { $0 != ":" } }
}

extension SampleForm {
  /// A stored sample as numbers; pixels from 0 to 1.
  func numbers(of sample: [UInt8]) -> [Float] {
    switch storage {
    case .uint8: sample.map { Float($0) / 255 }
    case .float32:
      sample.withUnsafeBytes { bytes in
        (0..<bytes.count / 4).map { index in
          Float(
            bitPattern: UInt32(
              littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
        }
      }
    }
  }
}
