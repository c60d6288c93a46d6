import Net2Net
import Testing

@Suite struct NormalizationsTests {
  static let batch = Operator.batchNormalization(BatchNormalization())
  static let eight = float32(8)

  static let rules: [ShapeRule] = [
    ShapeRule(
      batch, [float32(N, 8, 4, 4), eight, eight, eight, eight], "float32(N, 8, 4, 4)"),
    ShapeRule(batch, [float32(N, 8), eight, eight, eight, eight], "float32(N, 8)"),
    ShapeRule(
      batch, [float32(N, 8, 4, 4), eight, eight, eight, float32(9)],
      "running variance: (8) expected, (9) found"),
    ShapeRule(
      batch, [float32(8), eight, eight, eight, eight],
      "the input is float32(8); it needs a channel axis"),
    ShapeRule(
      .layerNormalization(LayerNormalization()), [float32(N, 5, 8), eight], "float32(N, 5, 8)"),
    ShapeRule(
      .layerNormalization(LayerNormalization(axis: 1)),
      [float32(N, 5, 8), float32(5, 8), float32(5, 8)], "float32(N, 5, 8)"),
    ShapeRule(
      .layerNormalization(LayerNormalization()), [float32(N, 5, 8), eight, float32(5)],
      "shift: (8) expected, (5) found"),
    ShapeRule(
      .layerNormalization(LayerNormalization(axis: 3)), [float32(N, 5, 8), eight],
      "axis 3 of a tensor with 3 axes"),
    ShapeRule(
      .instanceNormalization(InstanceNormalization()), [float32(N, 8, 4), eight, eight],
      "float32(N, 8, 4)"),
    ShapeRule(
      .instanceNormalization(InstanceNormalization()), [float32(N, 8), eight, eight],
      "the input is float32(N, 8); it needs a spatial axis"),
    ShapeRule(
      .instanceNormalization(InstanceNormalization()), [float32(N, 8, 4), eight, float32(7)],
      "shift: (8) expected, (7) found"),
  ]

  @Test(arguments: rules)
  func parametersHaveTheSizeOfWhatIsNormalized(rule: ShapeRule) { rule.check() }
}
