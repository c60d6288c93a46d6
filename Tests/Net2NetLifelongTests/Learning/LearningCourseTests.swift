import Net2Net
import Net2NetFiles
import Net2NetTraining
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite(.requiresTorch) struct LearningCourseTests {
  private var settings: LearnerSettings {
    var settings = LearnerSettings()
    settings.batchSize = 32
    settings.leastSteps = 60
    settings.firstSteps = 60
    settings.branchShare = 0.3
    settings.optimizer = OptimizerSettings(learningRate: 0.1)
    settings.growth?.patience = 1
    settings.growth?.largestGap = 0.5
    settings.growth?.relaxSteps = 0
    return settings
  }

  @Test func learnsWithATrunkThatIsNotItsBranch() throws {
    let data = try patterns()
    var course = LearningCourse(try perceptron(hidden: 24), settings: settings, seed: 1)
    let before = try Predictions(of: course.trunk.network, on: data).loss
    let first = try #require(try course.learn(from: data))
    let second = try #require(try course.learn(from: data))
    #expect(first.findings.heldOutLoss < 0.6 * before)
    #expect(second.findings.heldOutLoss < first.findings.heldOutLoss)
    #expect(second.findings.heldOutAccuracy > 0.9)
    // 42 steps of the trunk in each round; the branches' 18 leave no trace in it.
    #expect(course.trunk.optimizer.steps == 84)
    #expect(
      try Digest(of: course.trunk.network).description
        != Digest(of: second.candidate).description)
    #expect(course.rounds == 2)
    // 60 steps of 32 forwards and backwards, and 200 + 600 that are looked at.
    let cost = try course.trunk.network.cost().multiplyAdds
    #expect(cost == 16 * 24 + 24 * 8)
    #expect(second.work.multiplyAdds == cost * (3 * 60 * 32 + 800))
    #expect(second.work.samples == 60 * 32)
  }

  @Test func firstRoundsAreLonger() throws {
    let data = try patterns()
    var settings = settings
    (settings.firstSteps, settings.leastSteps) = (90, 40)
    var course = LearningCourse(try perceptron(hidden: 4), settings: settings, seed: 1)
    let steps = try (0..<4).map { _ in
      try #require(try course.learn(from: data)).work.samples / 32
    }
    #expect(steps == [90, 45, 40, 40])
  }

  /// Two units are too few for eight patterns, 48 are not.
  @Test func growsWhenItIsTooSmallAndOnlyThen() throws {
    let data = try patterns()
    var small = LearningCourse(try perceptron(hidden: 2), settings: settings, seed: 1)
    var growth: LearnerGrowth.Result?
    for _ in 0..<8 where growth == nil {
      _ = try small.learn(from: data)
      let outcome = try small.decide(on: data)
      #expect((outcome.growth != nil) == (outcome.decision.verdict == .grow))
      growth = outcome.growth
      if growth != nil { #expect(outcome.work.multiplyAdds > 0) }
    }
    let result = try #require(growth)
    #expect(result.receipt.student.cost.parameters > result.receipt.teacher.cost.parameters)
    #expect(result.grade != .approximate)
    #expect(small.trunk.network.parameterCount == result.receipt.student.cost.parameters)
    // Moments went along.
    #expect(small.trunk.optimizer.steps > 0)
    #expect(small.trunk.optimizer.moments[.momentum] != nil)

    var large = LearningCourse(try perceptron(hidden: 48), settings: settings, seed: 1)
    for _ in 0..<8 {
      _ = try large.learn(from: data)
      #expect(try large.decide(on: data).decision.verdict == .goOn)
    }
  }

  @Test func growsNoLargerThanItsBudget() throws {
    let data = try patterns()
    var settings = settings
    let network = try perceptron(hidden: 2)
    settings.budget.parameters = network.parameterCount
    #expect(
      try refusal(network, settings, data) == "no growth within the budget promises a lower loss")
    settings.budget.parameters = nil
    settings.budget.memoryBytes = 1000
    let reason = try refusal(network, settings, data)
    #expect(reason.hasPrefix("training the network would take about "))
    #expect(reason.hasSuffix(" bytes; the budget is 1,000"))
  }

  private func refusal(
    _ network: Network, _ settings: LearnerSettings, _ data: DataSet
  ) throws -> String {
    let choice = try GrowthChoice(
      for: network, on: data, policy: GrowthPolicy(), settings: settings, seed: 1)
    #expect(choice.plan == nil)
    return choice.reason
  }

  @Test func doesNotGrowWhereItIsNotWanted() throws {
    let data = try patterns()
    var settings = settings
    settings.growth = nil
    var course = LearningCourse(try perceptron(hidden: 2), settings: settings, seed: 1)
    for _ in 0..<4 { _ = try course.learn(from: data) }
    let outcome = try course.decide(on: data)
    #expect(outcome.decision == Decision(.goOn, "growth is not wanted"))
    #expect(outcome.growth == nil)
  }

  @Test func newClassesLeaveOldLogitsAsTheyAre() throws {
    let data = try patterns(classes: 8)
    let known = try data.replacing(
      training: data.training.selecting(
        data.training.labels.indices.filter { data.training.labels[$0] < 6 }),
      test: data.test.selecting(data.test.labels.indices.filter { data.test.labels[$0] < 6 }),
      classes: 6)
    var course = LearningCourse(try perceptron(hidden: 24, classes: 6), settings: settings, seed: 1)
    _ = try course.learn(from: known)
    let champion = course.trunk.network
    #expect(try course.admit(classes: 6, on: known) == nil)
    let growth = try #require(try course.admit(classes: 8, on: data))
    #expect(growth.grade == .bitExact || growth.grade == .exact)
    #expect(try course.trunk.network.classCount() == 8)
    #expect(growth.receipt.sentence.hasPrefix("add 2 classes: "))
    // What the old network knows of the new data: nothing of the new classes.
    let recognised = try champion.recognised(on: data)
    #expect(zip(recognised, data.test.labels).allSatisfy { !$0 || $1 < 6 })
    #expect(recognised.contains(true))
    for _ in 0..<2 { _ = try course.learn(from: data) }
    let after = try Predictions(of: course.trunk.network, on: data)
    #expect(zip(after.areCorrect, after.targets).contains { $0 && $1 >= 6 })
  }

  @Test func goesOnFromItsFilesAsIfItHadNotStopped() throws {
    let data = try patterns()
    try withTemporaryFolder { folder in
      var whole = LearningCourse(try perceptron(hidden: 4), settings: settings, seed: 1)
      _ = try whole.learn(from: data)
      try AtomicDirectory.write("\(folder)/course") { try whole.write(into: $0) }
      var again = try LearningCourse(folder: "\(folder)/course", settings: settings, seed: 1)
      let (first, second) = (try whole.learn(from: data), try again.learn(from: data))
      #expect(
        try Digest(of: #require(first).candidate).description
          == Digest(of: #require(second).candidate).description)
      #expect(again.rounds == 2)
      #expect(again.watch == whole.watch)
    }
  }

  @Test func cancelledRoundChangesNothing() throws {
    let data = try patterns()
    var course = LearningCourse(try perceptron(hidden: 4), settings: settings, seed: 1)
    let before = try Digest(of: course.trunk.network).description
    let cancellation = Cancellation()
    cancellation.cancel()
    #expect(try course.learn(from: data, cancellation: cancellation) == nil)
    #expect(try Digest(of: course.trunk.network).description == before)
    #expect(course.rounds == 0)
  }

  @Test func roundKeepsToItsBudgets() throws {
    let data = try patterns()
    var settings = settings
    settings.budget.multiplyAdds = 3 * 32 * (16 * 4 + 4 * 8) * 20
    var course = LearningCourse(try perceptron(hidden: 4), settings: settings, seed: 1)
    #expect(try #require(try course.learn(from: data)).work.samples == 20 * 32)
    settings.budget.multiplyAdds = nil
    settings.leastSteps = 1_000_000
    settings.budget.seconds = 1
    var late = LearningCourse(try perceptron(hidden: 4), settings: settings, seed: 1)
    let round = try #require(try late.learn(from: data))
    #expect(round.work.samples < 1_000_000 * 32)
  }
}

@Suite struct RehearsalTests {
  /// 90 of class 0 and 10 of class 1: of 40, all 10 of the rare one and 30 of the other.
  @Test func scarceClassesAreLearntAgainFirst() {
    let labels = (0..<100).map { $0 < 90 ? 0 : 1 }
    let chosen = Rehearsal.draw(40, from: labels, seed: 1)
    #expect(Set(chosen).count == 40)
    #expect(chosen.count { labels[$0] == 1 } == 10)
    #expect(Rehearsal.draw(15, from: labels, seed: 1).count { labels[$0] == 1 } == 8)
    #expect(chosen != Rehearsal.draw(40, from: labels, seed: 2))
  }

  @Test func everythingIsTakenWhereThereIsLess() {
    #expect(Rehearsal.draw(10, from: [3, 1, 4], seed: 1).sorted() == [0, 1, 2])
    #expect(Rehearsal.draw(10, from: [], seed: 1) == [])
  }
}
