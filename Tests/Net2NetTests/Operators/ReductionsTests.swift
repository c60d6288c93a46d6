import Net2Net
import Testing

@Suite struct ReductionsTests {
  static func mean(_ axes: [Int], keeps: Bool) -> Operator {
    .reduction(Reduction(axes: axes, keepsAxes: keeps))
  }

  static let rules: [ShapeRule] = [
    ShapeRule(mean([2, 3], keeps: false), [float32(N, 8, 4, 4)], "float32(N, 8)"),
    ShapeRule(mean([-1, -2], keeps: true), [float32(N, 8, 4, 4)], "float32(N, 8, 1, 1)"),
    ShapeRule(mean([], keeps: false), [float32(N, 8)], "float32()"),
    ShapeRule(mean([], keeps: true), [float32(N, 8)], "float32(1, 1)"),
    ShapeRule(mean([2], keeps: true), [float32(N, 8)], "axis 2 of a tensor with 2 axes"),
    ShapeRule(
      .reduction(Reduction(.l2, axes: [1], keepsAxes: false)), [float32(N, 8)], "float32(N)"),
    ShapeRule(.softmax(Softmax()), [float32(N, 8)], "float32(N, 8)"),
    ShapeRule(
      .softmax(Softmax(axis: .min)), [float32(N, 8)],
      "axis -9223372036854775808 of a tensor with 2 axes"),
    ShapeRule(.softmax(Softmax(axis: -3)), [float32(N, 8)], "axis -3 of a tensor with 2 axes"),
    ShapeRule(.dropout(Dropout(ratio: 0.5)), [float32(N, 8)], "float32(N, 8)"),
    ShapeRule(.dropout(Dropout(ratio: 1)), [float32(N, 8)], "a ratio of 1.0 is not in 0 ..< 1"),
    ShapeRule(.identity(Identity()), [float32(N, 8)], "float32(N, 8)"),
  ]

  @Test(arguments: rules)
  func outputFollowsFromTheAxes(rule: ShapeRule) { rule.check() }

  @Test func equalCopiesKeepMeansAndExtremesAndNoSums() {
    func relation(_ function: Reduction.Function) -> AxisRelation? {
      Reduction(function, axes: [1], keepsAxes: false)
        .axisRelations(inputs: [float32(N, 8)], outputs: [float32(N)]).last
    }
    let axis = AxisReference.input(0, axis: 1)
    #expect(relation(.mean) == .statistic(axis, .mean("mean")))
    #expect(relation(.maximum) == .statistic(axis, .mean("maximum")))
    #expect(relation(.l2) == .statistic(axis, .sumOfSquares("sum of squares")))
    #expect(relation(.sum) == .pinned(axis, reason: "every copy would count in the sum"))
    #expect(relation(.product) == .pinned(axis, reason: "every copy would count in the product"))
  }
}
