/// Sizes known only at run time, as numbers that a network computes with: int64. ONNX writes it as
/// `Shape` of a graph input and what picks and multiplies its entries.
///
/// A grown width leaves the numbers alone, as it leaves alone those written into the graph: the
/// function that is to be kept was computed with them.
public struct SizeList: OperatorDefinition {
  /// One for a scalar.
  public var sizes: [Dimension]
  /// One number, without axes.
  public var isScalar: Bool

  public init(_ sizes: [Dimension], isScalar: Bool = false) {
    self.sizes = sizes
    self.isScalar = isScalar
  }

  public var name: String { "Shape" }
  public var inputCount: ClosedRange<Int> { 0...0 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .never }
  public var nonNegative: OperandCondition { .always }
  public var runtimeSizes: [Dimension] { sizes }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    [TensorType(.int64, isScalar ? [] : [.fixed(sizes.count)])]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    isScalar ? [] : [.pinned(.output(0, axis: 0), reason: "its entries are sizes in order")]
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .sizeList(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
