/// `Sum`, `Mean`, `Max`, `Min`: one or more operands, broadcast, combined element by element.
public struct Combination: OperatorDefinition {
  public enum Function: String, Hashable, Sendable, CaseIterable {
    case sum = "Sum"
    case mean = "Mean"
    case maximum = "Max"
    case minimum = "Min"
  }

  public var function: Function

  public init(_ function: Function) { self.function = function }

  public var name: String { function.rawValue }
  public var inputCount: ClosedRange<Int> { 1...Int.max }

  /// None is trained: a bound, and what is summed here, is a constant or an activation.
  public var parameterKinds: [Int: ParameterKind] { [:] }

  public var scaling: Scaling { .allOperands }
  public var linearity: Linearity {
    switch function {
    case .sum, .mean: .allOperands
    case .maximum, .minimum: .none
    }
  }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .all }
  public var nonNegative: OperandCondition { function == .maximum ? .any : .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let first = try operands.type(0, "first operand")
    var output = first.dimensions
    for index in inputs.indices.dropFirst() {
      output = try Broadcast(output, try operands.type(index, "operand \(index)").dimensions).output
    }
    return [TensorType(first.elementType, output)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    Broadcast.relations(
      of: inputs.map { $0?.dimensions ?? [] }, into: outputs[0].dimensions)
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .combination(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
