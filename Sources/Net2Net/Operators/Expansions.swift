/// `Expand`: copies along axes of size 1, as broadcasting makes them, to a shape that may name
/// sizes known only at run time.
public struct Expand: OperatorDefinition {
  /// Aligned with the input's axes at the last; 1 leaves an axis as it is.
  public var target: [Dimension]

  public init(target: [Dimension]) { self.target = target }

  public var name: String { "Expand" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .allOperands }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    guard target.allSatisfy({ ($0.size ?? 0) >= 0 }) else {
      throw ShapeError("the target \(target.asShape) has a negative size")
    }
    return [TensorType(x.elementType, try Broadcast(x.dimensions, target).output)]
  }

  /// Copies along a stretched axis are all alike, so any number of them will do.
  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let x = inputs[0] else { return [] }
    let output = outputs[0].dimensions
    let added = output.count - x.rank
    return Broadcast.relations(of: [x.dimensions], into: output)
      + output.indices.compactMap { axis in
        guard axis < added || x.dimensions[axis - added] != output[axis],
          let size = output[axis].size
        else { return nil }
        return .same(.output(0, axis: axis), .local("copies, axis \(axis)", size: size))
      }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    let added = outputs[0].rank - target.count
    return .expand(
      Expand(
        target: target.indices.map { axis in
          guard let size = target[axis].size, size != 1 else { return target[axis] }
          return .fixed(newSize(.output(0, axis: axis + added)))
        }))
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
