/// An operator nobody here knows: kept with its attributes as they were, written back unchanged,
/// never run. All its axes are pinned.
public struct OpaqueOperator: OperatorDefinition {
  public var domain: String
  public var type: String
  /// Version of the operator set (`domain`) that the attributes are written for.
  public var version: Int
  /// Attributes in the bytes of the file they came from (ONNX `AttributeProto` messages).
  public var attributes: [[UInt8]]
  /// Types of the outputs where the file declares them; empty where it does not.
  public var declaredOutputs: [TensorType?]
  /// Why it is not one of those that are known.
  public var reason = "nothing is known of this operator"

  /// How many operands, the last ones, are no operands in the file: graphs among the attributes
  /// read them by name.
  public var capturedInputCount = 0
  /// Versions of the operator sets, by domain, that graphs among the attributes are written for.
  public var nestedOperatorSets: [String: Int] = [:]

  public init(
    domain: String, type: String, version: Int = 20, attributes: [[UInt8]],
    declaredOutputs: [TensorType?]
  ) {
    self.domain = domain
    self.type = type
    self.version = version
    self.attributes = attributes
    self.declaredOutputs = declaredOutputs
  }

  public var name: String { domain.isEmpty ? type : "\(domain).\(type)" }
  public var inputCount: ClosedRange<Int> { 0...Int.max }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .never }
  public var nonNegative: OperandCondition { .never }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    guard declaredOutputs.allSatisfy({ $0 != nil }) else {
      throw ShapeError("the file does not say what \(name) returns")
    }
    return declaredOutputs.compactMap(\.self)
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    var relations: [AxisRelation] = []
    for (index, type) in inputs.enumerated() {
      for axis in 0..<(type?.rank ?? 0) {
        relations.append(.pinned(.input(index, axis: axis), reason: reason))
      }
    }
    for (index, type) in outputs.enumerated() {
      for axis in 0..<type.rank {
        relations.append(.pinned(.output(index, axis: axis), reason: reason))
      }
    }
    return relations
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .opaque(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
