public import Net2NetTraining

/// How a learner learns, when its network grows, and what it may spend.
public struct LearnerSettings: Hashable, Sendable {
  /// The rate is that of the trunk; see ``LearningRound``. A trunk is never annealed, and its weight
  /// decay does what a schedule does elsewhere: it keeps the steps large beside the weights, and what
  /// few examples have made is forgotten in time.
  public var optimizer = OptimizerSettings(weightDecay: 5e-3)
  public var batchSize = 128
  /// How many older examples are learnt again for each new one.
  public var rehearsal = 6.0
  /// How often a round goes through what it learns from.
  public var passes = 1.0
  /// The least steps of a round: a few examples are gone through more often.
  public var leastSteps = 100
  /// The least steps of the first round, in which there may be everything to learn. Half of them are
  /// the least of the second, a third of the third, for as long as that is more than `leastSteps`.
  public var firstSteps = 360
  /// What part of a round's steps are the branch, in which the rate goes down to 0.
  public var branchShare = 0.5
  /// Nil for a network that never grows.
  public var growth: GrowthPolicy? = GrowthPolicy()
  public var budget = LearningBudget()
  public var promotion = PromotionTest()
  public var canary = CanaryTrial()
  /// The least new examples that a round is worth.
  public var leastNewExamples = 128
  /// Of libtorch, for training.
  public var threads: Int? = 1
  /// How much lower the priority of training is than the server's, 0 to 19, as `nice` counts.
  public var niceness = 10

  public init() {}

  /// Grows unless what is held out speaks against it. For budgets that say how large the network may
  /// become: it goes on until one ends it.
  public static var eager: LearnerSettings {
    var settings = LearnerSettings()
    settings.growth?.trialLevel = 0.9
    settings.promotion.leastExamples = 5
    return settings
  }

  /// - Throws: ``LifelongError/option(_:expected:found:)``.
  public func validate() throws(LifelongError) {
    try require(count: batchSize, atLeast: 1, "batch size")
    try require((0...1000).contains(rehearsal), "rehearsal", "0 to 1000", rehearsal)
    try require(passes > 0 && passes <= 1000, "passes", "above 0, at most 1000", passes)
    try require(count: leastSteps, atLeast: 2, "least steps")
    try require(count: firstSteps, atLeast: 2, "first steps")
    try require(
      branchShare > 0 && branchShare < 1, "branch share", "between 0 and 1", branchShare)
    try require(count: leastNewExamples, atLeast: 1, "least new examples")
    try require((0...19).contains(niceness), "niceness", "0 to 19", niceness)
    try canary.validate()
    try growth?.validate()
    try promotion.validate()
    try budget.validate()
    do {
      try TrainingOptions(optimizer: optimizer).validate()
    } catch .option(let name, let expected, let found) {
      throw .option(name, expected: expected, found: found)
    } catch {
      throw .option("optimizer", expected: "settings that can be used", found: "\(error)")
    }
  }
}

/// When a network is taken to be too small, and by how much it then grows.
public struct GrowthPolicy: Hashable, Sendable, Encodable {
  /// Rounds in a row that have to show it.
  public var patience = 1
  /// The largest share of the held-out loss by which the training loss may lie below it. Examples
  /// still to come can close that gap and no more.
  public var largestGap = 0.3
  /// The training loss has stopped going down where it is not lower than `patience` rounds ago by
  /// this share of it.
  public var threshold = 0.1
  /// How many of the candidates are taken together.
  public var best = 4
  /// By how much widths grow.
  public var factor = 2.0
  /// A growth is tried beside the network as it is, and kept where p is below this; see
  /// ``GrowthTrial``. At 0 nothing is tried, and it grows by the other rules alone.
  public var trialLevel = 0.0
  /// Steps over which step sizes go from the teacher's to the plain ones.
  public var relaxSteps = 100

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case patience, largestGap, threshold, best, factor, trialLevel, relaxSteps
  }

  func validate() throws(LifelongError) {
    try require(count: patience, "growth patience", unit: "round")
    try require((0..<1).contains(largestGap), "largest gap", "from 0 to below 1", largestGap)
    try require((0..<1).contains(threshold), "growth threshold", "from 0 to below 1", threshold)
    try require(count: best, atLeast: 1, "best growths")
    try require(factor > 1 && factor <= 16, "growth factor", "above 1, at most 16", factor)
    try require((0..<1).contains(trialLevel), "growth trial level", "from 0 to below 1", trialLevel)
    try require(count: relaxSteps, atLeast: 0, "relax steps")
  }
}

/// What a learner may spend; nil is no limit.
public struct LearningBudget: Hashable, Sendable, Encodable {
  /// Of one round.
  public var seconds: Double?
  /// Of one round, forwards and backwards.
  public var multiplyAdds: Int?
  /// That training the network may take, as ``TrainingMemory`` estimates it.
  public var memoryBytes: Int?
  /// The largest network.
  public var parameters: Int?
  /// The largest network, for one example, forwards.
  public var networkMultiplyAdds: Int?

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case seconds, multiplyAdds, memoryBytes, parameters, networkMultiplyAdds
  }

  func validate() throws(LifelongError) {
    try require(seconds ?? 1 > 0, "budget of seconds", "above 0", seconds ?? 0)
    for (name, limit) in [
      ("budget of multiply-adds", multiplyAdds), ("budget of memory", memoryBytes),
      ("largest parameters", parameters), ("largest multiply-adds", networkMultiplyAdds),
    ] {
      try require(limit ?? 1 >= 1, name, "1 or more", limit ?? 0)
    }
  }
}

func require(
  _ condition: Bool, _ option: String, _ expected: String, _ found: some Any
) throws(LifelongError) {
  guard condition else { throw .option(option, expected: expected, found: "\(found)") }
}

/// For numbers that become counts, which are added and multiplied further on.
func require(
  count: Int, atLeast least: Int = 1, _ option: String, unit: String = ""
) throws(LifelongError) {
  let unit = unit.isEmpty ? "" : " \(unit)"
  let largest = TrainingOptions.largestCount
  try require(count >= least, option, "\(least)\(unit) or more", count)
  try require(count <= largest, option, "at most \(largest)\(unit)", count)
}
