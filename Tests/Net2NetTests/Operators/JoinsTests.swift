import Net2Net
import Testing

@Suite struct JoinsTests {
  static let channels = Operator.concatenation(Concatenation(axis: 1))

  static let rules: [ShapeRule] = [
    ShapeRule(
      channels, [float32(N, 3, 4), float32(N, 5, 4), float32(N, 1, 4)], "float32(N, 9, 4)"),
    ShapeRule(
      .concatenation(Concatenation(axis: -1)), [float32(2, 3), float32(2, 4)], "float32(2, 7)"),
    ShapeRule(
      channels, [float32(N, 3, 4), float32(N, 5, 5)],
      "input 1: (N, 5, 4) expected, (N, 5, 5) found"),
    ShapeRule(
      channels, [float32(N, 3, 4), float32(N, 5)],
      "input 1 is float32(N, 5), the first float32(N, 3, 4)"),
    ShapeRule(
      .concatenation(Concatenation(axis: 2)), [float32(2, 3)], "axis 2 of a tensor with 2 axes"),
    ShapeRule(
      .concatenation(Concatenation(axis: 0)), [float32(.fixed(.max)), float32(1)],
      "the joined axis is too long"),
  ]

  @Test(arguments: rules)
  func joinedAxisIsAsLongAsItsParts(rule: ShapeRule) { rule.check() }

  static func split(_ sizes: [Int], axis: Int = 1) -> Operator {
    .split(Split(axis: axis, sizes: sizes))
  }

  static let splits: [ShapeRule] = [
    ShapeRule(split([2, 1, 3]), [float32(N, 6)], "float32(N, 2); float32(N, 1); float32(N, 3)"),
    ShapeRule(split([4, 2], axis: -2), [float32(6, 5)], "float32(4, 5); float32(2, 5)"),
    ShapeRule(split([2, 3]), [float32(N, 6)], "pieces of [2, 3] do not make up 6"),
    ShapeRule(split([7, -1]), [float32(N, 6)], "pieces of [7, -1] do not make up 6"),
    ShapeRule(split([.max, 1]), [float32(N, 6)], "pieces of [\(Int.max), 1] do not make up 6"),
    ShapeRule(split([1], axis: 0), [float32(N, 6)], "pieces of [1] do not make up N"),
  ]

  @Test(arguments: splits)
  func piecesMakeUpTheCutAxis(rule: ShapeRule) { rule.check() }

  @Test func grownSplitHasGrownPieces() {
    let outputs = [float32(N, 2), float32(N, 3)]
    let grown = Split(axis: -1, sizes: [2, 3]).resized(outputs: outputs) { axis in
      axis == .output(1, axis: 1) ? 5 : 2
    }
    #expect(grown == .split(Split(axis: -1, sizes: [2, 5])))
  }
}
