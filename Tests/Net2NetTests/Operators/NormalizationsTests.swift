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
      .layerNormalization(LayerNormalization()), [float32(N, 5, 8), eight],
      "float32(N, 5, 8); float32(N, 5, 1); float32(N, 5, 1)"),
    ShapeRule(
      .layerNormalization(LayerNormalization(axis: 1)),
      [float32(N, 5, 8), float32(5, 8), float32(5, 8)],
      "float32(N, 5, 8); float32(N, 1, 1); float32(N, 1, 1)"),
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
    ShapeRule(
      .groupNormalization(GroupNormalization(groups: 4)), [float32(N, 8, 4), eight, eight],
      "float32(N, 8, 4)"),
    ShapeRule(
      .groupNormalization(GroupNormalization(groups: 3)), [float32(N, 8, 4), eight, eight],
      "8 channels do not divide into 3 groups"),
    ShapeRule(
      .groupNormalization(GroupNormalization(groups: 4)), [float32(N, 8, 4), float32(4), eight],
      "scale: (8) expected, (4) found"),
    ShapeRule(
      .groupNormalization(GroupNormalization(groups: 1)), [float32(N, N), eight, eight],
      "the input is float32(N, N); it needs channels of a known number"),
    ShapeRule(
      .rmsNormalization(RMSNormalization(axis: 1)), [float32(N, 5, 8), float32(5, 8)],
      "float32(N, 5, 8)"),
    ShapeRule(
      .rmsNormalization(RMSNormalization()), [float32(N, 5, 8), float32(5)],
      "scale: (8) expected, (5) found"),
  ]

  @Test(arguments: rules)
  func parametersHaveTheSizeOfWhatIsNormalized(rule: ShapeRule) { rule.check() }

  /// From 8 features to 12 the mean of squares becomes 8/12 of what it was.
  @Test func epsilonOfAnRMSNormShrinksWithTheMean() {
    let grown = RMSNormalization(epsilon: 3e-5).resized(outputs: [float32(N, 8)]) { _ in 12 }
    #expect(grown == .rmsNormalization(RMSNormalization(epsilon: 3e-5 * (8.0 / 12))))
  }

  @Test func channelsOfAGroupNormAreGroupsTimesTheirSize() {
    let norm = GroupNormalization(groups: 4)
    let relations = norm.axisRelations(
      inputs: [float32(N, 8), Self.eight, Self.eight], outputs: [float32(N, 8)])
    let (groups, perGroup) = (
      AxisReference.local("groups", size: 4), AxisReference.local("channels per group", size: 2)
    )
    #expect(relations.contains(.regrouped([.output(0, axis: 1)], [groups, perGroup])))
    #expect(
      relations.contains(.statistic(perGroup, .mean("mean and variance of its group"))))
    let grown = norm.resized(outputs: [float32(N, 8)]) { $0 == groups ? 6 : 0 }
    #expect(grown == .groupNormalization(GroupNormalization(groups: 6)))
  }
}
