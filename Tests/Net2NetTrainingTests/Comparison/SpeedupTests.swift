import Testing

@testable import Net2NetTraining

@Suite("Factors")
struct SpeedupTests {
  static let cases: [(arm: Reach, baseline: Reach, speedup: Speedup)] = [
    (.after(50), .after(200), .times(4)),
    (.after(200), .after(50), .times(0.25)),
    (.atOnce, .after(200), .atOnce),
    (.atOnce, .beyond(200), .atOnce),
    (.atOnce, .atOnce, .times(1)),
    (.after(10), .atOnce, .atMost(0)),
    (.beyond(10), .atOnce, .atMost(0)),
    // The baseline had 200 and needed more.
    (.after(50), .beyond(200), .atLeast(4)),
    // The arm would have needed more than the 400 it had.
    (.beyond(400), .after(200), .atMost(0.5)),
    // Less than 50 was not tried for the arm, so it may be faster.
    (.within(50), .after(200), .atLeast(4)),
    (.within(50), .beyond(200), .atLeast(4)),
    (.after(400), .within(200), .atMost(0.5)),
    (.beyond(400), .within(200), .atMost(0.5)),
    (.within(100), .within(100), .unknown),
    (.beyond(100), .beyond(300), .unknown),
  ]

  @Test("each pair of what was needed has its factor", arguments: cases.indices)
  func factor(_ index: Int) {
    let (arm, baseline, speedup) = Self.cases[index]
    #expect(Speedup(of: arm, over: baseline) == speedup)
  }

  @Test("a spread has the mean, n − 1 in its deviation, and both ends")
  func spread() throws {
    let spread = try #require(Spread([2, 4, 9]))
    #expect(spread.mean == 5)
    // (9 + 1 + 16) / 2 = 13
    #expect(abs(spread.deviation - 13.0.squareRoot()) < 1e-12)
    #expect((spread.least, spread.most, spread.count) == (2, 9, 3))
    #expect(Spread([7])?.deviation == 0)
    #expect(Spread([]) == nil)
  }

  @Test("accuracy is better above, loss below; a margin makes a goal harder")
  func measures() {
    #expect(Measure.accuracy.isReached(0.5, by: 0.5) && Measure.accuracy.isReached(0.5, by: 0.6))
    #expect(!Measure.accuracy.isReached(0.5, by: 0.4))
    #expect(Measure.loss.isReached(0.5, by: 0.4) && !Measure.loss.isReached(0.5, by: 0.6))
    #expect(!Measure.loss.isBetter(0.5, than: 0.5) && Measure.loss.isBetter(0.4, than: 0.5))
    #expect(Measure.accuracy.value(0.5, betteredBy: 0.25) == 0.75)
    #expect(Measure.loss.value(0.5, betteredBy: 0.25) == 0.25)
  }
}
