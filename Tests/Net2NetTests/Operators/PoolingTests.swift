import Net2Net
import Testing

@Suite struct PoolingTests {
  static func pool(
    _ kernel: [Int]?, strides: [Int]? = nil, pads: [Int]? = nil, dilations: [Int]? = nil,
    roundsUp: Bool = false
  ) -> Operator {
    .pooling(
      Pooling(
        .maximum, kernel: kernel, strides: strides, padding: pads.map(Padding.explicit),
        dilations: dilations, roundsUp: roundsUp))
  }

  static func square(_ size: Int) -> TensorType {
    float32(N, 3, .fixed(size), .fixed(size))
  }

  static let shapes: [ShapeRule] = [
    ShapeRule(pool([2, 2], strides: [2, 2]), [square(5)], "float32(N, 3, 2, 2)"),
    // The fifth element is half a window.
    ShapeRule(
      pool([2, 2], strides: [2, 2], roundsUp: true), [square(5)], "float32(N, 3, 3, 3)"),
    ShapeRule(
      pool([2, 2], strides: [2, 2], roundsUp: true), [square(4)], "float32(N, 3, 2, 2)"),
    // (6 + 2 − 2) / 3 + 1 = 3 windows, at −1, 2 and 5; rounding up adds none: 8 is past the end.
    ShapeRule(
      pool([2, 2], strides: [3, 3], pads: [1, 1, 1, 1], roundsUp: true), [square(6)],
      "float32(N, 3, 3, 3)"),
    // Rounding up would start a third window at 4, in the padding after the last element.
    ShapeRule(
      pool([1, 1], strides: [2, 2], pads: [0, 0, 1, 1], roundsUp: true), [square(4)],
      "float32(N, 3, 2, 2)"),
    // A kernel of 2 dilated by 3 reaches over 4.
    ShapeRule(pool([2, 2], dilations: [3, 1]), [square(6)], "float32(N, 3, 3, 5)"),
    ShapeRule(pool(nil), [square(7)], "float32(N, 3, 1, 1)"),
    ShapeRule(pool(nil), [float32(N, 3, .symbolic("T"))], "float32(N, 3, 1)"),
  ]

  @Test(arguments: shapes)
  func outputShapeFollowsFromTheWindow(rule: ShapeRule) { rule.check() }

  static let refusals: [ShapeRule] = [
    ShapeRule(pool([2, 2]), [float32(N, 3)], "the input is float32(N, 3); it needs spatial axes"),
    ShapeRule(
      pool([2]), [square(4)], "2 spatial axes, but 1 kernel sizes, 1 strides and 1 dilations"),
    ShapeRule(pool([5, 5]), [square(4)], "a window of 5 does not fit 4 padded by 0 and 0"),
  ]

  @Test(arguments: refusals)
  func misfitIsRefusedInWords(rule: ShapeRule) { rule.check() }

  @Test(arguments: [
    (Pooling(.maximum, kernel: [2]), "MaxPool"),
    (Pooling(.average, kernel: [2]), "AveragePool"),
    (Pooling(.maximum, kernel: nil), "GlobalMaxPool"),
    (Pooling(.average, kernel: nil), "GlobalAveragePool"),
  ])
  func nameIsTheOneInONNX(pooling: Pooling, name: String) {
    #expect(pooling.name == name)
  }

  @Test func samePaddingBecomesExplicit() {
    let pooling = Pooling(.average, kernel: [3, 3], strides: [2, 2], padding: .sameUpper)
    // ⌈6 / 2⌉ = 3 windows reach over 7.
    #expect(pooling.explicitPadding(input: [1, 1, 6, 6]) == [0, 0, 1, 1])
    #expect(Pooling(.average, kernel: nil).explicitPadding(input: [1, 1, 6, 6]) == [])
  }
}
