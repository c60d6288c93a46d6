internal import Net2Net
internal import Net2NetFiles
internal import Net2NetTraining

/// One strategy on its way through a stream.
struct Participant {
  let strategy: Strategy
  let stream: SimulatedStream
  let settings: SimulationSettings
  let architecture: Architecture
  var work = Work()
  private var course: LearningCourse?
  private var champion: Network?

  init(
    strategy: Strategy, stream: SimulatedStream, settings: SimulationSettings,
    architecture: Architecture
  ) {
    self.strategy = strategy
    self.stream = stream
    self.settings = settings
    self.architecture = architecture
  }

  /// What the strategy makes of an arrival; nil where it was cancelled.
  mutating func take(
    _ arrival: Int, _ cancellation: Cancellation
  ) throws -> SimulationRecord.Point? {
    strategy == .retrained
      ? try retrain(arrival, cancellation) : try learn(arrival, cancellation)
  }

  // MARK: Learning on

  private mutating func learn(
    _ arrival: Int, _ cancellation: Cancellation
  ) throws -> SimulationRecord.Point? {
    let data = try roundData(arrival)
    var course = try self.course ?? newCourse(classes: data.classes.count)
    var events: [String] = []
    if let growth = try course.admit(classes: data.classes.count, on: data) {
      events.append(growth.receipt.sentence)
    }
    guard let round = try course.learn(from: data, cancellation: cancellation) else { return nil }
    work += round.work
    if let trial = round.trial { events.append(trial.reason) }
    if let growth = round.growth { events.append(growth.receipt.sentence) }
    let isPromoted = try promote(round, data, &events)
    let outcome = try course.decide(on: data)
    work += outcome.work
    if let growth = outcome.growth { events.append(growth.receipt.sentence) }
    self.course = course

    var point = try measured(champion ?? round.candidate, arrival)
    point.isPromoted = isPromoted
    point.hasGrown = round.growth != nil || outcome.growth != nil
    point.decision = outcome.decision
    point.events = events
    point.findings = round.findings
    return point
  }

  private func newCourse(classes: Int) throws -> LearningCourse {
    var learner = settings.learner
    learner.threads = settings.threads
    let isSmall = strategy != .large
    if strategy != .growing { learner.growth = nil }
    // No larger than the one it is compared with.
    let largest = try newNetwork(settings.largeFactor, classes: stream.data.classes.count).cost()
    learner.budget.networkMultiplyAdds = learner.budget.networkMultiplyAdds ?? largest.multiplyAdds
    learner.budget.parameters = learner.budget.parameters ?? largest.parameters
    return LearningCourse(
      try newNetwork(isSmall ? settings.smallFactor : settings.largeFactor, classes: classes),
      settings: learner, seed: settings.seed)
  }

  private func newNetwork(_ factor: Double, classes: Int) throws -> Network {
    try architecture.network(
      ArchitectureOptions(
        inputShape: stream.data.sampleShape, classes: classes, widthFactor: factor,
        seed: settings.seed))
  }

  /// What is new, and older examples with it; what has been held out so far, or some of it.
  private func roundData(_ arrival: Int) throws -> DataSet {
    let new = stream.arrivals[arrival].new
    let old = arrival == 0 ? [] : stream.learnt(through: arrival - 1)
    let again = Rehearsal.draw(
      Int((Double(new.count) * settings.learner.rehearsal).rounded()),
      from: old.map { stream.data.training.labels[$0] }, seed: settings.seed &+ UInt64(arrival))
    let held = stream.heldOut(through: arrival)
    let shown = Draw(seed: settings.seed).derived(for: "held out \(arrival)")
      .permutation(of: held.count).prefix(Self.mostHeldOut).map { held[$0] }
    return try stream.data.replacing(
      training: stream.data.training.selecting(new + again.map { old[$0] }),
      test: stream.data.training.selecting(shown), classes: stream.arrivals[arrival].classes)
  }

  private static let mostHeldOut = 2000

  private mutating func promote(
    _ round: LearningRound.Result, _ data: DataSet, _ events: inout [String]
  ) throws -> Bool {
    guard let champion else {
      self.champion = round.candidate
      return true
    }
    let result = settings.learner.promotion.compare(
      champion: try champion.recognised(on: data), candidate: round.predictions.areCorrect)
    work += try Work.looking(champion, samples: data.test.count)
    events.append((result.isPromoted ? "promoted, " : "not promoted, ") + result.reason)
    if result.isPromoted { self.champion = round.candidate }
    return result.isPromoted
  }

  // MARK: From scratch

  private mutating func retrain(
    _ arrival: Int, _ cancellation: Cancellation
  ) throws -> SimulationRecord.Point? {
    let began = ContinuousClock.now
    let rules = settings.retraining
    let learnt = stream.learnt(through: arrival)
    let data = try stream.data.replacing(
      training: stream.data.training.selecting(learnt),
      test: stream.data.training.selecting([stream.arrivals[arrival].heldOut[0]]),
      classes: stream.arrivals[arrival].classes)
    let batchSize = min(rules.batchSize, learnt.count)
    let steps = max(rules.leastSteps, rules.epochs * learnt.count / batchSize)
    let options = TrainingOptions(
      budget: .steps(steps), batchSize: batchSize, optimizer: settings.learner.optimizer,
      schedule: Schedule(.cosine, warmupSteps: min(10, steps / 2)), seed: settings.seed,
      evaluationInterval: .max, threads: settings.threads)
    let network = try newNetwork(settings.largeFactor, classes: data.classes.count)
    let result = try Trainer(network, data: data, options: options)
      .train(cancellation: cancellation)
    guard result.isComplete else { return nil }
    work += try Work.training(network, samples: steps * batchSize)
    work.seconds += (ContinuousClock.now - began) / .seconds(1)
    champion = result.network
    return try measured(result.network, arrival)
  }

  // MARK: Measuring

  private func measured(_ network: Network, _ arrival: Int) throws -> SimulationRecord.Point {
    let test = stream.test(after: arrival)
    let known = try network.classCount()
    let places = test.filter { stream.data.test.labels[$0] < known }
    let data = try stream.data.replacing(
      training: stream.data.test.selecting([places[0]]),
      test: stream.data.test.selecting(places), classes: known)
    let predictions = try Predictions(of: network, on: data)
    let right = Dictionary(uniqueKeysWithValues: zip(places, predictions.areCorrect))
    let hits = predictions.areCorrect.count { $0 }
    return SimulationRecord.Point(
      arrival: arrival, accuracy: Double(hits) / Double(test.count), loss: predictions.loss,
      taskAccuracies: taskAccuracies(right, among: Set(test)), work: work,
      network: try network.cost(), isPromoted: true, hasGrown: false, decision: nil, events: [],
      findings: nil)
  }

  private func taskAccuracies(_ right: [Int: Bool], among test: Set<Int>) -> [Double?] {
    stream.tasks.map { task in
      let seen = task.filter(test.contains)
      guard !seen.isEmpty else { return nil }
      return Double(seen.count { right[$0] ?? false }) / Double(seen.count)
    }
  }

  // MARK: Files

  private static let championName = "champion.onnx"

  func write(into folder: String) throws {
    try champion?.writeONNX(to: "\(folder)/\(Self.championName)", overwriting: false)
    try course?.write(into: folder)
  }

  mutating func restore(from folder: String) throws {
    try AtomicDirectory.verify(folder)
    champion = try Network(onnx: "\(folder)/\(Self.championName)")
    guard strategy != .retrained else { return }
    let fresh = try newCourse(classes: stream.arrivals[0].classes)
    course = try LearningCourse(folder: folder, settings: fresh.settings, seed: settings.seed)
  }
}
