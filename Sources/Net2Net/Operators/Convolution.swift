/// `Conv`: x (N, C, d…) ⋆ weight (K, C/groups, k…) [+ bias (K)] → (N, K, e…).
public struct Convolution: OperatorDefinition {
  public var strides: [Int]
  public var padding: Padding
  public var dilations: [Int]
  public var groups: Int

  public init(
    strides: [Int] = [1, 1], padding: Padding = .explicit([0, 0, 0, 0]),
    dilations: [Int] = [1, 1], groups: Int = 1
  ) {
    self.strides = strides
    self.padding = padding
    self.dilations = dilations
    self.groups = groups
  }

  public var name: String { "Conv" }
  public var inputCount: ClosedRange<Int> { 2...3 }
  public var parameterKinds: [Int: ParameterKind] { [1: .weight, 2: .bias] }
  public var scaling: Scaling { .eachOperand }
  public var linearity: Linearity { .eachOperand }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .terms([[0, 1], [2]]) }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let x = try operands.type(0, "input")
    let weight = try operands.shape(1, "weight")
    let spatialRank = x.rank - 2
    guard spatialRank >= 1, weight.rank == x.rank else {
      throw ShapeError("input has \(x.rank) axes, the weight \(weight.rank); both need 3 or more")
    }
    guard groups > 0, groups <= max(weight[0], 1), weight[0] % groups == 0 else {
      throw ShapeError("\(weight[0]) output channels do not divide into \(groups) groups")
    }
    try operands.expect(x.dimensions[1], weight[1] * groups, "input channels")
    if let bias = operands[2] {
      try operands.expect(bias.dimensions, [.fixed(weight[0])], "bias")
    }
    let window = Window(
      kernel: Array(weight.sizes.dropFirst(2)), strides: strides, padding: padding,
      dilations: dilations, roundsUp: false)
    let spatial = try window.outputDimensions(of: Array(x.dimensions.dropFirst(2)))
    return [TensorType(x.elementType, [x.dimensions[0], .fixed(weight[0])] + spatial)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let rank = outputs[0].rank
    var relations: [AxisRelation] = [.same(.input(0, axis: 0), .output(0, axis: 0))]
    relations += inputChannelRelations(inputs)
    if inputs.count > 2, inputs[2] != nil {
      relations.append(.written(.output(0, axis: 1), by: .input(2, axis: 0)))
    }
    for axis in 2..<rank {
      relations += [
        .extent(.input(0, axis: axis)), .extent(.input(1, axis: axis)),
        .extent(.output(0, axis: axis)),
      ]
    }
    return relations
  }

  /// One group: a plain sum. One input channel a group: the filter goes along with its channel.
  /// In between, channels are `groups × per group` and the sum runs within a group.
  private func inputChannelRelations(_ inputs: [TensorType?]) -> [AxisRelation] {
    guard let weight = inputs[1]?.shape, groups > 1 else {
      return [
        .summed(.input(0, axis: 1), by: .input(1, axis: 1)),
        .written(.output(0, axis: 1), by: .input(1, axis: 0)),
      ]
    }
    let group = groupCount
    let outputs = AxisReference.local("outputs per group", size: weight[0] / groups)
    if weight[1] == 1 {
      return [
        .same(.input(0, axis: 1), group),
        .extent(.input(1, axis: 1)),
        weight[0] == groups
          ? .same(.output(0, axis: 1), group)
          : .regrouped([group, outputs], [.output(0, axis: 1)]),
        .carried(.output(0, axis: 1), by: .input(1, axis: 0)),
      ]
    }
    let inputsPerGroup = AxisReference.local("inputs per group", size: weight[1])
    return [
      .regrouped([.input(0, axis: 1)], [group, inputsPerGroup]),
      .summed(inputsPerGroup, by: .input(1, axis: 1)),
      .regrouped([group, outputs], [.output(0, axis: 1)]),
      .written(.output(0, axis: 1), by: .input(1, axis: 0)),
    ]
  }

  private var groupCount: AxisReference { .local("groups", size: groups) }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    var copy = self
    if groups > 1 { copy.groups = newSize(groupCount) }
    return .convolution(copy)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int {
    guard let weight = inputs[1]?.shape else { return 0 }
    let perPosition = Array(weight.sizes.dropFirst())
    return outputs[0].shape(batch: batch).saturatedCount(times: perPosition)
  }
}
