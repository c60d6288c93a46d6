/// `Concat`: the inputs end to end along `axis`.
public struct Concatenation: OperatorDefinition {
  public var axis: Int

  public init(axis: Int) { self.axis = axis }

  public var name: String { "Concat" }
  public var inputCount: ClosedRange<Int> { 1...Int.max }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .allOperands }
  public var linearity: Linearity { .allOperands }
  public var moved: OperandSelection { .all }
  public var zero: OperandCondition { .all }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let first = try operands.type(0, "first input")
    let axis = try Operands.axis(axis, rank: first.rank)
    var total = 0
    for index in inputs.indices {
      let type = try operands.type(index, "input \(index)")
      var expected = first.dimensions
      guard type.rank == first.rank, let size = type.dimensions[axis].size else {
        throw ShapeError("input \(index) is \(type), the first \(first)")
      }
      expected[axis] = type.dimensions[axis]
      try operands.expect(type.dimensions, expected, "input \(index)")
      let (sum, overflow) = total.addingReportingOverflow(size)
      guard !overflow else { throw ShapeError("the joined axis is too long") }
      total = sum
    }
    var dimensions = first.dimensions
    dimensions[axis] = .fixed(total)
    return [TensorType(first.elementType, dimensions)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let rank = outputs[0].rank
    guard let joined = countedFromFront(axis, of: rank) else { return [] }
    var relations: [AxisRelation] = [
      .concatenated(
        inputs.indices.map { .input($0, axis: joined) }, whole: .output(0, axis: joined))
    ]
    for input in inputs.indices {
      for axis in 0..<rank where axis != joined {
        relations.append(.same(.input(input, axis: axis), .output(0, axis: axis)))
      }
    }
    return relations
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .concatenation(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `Split`: cuts `axis` into pieces of the given sizes.
public struct Split: OperatorDefinition {
  public var axis: Int
  public var sizes: [Int]

  public init(axis: Int, sizes: [Int]) {
    self.axis = axis
    self.sizes = sizes
  }

  public var name: String { "Split" }
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
    let axis = try Operands.axis(axis, rank: x.rank)
    guard sizes.allSatisfy({ $0 >= 0 }), let total = Shape(sizes).checkedSum,
      x.dimensions[axis] == .fixed(total)
    else { throw ShapeError("pieces of \(sizes) do not make up \(x.dimensions[axis])") }
    return sizes.map { size in
      var dimensions = x.dimensions
      dimensions[axis] = .fixed(size)
      return TensorType(x.elementType, dimensions)
    }
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let rank = outputs[0].rank
    guard let cut = countedFromFront(axis, of: rank) else { return [] }
    var relations: [AxisRelation] = [
      .concatenated(
        outputs.indices.map { .output($0, axis: cut) }, whole: .input(0, axis: cut))
    ]
    for output in outputs.indices {
      for axis in 0..<rank where axis != cut {
        relations.append(.same(.input(0, axis: axis), .output(output, axis: axis)))
      }
    }
    return relations
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    guard let cut = countedFromFront(axis, of: outputs[0].rank) else { return .split(self) }
    var copy = self
    copy.sizes = sizes.indices.map { newSize(.output($0, axis: cut)) }
    return .split(copy)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

extension Shape {
  /// The sum of the sizes, or nil on overflow.
  fileprivate var checkedSum: Int? {
    var sum = 0
    for size in sizes {
      let (next, overflow) = sum.addingReportingOverflow(size)
      guard !overflow else { return nil }
      sum = next
    }
    return sum
  }
}
