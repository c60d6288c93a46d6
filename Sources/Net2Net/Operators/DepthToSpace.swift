/// `DepthToSpace`, PyTorch's pixel shuffle: (N, C·b², H, W) → (N, C, H·b, W·b). The b² channels of a
/// unit become a block of b × b positions.
public struct DepthToSpace: OperatorDefinition {
  /// b.
  public var blockSize: Int
  /// Channels number C × b × b, as PyTorch has them (ONNX's mode CRD); otherwise b × b × C (DCR).
  public var isUnitMajor: Bool

  public init(blockSize: Int, isUnitMajor: Bool) {
    self.blockSize = blockSize
    self.isUnitMajor = isUnitMajor
  }

  public var name: String { "DepthToSpace" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .allOperands }
  public var linearity: Linearity { .allOperands }
  public var moved: OperandSelection { .all }
  public var zero: OperandCondition { .all }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    guard x.rank == 4 else { throw ShapeError("\(x) must have four axes") }
    guard (1...1 << 16).contains(blockSize), let channels = x.dimensions[1].size,
      channels % (blockSize * blockSize) == 0
    else {
      throw ShapeError("\(x) cannot be cut into blocks of \(blockSize) × \(blockSize) channels")
    }
    var dimensions = x.dimensions
    dimensions[1] = .fixed(channels / (blockSize * blockSize))
    for axis in 2..<4 {
      guard let size = Dimension.product(of: [dimensions[axis], .fixed(blockSize)]) else {
        throw ShapeError("axis \(axis) of \(x) becomes too long")
      }
      dimensions[axis] = size
    }
    return [TensorType(x.elementType, dimensions)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let units = AxisReference.output(0, axis: 1)
    let block = AxisReference.constant(blockSize * blockSize)
    return [
      .same(.input(0, axis: 0), .output(0, axis: 0)),
      .regrouped([.input(0, axis: 1)], isUnitMajor ? [units, block] : [block, units]),
    ] + (2..<4).flatMap { [.extent(.input(0, axis: $0)), .extent(.output(0, axis: $0))] }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .depthToSpace(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
