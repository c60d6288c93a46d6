import Net2Net
import Net2NetTraining
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite struct GrowthTrialTests {
  private func predictions(_ losses: [Double], wrong: Set<Int> = []) -> Predictions {
    Predictions(
      targets: losses.map { _ in 1 }, classes: losses.indices.map { wrong.contains($0) ? 0 : 1 },
      losses: losses)
  }

  private func result(
    ungrown: Predictions, grown: Predictions, level: Double = 0.3
  ) -> GrowthTrial.Result {
    GrowthTrial(level: level, promotion: PromotionTest()).compare(ungrown: ungrown, grown: grown)
  }

  /// Differences of 0 and 0.2, ten each: mean 0.1, deviation 0.2 / 2 · √(20/19), z = √19.
  @Test func probabilityIsThatOfThePairedTest() {
    let differences = (0..<20).map { $0 < 10 ? 0 : 0.2 }
    #expect(abs(GrowthTrial.probability(differences) - 6.5359e-6) < 1e-9)
    #expect(abs(GrowthTrial.probability(differences.map { -$0 }) - 1) < 1e-5)
    #expect(GrowthTrial.probability([0.1, -0.1]) == 0.5)
    #expect(GrowthTrial.probability([0.1, 0.1]) == 0)
    #expect(GrowthTrial.probability([0, 0]) == 1)
    #expect(GrowthTrial.probability([.nan, 0]) == 1)
  }

  @Test func lowerLossHelpsAndIsToldInWords() {
    let better = result(
      ungrown: predictions((0..<20).map { $0 < 10 ? 0.5 : 0.7 }),
      grown: predictions([Double](repeating: 0.5, count: 20)))
    #expect(better.isBetter)
    #expect(
      better.reason
        == "growing helps: on 20 held-out examples the grown branch has a loss of 0.5, the other 0.6 "
        + "(p = 0.0, level 0.3)")
    let same = result(
      ungrown: predictions([0.5, 0.6] + [Double](repeating: 0.5, count: 18)),
      grown: predictions([0.6, 0.5] + [Double](repeating: 0.5, count: 18)))
    #expect(!same.isBetter)
    #expect(same.reason.hasPrefix("growing does not help yet: on 20 held-out examples"))
  }

  @Test func lowerLossWithMoreMistakesDoesNotHelp() {
    let trial = result(
      ungrown: predictions([Double](repeating: 0.6, count: 40)),
      grown: predictions((0..<40).map { 0.5 + Double($0) / 1000 }, wrong: [0, 1, 2, 3]))
    #expect(trial.probability < 0.001)
    #expect(!trial.isBetter)
    #expect(trial.reason.hasPrefix("growing lowers the loss and is worse: of 40 held-out"))
  }

  @Test func fewExamplesTellNothing() {
    let trial = result(
      ungrown: predictions([Double](repeating: 0.6, count: 19)),
      grown: predictions([Double](repeating: 0.1, count: 19)))
    #expect(
      trial
        == GrowthTrial.Result(
          isBetter: false, probability: 1,
          reason: "19 held-out examples are too few to tell whether growing helps; 20 are needed"))
  }

  @Test func trialsThatDoNotHelpBecomeRare() {
    var trials = TrialCalendar()
    var rounds: [Int] = []
    for round in 0..<30 {
      if trials.isDue {
        rounds.append(round)
        trials.record(hasHelped: false)
      } else {
        trials.passRound()
      }
    }
    #expect(rounds == [0, 2, 6, 14])
    trials.suspect()
    #expect(trials.isDue)
    trials.record(hasHelped: true)
    #expect(trials.isDue)
    #expect(!trials.isSuspected)
  }
}

@Suite(.requiresTorch) struct TriedGrowthTests {
  private func course(hidden: Int, budget: Int? = nil) throws -> LearningCourse {
    var settings = LearnerSettings()
    settings.batchSize = 32
    settings.leastSteps = 60
    settings.firstSteps = 60
    settings.optimizer = OptimizerSettings(learningRate: 0.1)
    settings.growth?.relaxSteps = 0
    settings.growth?.trialLevel = 0.3
    settings.budget.parameters = budget
    return LearningCourse(try perceptron(hidden: hidden), settings: settings, seed: 1)
  }

  /// Two units are too few for eight patterns: the first round finds out, by trying, and the second
  /// tries whether four are.
  @Test func smallNetworkGrowsInItsFirstRound() throws {
    let data = try patterns()
    var course = try course(hidden: 2)
    let before = course.trunk.network
    let first = try #require(try course.learn(from: data))
    #expect(try #require(first.trial).isBetter)
    let growth = try #require(first.growth)
    #expect(growth.plan.growths == [.widen(Widen(all: 2, symmetry: .zero))])
    #expect(growth.receipt.student.cost.parameters > before.parameterCount)
    #expect(first.candidate.parameterCount == growth.receipt.student.cost.parameters)
    #expect(course.trunk.network.parameterCount == first.candidate.parameterCount)
    // Both branches are counted, 60 steps and 800 looks each.
    let costs = try before.cost().multiplyAdds + first.candidate.cost().multiplyAdds
    #expect(first.work.multiplyAdds == costs * (3 * 60 * 32 + 800))
    #expect(first.work.samples == 2 * 60 * 32)
    #expect(try #require(try course.learn(from: data)).trial != nil)
  }

  @Test func whereNoGrowthCanBeHadNothingIsTried() throws {
    let data = try patterns()
    var course = try course(hidden: 2, budget: try perceptron(hidden: 2).parameterCount)
    for _ in 0..<3 {
      let round = try #require(try course.learn(from: data))
      #expect(round.trial == nil && round.growth == nil)
      #expect(round.work.samples == 60 * 32)
    }
  }

  /// Whoever is suspected of being too small does not grow untried.
  @Test func suspicionIsTriedAndNotBelieved() throws {
    let data = try patterns()
    var course = try course(hidden: 2)
    course.settings.growth?.largestGap = 0.9
    course.settings.growth?.threshold = 0.9
    course.settings.promotion.leastExamples = 1000
    for _ in 0..<2 { _ = try course.learn(from: data) }
    let outcome = try course.decide(on: data)
    #expect(outcome.growth == nil)
    #expect(outcome.decision.verdict == .goOn)
    #expect(outcome.decision.reasons.last == "the next round tries whether growing helps")
    #expect(course.trials.isSuspected)
  }
}
