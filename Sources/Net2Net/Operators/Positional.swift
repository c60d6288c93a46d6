// Operators in which the place of an entry matters.

/// `CumSum`: along `axis`, the sum of all entries up to each.
public struct CumulativeSum: OperatorDefinition {
  public var axis: Int
  /// Leaves out the entry itself.
  public var isExclusive: Bool
  /// Sums from the end.
  public var isReversed: Bool

  public init(axis: Int, isExclusive: Bool = false, isReversed: Bool = false) {
    self.axis = axis
    self.isExclusive = isExclusive
    self.isReversed = isReversed
  }

  public var name: String { "CumSum" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .allOperands }
  public var linearity: Linearity { .allOperands }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .all }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    _ = try Operands.axis(axis, rank: x.rank)
    return [x]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let rank = outputs[0].rank
    guard let summed = countedFromFront(axis, of: rank) else { return [] }
    return elementwiseRelations(rank: rank) + [
      .pinned(.output(0, axis: summed), reason: "each entry sums those before it")
    ]
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .cumulativeSum(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `Trilu`: what lies on and above, or on and below, a diagonal of the last two axes; 0 elsewhere.
public struct Triangle: OperatorDefinition {
  public var isUpper: Bool
  /// How far the diagonal lies above the main one.
  public var diagonal: Int

  public init(isUpper: Bool = true, diagonal: Int = 0) {
    self.isUpper = isUpper
    self.diagonal = diagonal
  }

  public var name: String { "Trilu" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .allOperands }
  public var linearity: Linearity { .allOperands }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .all }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    guard x.rank >= 2 else { throw ShapeError("\(x) must have two or more axes") }
    return [x]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let rank = outputs[0].rank
    let reason = "which entries are kept depends on their places"
    return elementwiseRelations(rank: rank) + [
      .pinned(.output(0, axis: rank - 2), reason: reason),
      .pinned(.output(0, axis: rank - 1), reason: reason),
    ]
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .triangle(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `ArgMax`, `ArgMin`: the place of the largest or smallest entry along an axis, int64.
public struct ExtremePlace: OperatorDefinition {
  public enum Function: String, Hashable, Sendable, CaseIterable {
    case largest = "ArgMax"
    case smallest = "ArgMin"
  }

  public var function: Function
  public var axis: Int
  public var keepsAxis: Bool
  /// The last of equal entries rather than the first.
  public var prefersLast: Bool

  public init(
    _ function: Function, axis: Int = 0, keepsAxis: Bool = true, prefersLast: Bool = false
  ) {
    self.function = function
    self.axis = axis
    self.keepsAxis = keepsAxis
    self.prefersLast = prefersLast
  }

  public var name: String { function.rawValue }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .never }
  public var nonNegative: OperandCondition { .always }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    let axis = try Operands.axis(axis, rank: x.rank)
    guard x.dimensions[axis] != 0 else { throw ShapeError("axis \(axis) of \(x) is empty") }
    var dimensions = x.dimensions
    if keepsAxis { dimensions[axis] = 1 } else { dimensions.remove(at: axis) }
    return [TensorType(.int64, dimensions)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let x = inputs[0], let searched = countedFromFront(axis, of: x.rank) else { return [] }
    return (0..<x.rank).flatMap { axis -> [AxisRelation] in
      if axis == searched {
        return [.pinned(.input(0, axis: axis), reason: "the places of its entries are told")]
          + (keepsAxis ? [.extent(.output(0, axis: axis))] : [])
      }
      let output = axis > searched && !keepsAxis ? axis - 1 : axis
      return [.same(.input(0, axis: axis), .output(0, axis: output))]
    }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .extremePlace(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `OneHot`: a new axis with `on` in the place that each index names and `off` in the others.
/// Indices below zero count from the end; those out of range name no place.
public struct OneHot: OperatorDefinition {
  /// Where the new axis stands in the output.
  public var axis: Int
  public var depth: Int
  public var elementType: ElementType
  public var off: Double
  public var on: Double

  public init(
    axis: Int = -1, depth: Int, elementType: ElementType = .float32, off: Double = 0,
    on: Double = 1
  ) {
    self.axis = axis
    self.depth = depth
    self.elementType = elementType
    self.off = off
    self.on = on
  }

  public var name: String { "OneHot" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .never }
  public var nonNegative: OperandCondition { off >= 0 && on >= 0 ? .always : .never }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [0: depth] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let indices = try Operands(inputs).type(0, "input")
    let axis = try Operands.axis(axis, rank: indices.rank + 1)
    guard depth > 0 else { throw ShapeError("a depth of \(depth)") }
    var dimensions = indices.dimensions
    dimensions.insert(.fixed(depth), at: axis)
    return [TensorType(elementType, dimensions)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let rank = outputs[0].rank
    guard let made = countedFromFront(axis, of: rank) else { return [] }
    return (0..<rank).map { axis in
      axis == made
        ? .pinned(.output(0, axis: axis), reason: "its entries are picked by number")
        : .same(.input(0, axis: axis < made ? axis : axis - 1), .output(0, axis: axis))
    }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .oneHot(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
