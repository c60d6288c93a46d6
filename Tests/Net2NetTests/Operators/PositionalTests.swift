import Net2Net
import Testing

@Suite struct PositionalTests {
  static func place(_ axis: Int, keeps: Bool) -> Operator {
    .extremePlace(ExtremePlace(.largest, axis: axis, keepsAxis: keeps))
  }

  static let rules: [ShapeRule] = [
    ShapeRule(.cumulativeSum(CumulativeSum(axis: -1)), [int64(N, 4)], "int64(N, 4)"),
    ShapeRule(
      .cumulativeSum(CumulativeSum(axis: 2)), [int64(N, 4)], "axis 2 of a tensor with 2 axes"),
    ShapeRule(.triangle(Triangle()), [float32(N, 4, 5)], "float32(N, 4, 5)"),
    ShapeRule(.triangle(Triangle()), [float32(4)], "float32(4) must have two or more axes"),
    ShapeRule(place(1, keeps: true), [float32(N, 4, 5)], "int64(N, 1, 5)"),
    ShapeRule(place(-1, keeps: false), [float32(N, 4, 5)], "int64(N, 4)"),
    ShapeRule(place(1, keeps: false), [float32(N, 0)], "axis 1 of float32(N, 0) is empty"),
    ShapeRule(.oneHot(OneHot(depth: 9)), [int64(N, 4)], "float32(N, 4, 9)"),
    ShapeRule(.oneHot(OneHot(axis: 0, depth: 9)), [int64(N)], "float32(9, N)"),
    ShapeRule(.oneHot(OneHot(depth: 0)), [int64(N)], "a depth of 0"),
    ShapeRule(
      .oneHot(OneHot(axis: 2, depth: 9)), [int64(N)], "axis 2 of a tensor with 2 axes"),
  ]

  @Test(arguments: rules) func shapesFollowTheAxis(rule: ShapeRule) { rule.check() }

  @Test func theAxisWithPlacesIsPinnedAndTheOthersGoThrough() {
    let reason = "the places of its entries are told"
    #expect(
      ExtremePlace(.largest, axis: 1, keepsAxis: false)
        .axisRelations(inputs: [float32(N, 4, 5)], outputs: [int64(N, 5)]) == [
          .same(.input(0, axis: 0), .output(0, axis: 0)),
          .pinned(.input(0, axis: 1), reason: reason),
          .same(.input(0, axis: 2), .output(0, axis: 1)),
        ])
    #expect(
      OneHot(axis: 0, depth: 9).axisRelations(inputs: [int64(5)], outputs: [float32(9, 5)]) == [
        .pinned(.output(0, axis: 0), reason: "its entries are picked by number"),
        .same(.input(0, axis: 0), .output(0, axis: 1)),
      ])
    #expect(
      CumulativeSum(axis: 0).axisRelations(inputs: [float32(4)], outputs: [float32(4)]).contains(
        .pinned(.output(0, axis: 0), reason: "each entry sums those before it")))
  }
}
