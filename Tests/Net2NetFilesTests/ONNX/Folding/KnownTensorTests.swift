import Net2Net
import Testing

@testable import Net2NetFiles

@Suite struct KnownTensorTests {
  static func integers(_ values: [Int], _ shape: Shape? = nil) throws -> KnownTensor {
    try #require(KnownTensor(.int64, shape ?? [values.count], .integers(values)))
  }

  static func scalar(_ value: Int) throws -> KnownTensor { try integers([value], []) }

  static func reals(_ values: [Double]) throws -> KnownTensor {
    try #require(KnownTensor(.float32, [values.count], .reals(values)))
  }

  static func sizes(_ sizes: Dimension...) throws -> KnownTensor {
    try #require(KnownTensor(sizes))
  }

  // MARK: Movement

  /// 2³¹ − 1: the largest size of an axis that a file may state.
  static let most = Int(Int32.max)

  @Test func shapesWithoutElementsMayNotHoldWhatNoTensorCan() {
    let empty = KnownTensor.Elements.integers([])
    #expect(KnownTensor(.int64, [0, Self.most], empty) != nil)
    #expect(KnownTensor(.int64, [0, Self.most, Self.most], empty) == nil)
    #expect(KnownTensor(.int64, [Self.most, Self.most, 0], empty) == nil)
    #expect(
      KnownTensor(.int64, Shape(Array(repeating: 1, count: 65)), .integers([1])) == nil)
  }

  @Test func longAxesWithoutElementsAreMovedWithoutWork() throws {
    let rows = try Self.integers([], [Self.most, 0])
    #expect(rows.sliced(axis: 0, from: 0, to: .max, by: 2)?.shape == [1 << 30, 0])
    #expect(rows.sliced(axis: 0, from: -1, to: .min, by: .min)?.shape == [1, 0])
    #expect(KnownTensor.joined([rows, rows, rows], axis: 1)?.shape == [Self.most, 0])
    #expect(KnownTensor.joined([rows, rows], axis: 0)?.shape == [2 * Self.most, 0])
    #expect(rows.transposed(nil)?.shape == [0, Self.most])
    #expect(rows.gathered(at: try Self.integers([.max, 0]), axis: 0) == nil)
    #expect(rows.gathered(at: try Self.integers([3, -1]), axis: 0)?.shape == [2, 0])
    #expect(rows.expanded(to: [2, Self.most, 0])?.shape == [2, Self.most, 0])
    #expect(rows.expanded(to: [Self.most, Self.most, 0]) == nil)
  }

  @Test func manyPiecesWithoutElementsTakeNoTurns() throws {
    let empty = try Self.integers([], [1 << 20, 0])
    let column = try Self.integers(Array(0..<1 << 20), [1 << 20, 1])
    let pieces = Array(repeating: empty, count: 20_000) + [column]
    #expect(KnownTensor.joined(pieces, axis: 1) == column)
    #expect(KnownTensor.joined(Array(repeating: column, count: 20_000), axis: 0) == nil)
  }

  @Test func indicesBeyondAnAxisNameNothing() throws {
    let list = try Self.integers([1, 2, 3])
    for index in [Int.min, -4, 3, .max] {
      let indices = try Self.integers([index])
      #expect(list.gathered(at: indices, axis: 0) == nil)
      #expect(list.gatheredElements(at: indices, axis: 0) == nil)
      #expect(
        list.scattered(at: try Self.integers([index], [1, 1]), try Self.integers([9])) == nil)
      #expect(list.gathered(at: try Self.integers([0]), axis: index) == nil)
      #expect(list.sliced(axis: index, from: 0, to: 1) == nil)
    }
  }

  @Test func axesBeyondTheMostThatAValueHasAreNotFollowed() throws {
    let one = try Self.integers([1])
    #expect(one.unsqueezed(Array(0..<63))?.shape.rank == 64)
    #expect(one.unsqueezed(Array(0..<100_000)) == nil)
    #expect(one.reshaped(to: Array(repeating: 1, count: 100_000)) == nil)
  }

  @Test func elementsAreGatheredFromEitherEnd() throws {
    let list = try Self.sizes(.symbolic("N"), 3, 8, 9)
    #expect(list.gathered(at: try Self.scalar(-1), axis: 0) == KnownTensor(scalar: 9))
    #expect(
      list.gathered(at: try Self.integers([0, 1]), axis: 0)
        == KnownTensor([.symbolic("N"), 3]))
    #expect(list.gathered(at: try Self.scalar(4), axis: 0) == nil)
    #expect(list.gathered(at: try Self.sizes(.symbolic("N")), axis: 0) == nil)
  }

  @Test func rowsAreGatheredInTheShapeOfTheirIndices() throws {
    let table = try Self.integers([1, 2, 3, 4, 5, 6], [3, 2])
    #expect(
      table.gathered(at: try Self.integers([2, 0], [1, 2]), axis: 0)
        == (try Self.integers([5, 6, 1, 2], [1, 2, 2])))
    #expect(
      table.gathered(at: try Self.scalar(1), axis: 1) == (try Self.integers([2, 4, 6])))
  }

  @Test func elementsAreGatheredPlaceByPlace() throws {
    let table = try Self.integers([1, 2, 3, 4], [2, 2])
    #expect(
      table.gatheredElements(at: try Self.integers([1, 0], [1, 2]), axis: 0)
        == (try Self.integers([3, 2], [1, 2])))
    #expect(table.gatheredElements(at: try Self.integers([2, 0], [1, 2]), axis: 0) == nil)
    #expect(table.gatheredElements(at: try Self.integers([0], [1]), axis: 0) == nil)
  }

  @Test func slicesStopAtTheAxisEnds() throws {
    let list = try Self.integers([1, 2, 3, 4])
    #expect(list.sliced(axis: 0, from: 1, to: .max) == (try Self.integers([2, 3, 4])))
    #expect(list.sliced(axis: 0, from: -2, to: 4) == (try Self.integers([3, 4])))
    #expect(list.sliced(axis: 0, from: .min, to: 1) == (try Self.integers([1])))
    #expect(list.sliced(axis: 0, from: 3, to: 1) == (try Self.integers([])))
    #expect(list.sliced(axis: 0, from: 0, to: 4, by: 3) == (try Self.integers([1, 4])))
    #expect(
      list.sliced(axis: 0, from: -1, to: .min, by: -1) == (try Self.integers([4, 3, 2, 1])))
    #expect(list.sliced(axis: 0, from: 0, to: 4, by: 0) == nil)
    #expect(list.sliced(axis: 0, from: 0, to: 4, by: .min) == (try Self.integers([])))
    let nothing = try Self.integers([])
    #expect(nothing.sliced(axis: 0, from: -1, to: .min, by: -1) == nothing)
  }

  @Test func transposesAndReshapesKeepTheirElements() throws {
    let table = try Self.integers([1, 2, 3, 4, 5, 6], [2, 3])
    #expect(table.transposed(nil) == (try Self.integers([1, 4, 2, 5, 3, 6], [3, 2])))
    #expect(table.transposed([0, 0]) == nil)
    #expect(table.reshaped(to: [-1, 2]) == (try Self.integers([1, 2, 3, 4, 5, 6], [3, 2])))
    #expect(table.reshaped(to: [0, -1]) == table)
    #expect(table.reshaped(to: [4, -1]) == nil)
    #expect(table.reshaped(to: [-1, -1]) == nil)
    #expect(table.unsqueezed([0, -1])?.shape == [1, 2, 3, 1])
    #expect(table.unsqueezed([0, -1])?.squeezed([]) == table)
    #expect(table.squeezed([1]) == nil)
  }

  @Test func piecesAreJoinedAlongAnyAxis() throws {
    let (left, right) = (
      try Self.integers([1, 2], [2, 1]), try Self.integers([3, 4, 5, 6], [2, 2])
    )
    #expect(
      KnownTensor.joined([left, right], axis: 1)
        == (try Self.integers([1, 3, 4, 2, 5, 6], [2, 3])))
    #expect(KnownTensor.joined([left, right], axis: 0) == nil)
    #expect(
      KnownTensor.joined([try Self.sizes(.symbolic("N")), try Self.integers([7])], axis: 0)
        == KnownTensor([.symbolic("N"), 7]))
    #expect(KnownTensor.joined([try Self.scalar(1), try Self.scalar(2)], axis: 0) == nil)
  }

  @Test func expansionRepeats() throws {
    let column = try Self.integers([1, 2], [2, 1])
    #expect(
      column.expanded(to: [2, 2, 2])
        == (try Self.integers([1, 1, 2, 2, 1, 1, 2, 2], [2, 2, 2])))
    #expect(column.expanded(to: [3, 2]) == nil)
    #expect(column.expanded(to: [1 << 40, 1 << 40, 1, 1]) == nil)
  }

  @Test func scatteringReplacesRows() throws {
    let zeros = try Self.integers([0, 0, 0, 0], [2, 2])
    let updated = zeros.scattered(
      at: try Self.integers([-1], [1, 1]), try Self.integers([7, 8], [1, 2]))
    #expect(updated == (try Self.integers([0, 0, 7, 8], [2, 2])))
    #expect(
      zeros.scattered(at: try Self.integers([2], [1, 1]), try Self.integers([7, 8], [1, 2])) == nil)
  }

  @Test func trianglesKeepTheirDiagonal() throws {
    let table = try Self.integers([1, 2, 3, 4, 5, 6], [2, 3])
    #expect(
      table.triangle(isUpper: false, from: 0) == (try Self.integers([1, 0, 0, 4, 5, 0], [2, 3])))
    #expect(
      table.triangle(isUpper: true, from: 1) == (try Self.integers([0, 2, 3, 0, 0, 6], [2, 3])))
    #expect(try Self.integers([1]).triangle(isUpper: true, from: 0) == nil)
  }

  // MARK: Arithmetic

  @Test func sumsAndProductsOfSizesAreNamed() throws {
    let pair = try Self.sizes(.symbolic("N"), 6)
    let (one, two) = (try Self.scalar(1), try Self.scalar(2))
    let n = Dimension.symbolic("N")
    #expect(
      KnownTensor.combined(.multiply, pair, two) == KnownTensor([.product(2, ["N"]), 12]))
    #expect(KnownTensor.combined(.divide, pair, two) == KnownTensor([.symbolic("(N/2)"), 3]))
    #expect(KnownTensor.combined(.multiply, one, pair) == pair)
    #expect(KnownTensor.combined(.subtract, pair, pair) == (try Self.integers([0, 0])))
    let whole = try #require(KnownTensor.combined(.multiply, try Self.sizes(n), two))
    #expect(KnownTensor.combined(.divide, whole, two) == KnownTensor([n]))
  }

  @Test func integersAreDividedTowardsZeroAndRemaindersTakeTheDivisorsSign() throws {
    let (a, b) = (try Self.integers([-7, 7]), try Self.integers([4, -4]))
    #expect(KnownTensor.combined(.divide, a, b) == (try Self.integers([-1, -1])))
    #expect(KnownTensor.combined(.modulo, a, b) == (try Self.integers([1, -1])))
  }

  @Test func whatCannotBeComputedIsNothing() throws {
    let (large, zero) = (try Self.scalar(.max), try Self.scalar(0))
    #expect(KnownTensor.combined(.add, large, large) == nil)
    #expect(KnownTensor.combined(.divide, large, zero) == nil)
    #expect(KnownTensor.combined(.modulo, large, zero) == nil)
    #expect(KnownTensor.combined(.divide, try Self.scalar(.min), try Self.scalar(-1)) == nil)
    #expect(
      KnownTensor.combined(.add, try Self.integers([1, 2]), try Self.integers([1, 2, 3])) == nil)
    #expect(KnownTensor(Array(repeating: .symbolic("N"), count: 65)) == nil)
    #expect(KnownTensor(.int32, [], .integers([.max])) == nil)
    #expect(KnownTensor(.float16, [], .reals([1])) == nil)
  }

  /// Sizes are never negative, which is all that is known of one with a name.
  @Test func sizesAreComparedWhereTheAnswerIsCertain() throws {
    let size = try Self.sizes(.symbolic("N"))
    let open = try Self.integers([-1])
    #expect(
      KnownTensor.compared(.equal, size, open) == KnownTensor(.bool, [1], .integers([0])))
    #expect(
      KnownTensor.compared(.greater, size, open) == KnownTensor(.bool, [1], .integers([1])))
    #expect(
      KnownTensor.compared(.equal, size, size) == KnownTensor(.bool, [1], .integers([1])))
    #expect(KnownTensor.compared(.equal, size, try Self.integers([1])) == nil)
  }

  @Test func sizesCastToFloatsStayExact() throws {
    let size = try Self.sizes(.product(6, ["N"]))
    let float = try #require(size.cast(to: .float32))
    let three = try #require(try Self.integers([3]).cast(to: .float32))
    #expect(
      KnownTensor.combined(.divide, float, three)?.mapped(.floor)?.cast(to: .int64)
        == KnownTensor([.product(2, ["N"])]))
    let four = try #require(try Self.integers([4]).cast(to: .float32))
    #expect(KnownTensor.combined(.divide, float, four) == nil)
  }

  @Test func numbersAreRoundedToTheirType() throws {
    let third = KnownTensor.combined(.divide, try Self.reals([1]), try Self.reals([3]))
    #expect(third?.tensor?.doubles() == [Double(Float(1) / 3)])
    #expect(
      try Self.reals([-0.5, 1.5]).cast(to: .int64) == (try Self.integers([0, 1])))
    #expect(try Self.reals([.infinity]).cast(to: .int64) == nil)
    #expect(try Self.reals([16]).mapped(.squareRoot) == (try Self.reals([4])))
  }

  @Test func rangesCountUpAndDown() throws {
    func range(_ start: Int, _ limit: Int, _ step: Int) throws -> KnownTensor? {
      KnownTensor.range(
        from: try Self.scalar(start), to: try Self.scalar(limit), by: try Self.scalar(step))
    }
    #expect(try range(0, 5, 2) == (try Self.integers([0, 2, 4])))
    #expect(try range(3, 0, -1) == (try Self.integers([3, 2, 1])))
    #expect(try range(0, -1, 1) == (try Self.integers([])))
    #expect(try range(0, 5, 0) == nil)
    #expect(try range(0, .max, 1) == nil)
    #expect(try range(0, 1 << 30, 1) == nil)
  }

  /// Doubling a name 64 times would need more memory than there is.
  @Test func expressionsDoNotGrowWithoutEnd() throws {
    var value = try Self.sizes(.symbolic("N"))
    var steps = 0
    while let next = KnownTensor.combined(.add, value, value), steps < 64 {
      value = next
      steps += 1
    }
    #expect(steps < 10)
  }
}
