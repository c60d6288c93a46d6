/// Truth values of two operands, broadcast: `Equal`, `Less` … of numbers, `And`, `Or`, `Xor` of
/// truth values.
public struct Comparison: OperatorDefinition {
  public enum Function: String, Hashable, Sendable, CaseIterable {
    case equal = "Equal"
    case less = "Less"
    case lessOrEqual = "LessOrEqual"
    case greater = "Greater"
    case greaterOrEqual = "GreaterOrEqual"
    case and = "And"
    case or = "Or"
    case exclusiveOr = "Xor"
  }

  public var function: Function

  public init(_ function: Function) { self.function = function }

  public var name: String { function.rawValue }
  public var inputCount: ClosedRange<Int> { 2...2 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .never }
  public var nonNegative: OperandCondition { .never }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let a = try operands.type(0, "left operand")
    let b = try operands.type(1, "right operand")
    guard a.elementType == b.elementType else {
      throw ShapeError("\(a) and \(b) are compared; their types must be one")
    }
    return [TensorType(.bool, try Broadcast(a.dimensions, b.dimensions).output)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let a = inputs[0], let b = inputs[1] else { return [] }
    return Broadcast.relations(of: a.dimensions, b.dimensions, into: outputs[0].dimensions)
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .comparison(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// The truth value of each element: `Not`, `IsNaN`, `IsInf`.
public struct Predicate: OperatorDefinition {
  public enum Function: Hashable, Sendable {
    case not, isNaN
    case isInfinite(positive: Bool, negative: Bool)
  }

  public var function: Function

  public init(_ function: Function) { self.function = function }

  public var name: String {
    switch function {
    case .not: "Not"
    case .isNaN: "IsNaN"
    case .isInfinite: "IsInf"
    }
  }

  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .never }
  public var nonNegative: OperandCondition { .never }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    let suits = function == .not ? x.elementType == .bool : x.elementType.isFloatingPoint
    guard suits else {
      throw ShapeError("\(x) has no elements that this can be asked of")
    }
    return [TensorType(.bool, x.dimensions)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    elementwiseRelations(rank: outputs[0].rank)
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .predicate(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `Where`: the second operand where the first is true, the third elsewhere; all broadcast.
public struct Selection: OperatorDefinition {
  public init() {}

  public var name: String { "Where" }
  public var inputCount: ClosedRange<Int> { 3...3 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .operands([1, 2]) }
  public var zero: OperandCondition { .terms([[1], [2]]) }
  public var nonNegative: OperandCondition { .terms([[1], [2]]) }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let condition = try operands.type(0, "condition")
    let chosen = try operands.type(1, "operand for true")
    let other = try operands.type(2, "operand for false")
    guard condition.elementType == .bool else {
      throw ShapeError("the condition is \(condition); bool expected")
    }
    guard chosen.elementType == other.elementType else {
      throw ShapeError("a choice between \(chosen) and \(other); their types must be one")
    }
    let both = try Broadcast(chosen.dimensions, other.dimensions).output
    return [TensorType(chosen.elementType, try Broadcast(condition.dimensions, both).output)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    Broadcast.relations(of: inputs.map { $0?.dimensions ?? [] }, into: outputs[0].dimensions)
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .selection(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `Cast`: the same numbers in another type; towards zero for integers, 0 and the rest for bool.
///
/// A run keeps every floating-point value in the precision it was asked for, so a cast between
/// floating-point types changes nothing there.
public struct Cast: OperatorDefinition {
  public var elementType: ElementType

  public init(to elementType: ElementType) { self.elementType = elementType }

  public var name: String { "Cast" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { elementType.isFloatingPoint ? .allOperands : .none }
  public var linearity: Linearity { elementType.isFloatingPoint ? .allOperands : .none }
  public var moved: OperandSelection { elementType == .bool ? .none : .all }
  public var zero: OperandCondition { .all }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    [TensorType(elementType, try Operands(inputs).type(0, "input").dimensions)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    elementwiseRelations(rank: outputs[0].rank)
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .cast(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
