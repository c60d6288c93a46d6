/// `Gemm`: y = α · A · B [+ β · C], each of A and B transposed on demand; rank 2.
public struct Dense: OperatorDefinition {
  public var alpha: Double
  public var beta: Double
  public var transposesInput: Bool
  public var transposesWeight: Bool

  public init(
    alpha: Double = 1, beta: Double = 1, transposesInput: Bool = false,
    transposesWeight: Bool = true
  ) {
    self.alpha = alpha
    self.beta = beta
    self.transposesInput = transposesInput
    self.transposesWeight = transposesWeight
  }

  public var name: String { "Gemm" }
  public var inputCount: ClosedRange<Int> { 2...3 }
  public var parameterKinds: [Int: ParameterKind] { [1: .weight, 2: .bias] }

  private var inputRow: Int { transposesInput ? 1 : 0 }
  private var weightColumn: Int { transposesWeight ? 0 : 1 }

  public var scaling: Scaling { .eachOperand }
  public var linearity: Linearity { .eachOperand }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .terms([[0, 1], [2]]) }
  public var nonNegative: OperandCondition { alpha >= 0 && beta >= 0 ? .all : .never }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let a = try operands.type(0, "input")
    let b = try operands.type(1, "weight")
    guard a.rank == 2, b.rank == 2 else { throw ShapeError("\(a) and \(b) must have two axes") }
    let inner = a.dimensions[1 - inputRow]
    guard inner == b.dimensions[1 - weightColumn] else {
      throw ShapeError("input features: \(b.dimensions[1 - weightColumn]) expected, \(inner) found")
    }
    let output = [a.dimensions[inputRow], b.dimensions[weightColumn]]
    if let c = operands[2] {
      let broadcast = try Broadcast(c.dimensions, output)
      try operands.expect(broadcast.output, output, "bias, broadcast")
    }
    return [TensorType(a.elementType, output)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    var relations: [AxisRelation] = [
      .same(.input(0, axis: inputRow), .output(0, axis: 0)),
      .summed(.input(0, axis: 1 - inputRow), by: .input(1, axis: 1 - weightColumn)),
      .written(.output(0, axis: 1), by: .input(1, axis: weightColumn)),
    ]
    guard inputs.count > 2, let bias = inputs[2] else { return relations }
    for axis in 0..<bias.rank {
      let output = axis + 2 - bias.rank
      if bias.dimensions[axis] == outputs[0].dimensions[output] {
        relations.append(.written(.output(0, axis: output), by: .input(2, axis: axis)))
      } else {
        relations.append(.extent(.input(2, axis: axis)))
      }
    }
    return relations
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .dense(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int {
    let inner = inputs[1]?.shape?[1 - weightColumn] ?? 0
    return outputs[0].shape(batch: batch).saturatedCount(times: [inner])
  }
}

/// `MatMul`: (…, m, k) · (…, k, n) → (…, m, n), leading axes broadcast. A vector (k) on the left has
/// no m, one on the right no n, and neither has the result.
public struct MatrixProduct: OperatorDefinition {
  public init() {}

  public var name: String { "MatMul" }
  public var inputCount: ClosedRange<Int> { 2...2 }
  public var parameterKinds: [Int: ParameterKind] { [0: .weight, 1: .weight] }
  public var scaling: Scaling { .eachOperand }
  public var linearity: Linearity { .eachOperand }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .any }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let a = try operands.type(0, "left operand")
    let b = try operands.type(1, "right operand")
    guard a.rank >= 1, b.rank >= 1 else {
      throw ShapeError("\(a) and \(b) must have one or more axes")
    }
    guard a.dimensions[a.rank - 1] == b.dimensions[Self.summedAxis(ofRight: b)] else {
      throw ShapeError("\(a) and \(b) do not share the axis that is summed")
    }
    let batch = try Broadcast(a.dimensions.dropLast(2), b.dimensions.dropLast(2))
    let row = a.rank > 1 ? [a.dimensions[a.rank - 2]] : []
    let column = b.rank > 1 ? [b.dimensions[b.rank - 1]] : []
    return [TensorType(a.elementType, batch.output + row + column)]
  }

  private static func summedAxis(ofRight b: TensorType) -> Int { max(b.rank - 2, 0) }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let a = inputs[0], let b = inputs[1] else { return [] }
    let (hasRow, hasColumn) = (a.rank > 1, b.rank > 1)
    let batch = outputs[0].dimensions.dropLast((hasRow ? 1 : 0) + (hasColumn ? 1 : 0))
    var relations = Broadcast.relations(
      of: a.dimensions.dropLast(2), b.dimensions.dropLast(2), into: batch)
    relations.append(
      .summed(.input(0, axis: a.rank - 1), by: .input(1, axis: Self.summedAxis(ofRight: b))))
    if hasRow {
      relations.append(
        .written(.output(0, axis: batch.count), by: .input(0, axis: a.rank - 2)))
    }
    if hasColumn {
      relations.append(
        .written(.output(0, axis: outputs[0].rank - 1), by: .input(1, axis: b.rank - 1)))
    }
    return relations
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .matrixProduct(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int {
    let inner = inputs[0]?.shape(batch: batch).sizes.last ?? 0
    return outputs[0].shape(batch: batch).saturatedCount(times: [inner])
  }
}
