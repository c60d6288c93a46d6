import Net2Net
import Testing

@Suite struct DrawTests {
  /// The first outputs of SplitMix64 seeded with zero, as its author's reference code prints
  /// them (Vigna, `splitmix64.c`).
  @Test func bitsAreThoseOfSplitMix64() {
    let draw = Draw(seed: 0)
    #expect(
      (0..<3).map(draw.bits) == [
        0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F,
      ])
  }

  /// Receipts written today must replay for ever.
  @Test func derivedDrawsNeverChange() {
    #expect(Draw(seed: 7).derived(for: "conv1.weight").seed == 13_605_984_007_576_224_536)
    #expect(Draw(seed: 7).permutation(of: 8) == [5, 0, 6, 4, 7, 1, 3, 2])
  }

  @Test func normalHasZeroMeanAndUnitVariance() {
    let draw = Draw(seed: 11)
    let count = 100_000
    let values = (0..<count).map(draw.normal)
    let mean = values.reduce(0, +) / Double(count)
    let variance = values.reduce(0) { $0 + $1 * $1 } / Double(count)
    // Standard errors of 0.003 and 0.004 for this many values: four of each.
    #expect(abs(mean) < 0.013)
    #expect(abs(variance - 1) < 0.016)
    #expect(values.allSatisfy { abs($0) <= 2 * 3.0.squareRoot() })
  }

  @Test func uniformFillsTheUnitInterval() {
    let draw = Draw(seed: 12)
    let values = (0..<10_000).map(draw.uniform)
    #expect(values.allSatisfy { 0 <= $0 && $0 < 1 })
    // Each tenth expects 1000 ± 30; five standard errors.
    for tenth in 0..<10 {
      #expect((850...1150).contains(values.count { Int($0 * 10) == tenth }))
    }
  }

  @Test func integersStayBelowTheirBoundAndReachEveryValue() {
    let draw = Draw(seed: 13)
    #expect(Set((0..<200).map { draw.integer($0, below: 5) }) == [0, 1, 2, 3, 4])
    #expect(draw.integer(3, below: 1) == 0)
  }

  @Test func permutationHoldsEveryIndexOnce() {
    let permutation = Draw(seed: 14).permutation(of: 100)
    #expect(permutation.sorted() == Array(0..<100))
    #expect(permutation != Array(0..<100))
    #expect(Draw(seed: 14).permutation(of: 0) == [])
  }

  @Test func purposesAndSeedsGiveDifferentDraws() {
    let draws = [
      Draw(seed: 1), Draw(seed: 2), Draw(seed: 1).derived(for: "a"),
      Draw(seed: 1).derived(for: "b"), Draw(seed: 2).derived(for: "a"),
    ]
    #expect(Set(draws.map { $0.bits(0) }).count == draws.count)
  }
}
