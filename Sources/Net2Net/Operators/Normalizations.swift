/// `BatchNormalization`: x (N, C, …), scale, shift, running mean and variance (C) each → x's
/// shape. Which statistics are used is a mode of the run, not of the operator.
public struct BatchNormalization: OperatorDefinition {
  public var epsilon: Double
  /// The running statistics' share that stays at each step (ONNX's meaning: 1 − PyTorch's).
  public var momentum: Double

  public init(epsilon: Double = 1e-5, momentum: Double = 0.9) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  public var name: String { "BatchNormalization" }
  public var inputCount: ClosedRange<Int> { 5...5 }
  public var parameterKinds: [Int: ParameterKind] {
    [1: .scale, 2: .bias, 3: .runningMean, 4: .runningVariance]
  }

  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .terms([[1], [2]]) }
  public var nonNegative: OperandCondition { .never }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let x = try operands.type(0, "input")
    guard x.rank >= 2 else { throw ShapeError("the input is \(x); it needs a channel axis") }
    for (index, role) in ["scale", "shift", "running mean", "running variance"].enumerated() {
      let type = try operands.type(index + 1, role)
      try operands.expect(type.dimensions, [x.dimensions[1]], role)
    }
    return [x]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    elementwiseRelations(rank: outputs[0].rank)
      + (1...4).map { .carried(.output(0, axis: 1), by: .input($0, axis: 0)) }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .batchNormalization(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `LayerNormalization` over the axes from `axis` on; scale and shift have those axes' shape. Further
/// results are the mean and 1 / √(variance + ε), with those axes of size 1.
public struct LayerNormalization: OperatorDefinition {
  public var axis: Int
  public var epsilon: Double

  public init(axis: Int = -1, epsilon: Double = 1e-5) {
    self.axis = axis
    self.epsilon = epsilon
  }

  public var name: String { "LayerNormalization" }
  public var inputCount: ClosedRange<Int> { 2...3 }
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
    let first = try Operands.axis(axis, rank: x.rank)
    let normalized = Array(x.dimensions[first...])
    try operands.expect(try operands.type(1, "scale").dimensions, normalized, "scale")
    if let shift = operands[2] { try operands.expect(shift.dimensions, normalized, "shift") }
    let statistic = TensorType(
      x.elementType.byteCount < 4 ? .float32 : x.elementType,
      x.dimensions[..<first] + normalized.map { _ in 1 })
    return [x, statistic, statistic]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let rank = outputs[0].rank
    guard let first = countedFromFront(axis, of: rank) else { return [] }
    var relations = elementwiseRelations(rank: rank)
    let reason = "mean and variance"
    for normalized in first..<rank {
      let statistic: Statistic =
        rank - first == 1 ? .moments(reason, gain: .input(1, axis: 0)) : .mean(reason)
      relations.append(.statistic(.output(0, axis: normalized), statistic))
      for input in 1..<inputs.count where inputs[input] != nil {
        relations.append(
          .carried(.output(0, axis: normalized), by: .input(input, axis: normalized - first)))
      }
    }
    for output in outputs.indices.dropFirst() {
      for axis in 0..<rank {
        relations.append(
          axis < first
            ? .same(.input(0, axis: axis), .output(output, axis: axis))
            : .extent(.output(output, axis: axis)))
      }
    }
    return relations
  }

  /// Where new units hold the mean of the others, the variance shrinks, and ε must with it.
  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    var copy = self
    let dimensions = outputs[0].dimensions
    let last = dimensions.count - 1
    if axis == -1 || axis == last, let size = dimensions[last].size, size > 0 {
      let grown = newSize(.output(0, axis: last))
      copy.epsilon *= Double(grown / size * size) / Double(grown)
    }
    return .layerNormalization(copy)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `InstanceNormalization`: x (N, C, d…), scale and shift (C) each → x's shape. Each channel of
/// each sample has its own mean and variance over the spatial axes.
public struct InstanceNormalization: OperatorDefinition {
  public var epsilon: Double

  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  public var name: String { "InstanceNormalization" }
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
    guard x.rank >= 3 else { throw ShapeError("the input is \(x); it needs a spatial axis") }
    for (index, role) in ["scale", "shift"].enumerated() {
      let type = try operands.type(index + 1, role)
      try operands.expect(type.dimensions, [x.dimensions[1]], role)
    }
    return [x]
  }

  /// Spatial axes are places as a rule; in a group norm written with this operator, one holds a
  /// group's channels.
  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let rank = outputs[0].rank
    return elementwiseRelations(rank: rank)
      + [1, 2].map { .carried(.output(0, axis: 1), by: .input($0, axis: 0)) }
      + (2..<rank).map { .statistic(.output(0, axis: $0), .mean("mean and variance")) }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .instanceNormalization(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
