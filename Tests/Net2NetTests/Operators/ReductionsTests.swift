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
    ShapeRule(.softmax(Softmax()), [float32(N, 8)], "float32(N, 8)"),
    ShapeRule(.softmax(Softmax(axis: -3)), [float32(N, 8)], "axis -3 of a tensor with 2 axes"),
    ShapeRule(.dropout(Dropout(ratio: 0.5)), [float32(N, 8)], "float32(N, 8)"),
    ShapeRule(.dropout(Dropout(ratio: 1)), [float32(N, 8)], "a ratio of 1.0 is not in 0 ..< 1"),
    ShapeRule(.identity(Identity()), [float32(N, 8)], "float32(N, 8)"),
  ]

  @Test(arguments: rules)
  func outputFollowsFromTheAxes(rule: ShapeRule) { rule.check() }
}
