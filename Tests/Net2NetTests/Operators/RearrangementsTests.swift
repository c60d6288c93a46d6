import Net2Net
import Testing

@Suite struct RearrangementsTests {
  static func flatten(_ axis: Int) -> Operator { .flatten(Flatten(axis: axis)) }
  static func reshape(_ target: Int...) -> Operator { .reshape(Reshape(target: target)) }
  static func transpose(_ order: Int...) -> Operator {
    .transposition(Transposition(permutation: order))
  }

  static let image = float32(N, 3, 4, 5)

  static let flattenings: [ShapeRule] = [
    ShapeRule(
      .depthToSpace(DepthToSpace(blockSize: 2, isUnitMajor: true)), [float32(N, 12, 3, 4)],
      "float32(N, 3, 6, 8)"),
    ShapeRule(
      .depthToSpace(DepthToSpace(blockSize: 2, isUnitMajor: true)), [float32(N, 6, 3, 4)],
      "float32(N, 6, 3, 4) cannot be cut into blocks of 2 × 2 channels"),
    ShapeRule(
      .depthToSpace(DepthToSpace(blockSize: 2, isUnitMajor: true)), [float32(N, 12, 3)],
      "float32(N, 12, 3) must have four axes"),
    ShapeRule(flatten(1), [image], "float32(N, 60)"),
    ShapeRule(flatten(-1), [float32(2, 3, 4)], "float32(6, 4)"),
    ShapeRule(flatten(0), [float32(2, 3, 4)], "float32(1, 24)"),
    ShapeRule(flatten(3), [float32(2, 3, 4)], "float32(24, 1)"),
    ShapeRule(flatten(2), [image], "float32(3*N, 20)"),
    ShapeRule(flatten(5), [image], "axis 5 of a tensor with 4 axes"),
    ShapeRule(
      flatten(1), [float32(N, .fixed(1 << 40), .fixed(1 << 40))],
      "the flattened axis is too long"),
  ]

  @Test(arguments: flattenings)
  func flattenMultipliesTheAxesOnEitherSide(rule: ShapeRule) { rule.check() }

  static let reshapings: [ShapeRule] = [
    ShapeRule(reshape(0, 60), [image], "float32(N, 60)"),
    ShapeRule(reshape(-1, 60), [image], "float32(N, 60)"),
    ShapeRule(reshape(0, -1, 5), [image], "float32(N, 12, 5)"),
    ShapeRule(reshape(0, 3, 2, 2, 5), [image], "float32(N, 3, 2, 2, 5)"),
    ShapeRule(reshape(4, -1), [float32(2, 6)], "float32(4, 3)"),
    ShapeRule(reshape(-1), [float32(2, 6)], "float32(12)"),
    ShapeRule(
      reshape(0, 61), [image], "float32(N, 3, 4, 5) cannot be read as [0, 61]"),
    ShapeRule(
      reshape(2, 60), [image], "float32(N, 3, 4, 5) cannot be read as [2, 60]"),
    ShapeRule(reshape(5, -1), [float32(2, 6)], "12 elements do not fit [5, -1]"),
    ShapeRule(
      reshape(-1, -1), [image], "the target [-1, -1] has more than one unknown size"),
    ShapeRule(reshape(2, 6, 0), [float32(2, 6)], "target axis 2 copies a missing axis"),
  ]

  static let T = Dimension.symbolic("T")
  static let rows = float32(.product(of: [N, T]) ?? 0, 6)

  static func reshape(to target: Dimension...) -> Operator { .reshape(Reshape(target: target)) }

  /// Sizes that a run tells, by their names.
  static let namedReshapings: [ShapeRule] = [
    ShapeRule(reshape(to: N, T, 2, 3), [rows], "float32(N, T, 2, 3)"),
    ShapeRule(reshape(to: N, -1, 6), [rows], "float32(N, T, 6)"),
    ShapeRule(reshape(to: .product(of: [2, N]) ?? 0, -1, 3), [rows], "float32(2*N, T, 3)"),
    ShapeRule(reshape(to: N, 6), [rows], "float32(N*T, 6) cannot be read as [N, 6]"),
    ShapeRule(reshape(to: N, N, -1), [rows], "6*N*T elements do not fit [N, N, -1]"),
  ]

  @Test(arguments: namedReshapings)
  func reshapeKeepsTheNumberOfElementsThatARunTells(rule: ShapeRule) { rule.check() }

  @Test(arguments: reshapings)
  func reshapeKeepsTheNumberOfElements(rule: ShapeRule) { rule.check() }

  static let transpositions: [ShapeRule] = [
    ShapeRule(transpose(0, 2, 3, 1), [image], "float32(N, 4, 5, 3)"),
    ShapeRule(transpose(0, 1, 1, 2), [image], "[0, 1, 1, 2] is not a permutation of 4 axes"),
    ShapeRule(transpose(1, 0), [image], "[1, 0] is not a permutation of 4 axes"),
  ]

  @Test(arguments: transpositions)
  func transpositionReordersTheAxes(rule: ShapeRule) { rule.check() }

  @Test func grownReshapeWritesTheNewSizeIntoItsTarget() {
    let grown = Reshape(target: [0, 6, 2]).resized(
      outputs: [float32(N, 6, 2)],
      newSize: { $0 == .output(0, axis: 1) ? 9 : 2 })
    #expect(grown == .reshape(Reshape(target: [0, 9, 2])))
  }

  @Test func grownReshapeKeepsTheNamesInItsTarget() throws {
    let heads = try #require(Dimension.product(of: [4, N]))
    let grown = Reshape(target: [heads, Self.T, 3]).resized(
      outputs: [float32(heads, Self.T, 3)], newSize: { $0 == .output(0, axis: 0) ? 6 : 3 })
    let more = try #require(Dimension.product(of: [6, N]))
    #expect(grown == .reshape(Reshape(target: [more, Self.T, 3])))
  }
}
