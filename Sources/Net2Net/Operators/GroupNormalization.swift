/// `GroupNormalization`: x (N, C, d…), scale and shift (C) each → x's shape. Each group of
/// neighbouring channels of each sample has its own mean and variance (Wu and He, arXiv
/// 1803.08494; the parameters' shapes are those of ONNX operator set 21).
public struct GroupNormalization: OperatorDefinition {
  public var groups: Int
  public var epsilon: Double

  public init(groups: Int, epsilon: Double = 1e-5) {
    self.groups = groups
    self.epsilon = epsilon
  }

  public var name: String { "GroupNormalization" }
  public var inputCount: ClosedRange<Int> { 3...3 }
  public var parameterKinds: [Int: ParameterKind] { [1: .scale, 2: .bias] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .terms([[0, 1], [2]]) }
  public var nonNegative: OperandCondition { .never }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let x = try operands.type(0, "input")
    guard x.rank >= 2, let channels = x.dimensions[1].size else {
      throw ShapeError("the input is \(x); it needs channels of a known number")
    }
    guard groups > 0, groups <= max(channels, 1), channels % groups == 0 else {
      throw ShapeError("\(channels) channels do not divide into \(groups) groups")
    }
    for (index, role) in ["scale", "shift"].enumerated() {
      let type = try operands.type(index + 1, role)
      try operands.expect(type.dimensions, [x.dimensions[1]], role)
    }
    return [x]
  }

  /// Channels are `groups × per group`. Groups can be copied as they are; within a group, all
  /// channels equally often.
  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let channels = outputs[0].dimensions[1].size ?? groups
    let perGroup = AxisReference.local("channels per group", size: channels / max(groups, 1))
    return elementwiseRelations(rank: outputs[0].rank)
      + [1, 2].map { .carried(.output(0, axis: 1), by: .input($0, axis: 0)) }
      + [
        .regrouped([.output(0, axis: 1)], [groupCount, perGroup]),
        .statistic(perGroup, .mean("mean and variance of its group")),
      ]
  }

  private var groupCount: AxisReference { .local("groups", size: groups) }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    var copy = self
    copy.groups = newSize(groupCount)
    return .groupNormalization(copy)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
