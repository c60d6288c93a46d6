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
  public var linearity: Linearity { .allOperands }
  public var moved: OperandSelection { .all }
  public var zero: OperandCondition { .all }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { target }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    guard target.allSatisfy({ $0.coefficient >= 0 }) else {
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

/// `Tile`: the whole of an axis, again and again.
public struct Tile: OperatorDefinition {
  /// How often, for every axis.
  public var repeats: [Dimension]

  public init(repeats: [Dimension]) { self.repeats = repeats }

  public var name: String { "Tile" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .allOperands }
  public var linearity: Linearity { .allOperands }
  public var moved: OperandSelection { .all }
  public var zero: OperandCondition { .all }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { repeats }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    guard repeats.count == x.rank, repeats.allSatisfy({ $0.coefficient >= 0 }) else {
      throw ShapeError("repeats of \(repeats.asShape) do not suit \(x)")
    }
    var dimensions: [Dimension] = []
    for (count, size) in zip(repeats, x.dimensions) {
      // Of a size of 0, too, repeats have a bound.
      guard count.coefficient <= Int(Int32.max),
        let product = Dimension.product(of: [count, size])
      else {
        throw ShapeError("\(count) times \(size) is too long")
      }
      dimensions.append(product)
    }
    return [TensorType(x.elementType, dimensions)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    repeats.indices.flatMap { axis -> [AxisRelation] in
      let input = AxisReference.input(0, axis: axis)
      let output = AxisReference.output(0, axis: axis)
      guard let count = repeats[axis].size, count > 0 else {
        let reason = "repeated \(repeats[axis]) times"
        return [.pinned(input, reason: reason), .pinned(output, reason: reason)]
      }
      return count == 1
        ? [.same(input, output)] : [.regrouped([.constant(count), input], [output])]
    }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .tile(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `Range` from 0 in steps of 1: 0 ..< limit, int64.
public struct CountingRange: OperatorDefinition {
  public var limit: Dimension

  public init(limit: Dimension) { self.limit = limit }

  public var name: String { "Range" }
  public var inputCount: ClosedRange<Int> { 0...0 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .never }
  public var nonNegative: OperandCondition { .always }
  public var runtimeSizes: [Dimension] { [limit] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    guard limit.coefficient >= 0 else { throw ShapeError("0 ..< \(limit) is no range") }
    return [TensorType(.int64, [limit])]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    [.pinned(.output(0, axis: 0), reason: "its entries are numbers in order")]
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .range(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
