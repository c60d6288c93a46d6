import Testing

@testable import Net2NetLifelong

@Suite struct PromotionTestTests {
  /// Worked out by hand: of 5 throws, 4 or more heads in 6 of 32 cases.
  @Test(arguments: [
    (0, 5, 1.0), (5, 5, 1.0 / 32), (4, 5, 6.0 / 32), (3, 5, 16.0 / 32), (1, 1, 0.5), (0, 0, 1),
  ])
  func tailIsThatOfAFairCoin(count: Int, total: Int, expected: Double) {
    #expect(abs(PromotionTest.tail(atLeast: count, of: total) - expected) < 1e-12)
  }

  @Test func tailOfManyThrowsIsANumber() {
    let tail = PromotionTest.tail(atLeast: 5100, of: 10_000)
    // The normal approximation with its correction: 1 − Φ(1.99) = 0.0233.
    #expect(abs(tail - 0.0233) < 0.0005)
  }

  @Test func candidateThatLosesMoreIsRefusedWithTheCounts() {
    let result = PromotionTest(level: 0.2, leastExamples: 10).compare(
      champion: outcomes(both: 4, champion: 4, candidate: 1),
      candidate: outcomes(both: 4, champion: 4, candidate: 1, ofCandidate: true))
    #expect(!result.isPromoted)
    #expect(abs(result.probability - 6.0 / 32) < 1e-12)
    #expect(
      result.reason
        == "worse: of 10 held-out examples the champion alone has 4 right, the candidate alone 1 "
        + "(p = 0.187, level 0.2)")
  }

  @Test func candidateThatIsAsGoodIsPromoted() {
    let test = PromotionTest(level: 0.2, leastExamples: 5)
    let equal = [true, false, true, true, false]
    #expect(test.compare(champion: equal, candidate: equal).isPromoted)
    let swapped = test.compare(
      champion: outcomes(both: 3, champion: 2, candidate: 2),
      candidate: outcomes(both: 3, champion: 2, candidate: 2, ofCandidate: true))
    #expect(swapped.isPromoted)
    #expect(abs(swapped.probability - 11.0 / 16) < 1e-12)
  }

  @Test func levelDecides() {
    let champion = outcomes(both: 4, champion: 4, candidate: 1)
    let candidate = outcomes(both: 4, champion: 4, candidate: 1, ofCandidate: true)
    func isPromoted(_ level: Double) -> Bool {
      PromotionTest(level: level, leastExamples: 1)
        .compare(champion: champion, candidate: candidate).isPromoted
    }
    #expect(isPromoted(0.18))
    #expect(!isPromoted(0.19))
  }

  @Test func tooFewExamplesPromoteNothing() {
    let result = PromotionTest(leastExamples: 50).compare(
      champion: [false, false], candidate: [true, true])
    #expect(!result.isPromoted)
    #expect(result.reason == "2 held-out examples are too few to tell; 50 are needed")
  }

  /// `both` that both have right and one that neither has.
  private func outcomes(
    both: Int, champion: Int, candidate: Int, ofCandidate: Bool = false
  ) -> [Bool] {
    [Bool](repeating: true, count: both) + [false]
      + [Bool](repeating: !ofCandidate, count: champion)
      + [Bool](repeating: ofCandidate, count: candidate)
  }
}
