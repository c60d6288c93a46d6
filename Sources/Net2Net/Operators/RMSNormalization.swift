/// `RMSNormalization` over the axes from `axis` on: x / √(mean of x² + ε) · scale, where the scale
/// has those axes' shape (Zhang and Sennrich, arXiv 1910.07467; ONNX operator set 23).
public struct RMSNormalization: OperatorDefinition {
  public var axis: Int
  public var epsilon: Double

  public init(axis: Int = -1, epsilon: Double = 1e-5) {
    self.axis = axis
    self.epsilon = epsilon
  }

  public var name: String { "RMSNormalization" }
  public var inputCount: ClosedRange<Int> { 2...2 }
  public var parameterKinds: [Int: ParameterKind] { [1: .scale] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .any }
  public var nonNegative: OperandCondition { .never }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let x = try operands.type(0, "input")
    let first = try Operands.axis(axis, rank: x.rank)
    try operands.expect(
      try operands.type(1, "scale").dimensions, Array(x.dimensions[first...]), "scale")
    return [x]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let rank = outputs[0].rank
    let first = firstAxis(rank: rank)
    return elementwiseRelations(rank: rank)
      + (first..<rank).flatMap { axis -> [AxisRelation] in
        let gain = AxisReference.input(1, axis: axis - first)
        return [
          .carried(.output(0, axis: axis), by: gain),
          .statistic(.output(0, axis: axis), .meanOfSquares("mean of squares", gain: gain)),
        ]
      }
  }

  /// Counted from the front.
  public func firstAxis(rank: Int) -> Int { countedFromFront(axis, of: rank) ?? rank }

  /// Grown axes keep their Σx², so that the mean of squares shrinks, and ε must with it.
  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    var copy = self
    let dimensions = outputs[0].dimensions
    for axis in firstAxis(rank: dimensions.count)..<dimensions.count {
      guard let size = dimensions[axis].size else { continue }
      copy.epsilon *= Double(size) / Double(newSize(.output(0, axis: axis)))
    }
    return .rmsNormalization(copy)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
