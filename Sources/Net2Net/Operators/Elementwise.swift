/// `Add`, `Sub`, `Mul`, `Div`, `Pow` with broadcasting; the result has the left operand's type.
public struct Elementwise: OperatorDefinition {
  public enum Function: String, Hashable, Sendable, CaseIterable {
    case add = "Add"
    case subtract = "Sub"
    case multiply = "Mul"
    case divide = "Div"
    /// Integers to an integer power stay integers.
    case power = "Pow"
  }

  public var function: Function

  public init(_ function: Function) { self.function = function }

  public var name: String { function.rawValue }
  public var inputCount: ClosedRange<Int> { 2...2 }
  public var parameterKinds: [Int: ParameterKind] {
    switch function {
    case .add, .subtract: [0: .bias, 1: .bias]
    case .multiply, .divide: [0: .scale, 1: .scale]
    case .power: [:]
    }
  }

  public var scaling: Scaling {
    switch function {
    case .add, .subtract: .allOperands
    case .multiply: .eachOperand
    case .divide: .firstOperand
    case .power: .none
    }
  }
  public var linearity: Linearity {
    switch function {
    case .add, .subtract: .allOperands
    case .multiply: .eachOperand
    case .divide: .firstOperand
    case .power: .none
    }
  }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition {
    switch function {
    case .add, .subtract: .all
    case .multiply: .any
    case .divide: .terms([[0]])
    case .power: .never
    }
  }
  public var nonNegative: OperandCondition { function == .subtract ? .never : .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let a = try operands.type(0, "left operand")
    let b = try operands.type(1, "right operand")
    return [TensorType(a.elementType, try Broadcast(a.dimensions, b.dimensions).output)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let a = inputs[0], let b = inputs[1] else { return [] }
    return Broadcast.relations(of: a.dimensions, b.dimensions, into: outputs[0].dimensions)
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .elementwise(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
