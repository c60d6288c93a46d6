import Testing

@testable import Net2Net

@Suite struct UnifierTests {
  /// Pieces of a roll: 3 rows behind 53, in a picture of 56.
  @Test func joinedPiecesOfAKnownSizeAreThatSize() {
    var unifier = Unifier()
    let pieces = AxisLayout(
      unifier.variable(size: 3).segments + unifier.variable(size: 53).segments)
    #expect(unifier.unify(pieces, AxisLayout(.constant(56))) == nil)
    #expect(unifier.resolved(pieces) == AxisLayout(.constant(56)))
  }

  @Test func rolledAxisIsCutUntilItsPiecesFit() {
    var unifier = Unifier()
    let (a, b) = (unifier.variable(size: 5).segments, unifier.variable(size: 3).segments)
    #expect(unifier.unify(AxisLayout(a + b), AxisLayout(b + a)) == nil)
    // A cycle of 8 by 3 steps: every unit is every other.
    #expect(Set(unifier.resolved(AxisLayout(a + b)).segments).count == 1)
  }

  @Test func runTimeSizeIsDividedLikeAnyOther() throws {
    var unifier = Unifier()
    let rows = unifier.variable(size: .product(12, ["N"])).segments[0]
    let size = unifier.variable(size: 64).segments[0]
    let whole = unifier.variable(size: 768)
    let batch = AxisLayout.Factor.symbol("N")
    #expect(
      unifier.unify(AxisLayout([[batch] + whole.segments[0]]), AxisLayout([rows + size])) == nil)
    let layout = unifier.resolved(whole)
    #expect(layout.segments.count == 1)
    #expect(layout.segments[0].count == 2)
    #expect(layout.segments[0].last == size.first)
    #expect(unifier.resolved(AxisLayout([rows])).segments[0].first == batch)
  }

  @Test func sizesThatDoNotDivideAreGivenBack() {
    var unifier = Unifier()
    let (two, three) = (unifier.variable(size: 2), unifier.variable(size: 3))
    let left = AxisLayout([two.segments[0] + three.segments[0]])
    let right = AxisLayout([three.segments[0] + two.segments[0]])
    #expect(unifier.unify(left, right) == [left, right])
  }
}
