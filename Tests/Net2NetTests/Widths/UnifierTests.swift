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

  /// ShuffleNet: channels in groups of four are halved, 29 groups and so amid the fifteenth.
  @Test func unitThatABorderRunsThroughIsCutByItself() {
    var unifier = Unifier()
    let units = unifier.variable(size: 29)
    let (first, second) = (unifier.variable(size: 58), unifier.variable(size: 58))
    let whole = AxisLayout([units.segments[0] + [.constant(4)]])
    #expect(unifier.unify(AxisLayout(first.segments + second.segments), whole) == nil)
    let pieces = unifier.resolved(units).segments
    #expect(pieces.map { unifier.sizes($0) } == [[14], [1], [14]])
    #expect(pieces[0] != pieces[2], "the halves are free of each other")
    #expect(
      unifier.resolved(first).segments == [pieces[0] + [.constant(4)], [.constant(2)]])
    #expect(
      unifier.resolved(second).segments == [[.constant(2)], pieces[2] + [.constant(4)]])
  }

  @Test func borderWithinTheOnlyUnitDividesWhatIsInside() {
    var unifier = Unifier()
    let (heads, size) = (unifier.variable(size: 3), unifier.variable(size: 8))
    let (few, rest) = (unifier.variable(size: 5), unifier.variable(size: 19))
    let whole = AxisLayout([heads.segments[0] + size.segments[0]])
    #expect(unifier.unify(AxisLayout(few.segments + rest.segments), whole) == nil)
    #expect(unifier.resolved(size).segments.map { unifier.sizes($0) } == [[5], [3]])
    #expect(unifier.resolved(few).segments == [unifier.resolved(size).segments[0]])
    #expect(unifier.resolved(heads).segments.map { unifier.sizes($0) } == [[1], [2]])
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

extension Unifier {
  /// The sizes of a segment's factors, all of which must be known.
  fileprivate func sizes(_ segment: AxisLayout.Segment) -> [Int?] {
    segment.map { factor in
      switch factor {
      case .width(let width): sizes[width].size
      case .constant(let size): size
      case .symbol: nil
      }
    }
  }
}
