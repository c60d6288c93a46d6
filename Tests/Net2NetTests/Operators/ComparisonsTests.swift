import Net2Net
import Testing

@Suite struct ComparisonsTests {
  static let less = Operator.comparison(Comparison(.less))
  static let not = Operator.predicate(Predicate(.not))
  static let selection = Operator.selection(Selection())

  static let rules: [ShapeRule] = [
    ShapeRule(less, [float32(N, 8), float32(8)], "bool(N, 8)"),
    ShapeRule(less, [int64(N, 1, 4), int64(4, 1)], "bool(N, 4, 4)"),
    ShapeRule(
      less, [int64(N, 8), float32(8)],
      "int64(N, 8) and float32(8) are compared; their types must be one"),
    ShapeRule(less, [float32(N, 8), float32(7)], "(N, 8) and (7) cannot be broadcast together"),
    ShapeRule(not, [bool(N, 8)], "bool(N, 8)"),
    ShapeRule(not, [float32(N, 8)], "float32(N, 8) has no elements that this can be asked of"),
    ShapeRule(.predicate(Predicate(.isNaN)), [float32(N, 8)], "bool(N, 8)"),
    ShapeRule(
      .predicate(Predicate(.isInfinite(positive: true, negative: true))), [int64(8)],
      "int64(8) has no elements that this can be asked of"),
    ShapeRule(
      selection, [bool(N, 1, 4, 4), float32(), float32(3, 1, 1)], "float32(N, 3, 4, 4)"),
    ShapeRule(
      selection, [int64(N), float32(), float32()], "the condition is int64(N); bool expected"),
    ShapeRule(
      selection, [bool(N), float32(), int64()],
      "a choice between float32() and int64(); their types must be one"),
    ShapeRule(.cast(Cast(to: .int64)), [bool(N, 3)], "int64(N, 3)"),
  ]

  @Test(arguments: rules)
  func shapesAreBroadcastAndTypesChecked(rule: ShapeRule) { rule.check() }

  @Test func allThreeOperandsOfAChoiceShareTheirAxes() {
    let relations = Selection().axisRelations(
      inputs: [bool(N, 4), float32(), float32(N, 4)], outputs: [float32(N, 4)])
    #expect(
      relations == [
        .same(.input(0, axis: 0), .output(0, axis: 0)),
        .same(.input(0, axis: 1), .output(0, axis: 1)),
        .same(.input(2, axis: 0), .output(0, axis: 0)),
        .same(.input(2, axis: 1), .output(0, axis: 1)),
      ])
  }
}
