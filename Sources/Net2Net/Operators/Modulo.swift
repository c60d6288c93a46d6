/// `Mod`: what is left of a division, with broadcasting.
public struct Modulo: OperatorDefinition {
  /// The quotient is cut off towards zero, so that the result has the dividend's sign (C's
  /// `fmod`); otherwise it is rounded down, and the result has the divisor's sign.
  public var truncates: Bool

  public init(truncates: Bool) { self.truncates = truncates }

  public var name: String { "Mod" }
  public var inputCount: ClosedRange<Int> { 2...2 }
  public var parameterKinds: [Int: ParameterKind] { [:] }

  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .terms([[0]]) }
  public var nonNegative: OperandCondition { .terms(truncates ? [[0]] : [[1]]) }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let dividend = try operands.type(0, "dividend")
    let divisor = try operands.type(1, "divisor")
    return [
      TensorType(
        dividend.elementType, try Broadcast(dividend.dimensions, divisor.dimensions).output)
    ]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    Broadcast.relations(
      of: inputs.map { $0?.dimensions ?? [] }, into: outputs[0].dimensions)
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .modulo(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
