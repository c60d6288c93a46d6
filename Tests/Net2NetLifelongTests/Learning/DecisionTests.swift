import Testing

@testable import Net2NetLifelong

@Suite struct DecisionTests {
  private var policy: GrowthPolicy {
    var policy = GrowthPolicy()
    policy.patience = 2
    policy.largestGap = 0.2
    policy.threshold = 0.05
    return policy
  }

  private func decision(_ losses: [(training: Double, heldOut: Double)]) -> Decision {
    var watch = CapacityWatch()
    for loss in losses {
      watch.record(
        RoundFindings(
          trainingLoss: loss.training, trainingAccuracy: 0.8, heldOutLoss: loss.heldOut,
          heldOutAccuracy: 0.8), policy)
    }
    return watch.decision(policy)
  }

  @Test func growsWhereMoreDataCannotHelpAndTrainingHasStopped() {
    let decision = decision([(0.5, 0.55), (0.49, 0.54), (0.495, 0.55)])
    #expect(decision.verdict == .grow)
    #expect(
      decision.reasons == [
        "more examples no longer help: what is learnt has a loss of 0.495, only 10.0 % below the "
          + "0.55 of what is held out",
        "training no longer lowers its loss: 0.5 to 0.49 in 2 rounds",
      ])
  }

  @Test func goesOnWhileMoreDataHelps() {
    let decision = decision([(0.3, 0.55), (0.3, 0.54), (0.3, 0.55)])
    #expect(decision.verdict == .goOn)
    #expect(
      decision.reasons[0].hasPrefix(
        "more examples help: the loss is 0.3 on what is learnt and 0.55 on what is held out, "
          + "45.5 % below"))
  }

  @Test func goesOnWhileTrainingLowersItsLoss() {
    let decision = decision([(0.6, 0.65), (0.55, 0.6), (0.5, 0.55)])
    #expect(decision.verdict == .goOn)
    #expect(decision.reasons == ["training still lowers its loss: 0.6 to 0.5 in 2 rounds"])
  }

  @Test func oneRoundIsNamedAsOne() {
    var policy = policy
    policy.patience = 1
    var watch = CapacityWatch()
    for _ in 0..<2 {
      watch.record(
        RoundFindings(
          trainingLoss: 0.5, trainingAccuracy: 0.8, heldOutLoss: 0.5, heldOutAccuracy: 0.8), policy)
    }
    #expect(watch.decision(policy).reasons[1].hasSuffix("0.5 to 0.5 in 1 round"))
  }

  /// One round with a small gap may be chance.
  @Test func waitsForAsManyRoundsAsItIsPatient() {
    #expect(decision([(0.5, 0.55), (0.5, 0.55)]).verdict == .goOn)
    #expect(decision([(0.3, 0.55), (0.3, 0.55), (0.5, 0.55)]).verdict == .goOn)
  }

  /// Rounds before the ones that are looked at do not count.
  @Test func forgetsWhatIsLongAgo() {
    #expect(decision([(2, 2), (1, 1.1), (0.5, 0.55), (0.5, 0.55), (0.5, 0.55)]).verdict == .grow)
  }

  @Test func doesNotGrowWhereEverythingIsLearnt() {
    var watch = CapacityWatch()
    for _ in 0..<3 {
      watch.record(
        RoundFindings(
          trainingLoss: 0.01, trainingAccuracy: 1, heldOutLoss: 0.01, heldOutAccuracy: 1), policy)
    }
    #expect(watch.decision(policy).verdict == .goOn)
    watch.reset()
    #expect(watch.decision(policy).reasons == ["nothing was learnt yet"])
  }
}
