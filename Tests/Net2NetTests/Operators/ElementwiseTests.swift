import Net2Net
import Testing

@Suite struct ElementwiseTests {
  static let add = Operator.elementwise(Elementwise(.add))

  static let rules: [ShapeRule] = [
    ShapeRule(add, [float32(N, 8, 4, 4), float32(N, 8, 4, 4)], "float32(N, 8, 4, 4)"),
    ShapeRule(add, [float32(N, 8, 4, 4), float32(8, 1, 1)], "float32(N, 8, 4, 4)"),
    ShapeRule(add, [float32(8, 1), float32(N, 1, 4)], "float32(N, 8, 4)"),
    ShapeRule(add, [float32(), float32(N, 3)], "float32(N, 3)"),
    ShapeRule(add, [float32(N, 1), float32(1, 3)], "float32(N, 3)"),
    ShapeRule(
      add, [float32(N, 8), float32(N, 9)], "(N, 8) and (N, 9) cannot be broadcast together"),
    ShapeRule(
      add, [float32(N, 8), float32(.symbolic("M"), 8)],
      "(N, 8) and (M, 8) cannot be broadcast together"),
    ShapeRule(add, [float32(N, 8), nil], "the right operand is missing"),
    ShapeRule(.elementwise(Elementwise(.power)), [float32(N, 8), float32()], "float32(N, 8)"),
    ShapeRule(
      .elementwise(Elementwise(.power)), [float32(N, 8), TensorType(.int64, [])], "float32(N, 8)"),
    ShapeRule(.modulo(Modulo(truncates: true)), [float32(N, 8), float32(8)], "float32(N, 8)"),
    ShapeRule(
      .combination(Combination(.maximum)), [float32(8), float32(N, 1), float32(2, 1, 1)],
      "float32(2, N, 8)"),
    ShapeRule(.combination(Combination(.sum)), [float32(N, 8)], "float32(N, 8)"),
    ShapeRule(
      .combination(Combination(.mean)), [float32(8), float32(9)],
      "(8) and (9) cannot be broadcast together"),
  ]

  @Test(arguments: rules)
  func shapesAreAlignedAtTheirLastAxes(rule: ShapeRule) { rule.check() }
}

@Suite struct ActivationTests {
  @Test func shapeStays() {
    ShapeRule(.activation(Activation(.relu)), [float32(N, 8)], "float32(N, 8)").check()
  }

  static let slopes: [ShapeRule] = [
    ShapeRule(
      .parametricRelu(ParametricRelu()), [float32(N, 8, 4, 4), float32(8, 1, 1)],
      "float32(N, 8, 4, 4)"),
    ShapeRule(
      .parametricRelu(ParametricRelu()), [float32(N, 8, 4, 4), float32(8)],
      "(N, 8, 4, 4) and (8) cannot be broadcast together"),
    ShapeRule(
      .parametricRelu(ParametricRelu()), [float32(N, 1), float32(8)],
      "slope, broadcast: (N, 1) expected, (N, 8) found"),
  ]

  @Test(arguments: slopes)
  func slopeIsBroadcastToTheInputAndNeverStretchesIt(rule: ShapeRule) { rule.check() }
}
