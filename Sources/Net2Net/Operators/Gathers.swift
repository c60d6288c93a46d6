/// `Gather`: entries of the data's `axis`, picked by number. Data (a…, n, b…) and indices (i…)
/// make (a…, i…, b…); a negative index counts from the end.
///
/// With a parameter as data it is an embedding: the parameter's other axes make the units.
public struct Gather: OperatorDefinition {
  public var axis: Int

  public init(axis: Int = 0) { self.axis = axis }

  public var name: String { "Gather" }
  public var inputCount: ClosedRange<Int> { 2...2 }
  public var parameterKinds: [Int: ParameterKind] { [0: .weight] }
  public var scaling: Scaling { .firstOperand }
  public var linearity: Linearity { .firstOperand }
  public var moved: OperandSelection { .operands([0]) }
  public var zero: OperandCondition { .terms([[0]]) }
  public var nonNegative: OperandCondition { .terms([[0]]) }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] {
    guard let data = inputs[0], let axis = try? Operands.axis(axis, rank: data.rank) else {
      return [:]
    }
    return data.dimensions[axis].size.map { [1: $0] } ?? [:]
  }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let data = try operands.type(0, "data")
    let indices = try operands.indices(1)
    let axis = try Operands.axis(axis, rank: data.rank)
    let dimensions = data.dimensions
    return [
      TensorType(
        data.elementType, dimensions[..<axis] + indices.dimensions + dimensions[(axis + 1)...])
    ]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let data = inputs[0], let indices = inputs[1],
      let picked = countedFromFront(axis, of: data.rank)
    else { return [] }
    var relations: [AxisRelation] = [.pinned(.input(0, axis: picked), reason: pickedByNumber)]
    for axis in 0..<data.rank where axis != picked {
      let output = axis < picked ? axis : axis + indices.rank - 1
      relations.append(.written(.output(0, axis: output), by: .input(0, axis: axis)))
    }
    for axis in 0..<indices.rank {
      relations += pinned(
        .input(1, axis: axis), .output(0, axis: picked + axis), reason: pickedByNumber)
    }
    return relations
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .gather(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `GatherElements`: output[…, i, …] = data[…, indices[…, i, …], …], where the index replaces the
/// position along `axis` alone. The output has the shape of the indices.
public struct GatherElements: OperatorDefinition {
  public var axis: Int

  public init(axis: Int = 0) { self.axis = axis }

  public var name: String { "GatherElements" }
  public var inputCount: ClosedRange<Int> { 2...2 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .firstOperand }
  public var moved: OperandSelection { .operands([0]) }
  public var zero: OperandCondition { .terms([[0]]) }
  public var nonNegative: OperandCondition { .terms([[0]]) }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] {
    guard let data = inputs[0], let axis = try? Operands.axis(axis, rank: data.rank) else {
      return [:]
    }
    return data.dimensions[axis].size.map { [1: $0] } ?? [:]
  }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let data = try operands.type(0, "data")
    let indices = try operands.indices(1)
    let picked = try Operands.axis(axis, rank: data.rank)
    guard indices.rank == data.rank else {
      throw ShapeError("the data is \(data), the indices \(indices); their axes must be as many")
    }
    for axis in 0..<data.rank where axis != picked {
      if let most = data.dimensions[axis].size, let count = indices.dimensions[axis].size,
        count > most
      {
        throw ShapeError("the indices have \(count) entries along axis \(axis), the data \(most)")
      }
    }
    return [TensorType(data.elementType, indices.dimensions)]
  }

  /// Indices that lie beside the units would have to be drawn with them.
  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    (0..<outputs[0].rank).flatMap { axis in
      pinned(
        .input(0, axis: axis), .input(1, axis: axis), .output(0, axis: axis),
        reason: pickedByNumber)
    }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .gatherElements(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `GatherND`: the last axis of the indices holds coordinates. Data (b…, n₁ … n_k, r…) and
/// indices (b…, i…, k) make (b…, i…, r…), with `batchAxes` leading axes b that both share.
public struct GatherND: OperatorDefinition {
  public var batchAxes: Int

  public init(batchAxes: Int = 0) { self.batchAxes = batchAxes }

  public var name: String { "GatherND" }
  public var inputCount: ClosedRange<Int> { 2...2 }
  public var parameterKinds: [Int: ParameterKind] { [0: .weight] }
  public var scaling: Scaling { .firstOperand }
  public var linearity: Linearity { .firstOperand }
  public var moved: OperandSelection { .operands([0]) }
  public var zero: OperandCondition { .terms([[0]]) }
  public var nonNegative: OperandCondition { .terms([[0]]) }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] {
    Operands(inputs).coordinateBound(from: batchAxes).map { [1: $0] } ?? [:]
  }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let data = try operands.type(0, "data")
    let indices = try operands.indices(1)
    guard batchAxes >= 0, batchAxes < min(data.rank, indices.rank) else {
      throw ShapeError("\(batchAxes) batch axes, but the data is \(data), the indices \(indices)")
    }
    let depth = try operands.coordinates(of: indices, into: data.rank - batchAxes)
    try operands.expect(
      Array(indices.dimensions[..<batchAxes]), Array(data.dimensions[..<batchAxes]), "batch axes")
    return [
      TensorType(
        data.elementType,
        indices.dimensions.dropLast() + data.dimensions[(batchAxes + depth)...])
    ]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let data = inputs[0], let indices = inputs[1] else { return [] }
    let places = indices.rank - 1
    let rest = outputs[0].rank - places
    return (0..<data.rank - rest).flatMap { pinned(.input(0, axis: $0), reason: pickedByNumber) }
      + (0..<indices.rank).flatMap { pinned(.input(1, axis: $0), reason: pickedByNumber) }
      + (0..<places).flatMap { pinned(.output(0, axis: $0), reason: pickedByNumber) }
      + (0..<rest).map {
        .written(.output(0, axis: places + $0), by: .input(0, axis: data.rank - rest + $0))
      }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .gatherND(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `ScatterND`: the data with `updates` in the places that the indices name. Data
/// (n₁ … n_k, r…), indices (i…, k), updates (i…, r…); where two indices are equal, either wins.
public struct ScatterND: OperatorDefinition {
  public init() {}

  public var name: String { "ScatterND" }
  public var inputCount: ClosedRange<Int> { 3...3 }
  public var parameterKinds: [Int: ParameterKind] { [:] }
  public var scaling: Scaling { .none }
  public var linearity: Linearity { .allOperands }
  public var moved: OperandSelection { .operands([0, 2]) }
  public var zero: OperandCondition { .terms([[0], [2]]) }
  public var nonNegative: OperandCondition { .terms([[0], [2]]) }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] {
    Operands(inputs).coordinateBound(from: 0).map { [1: $0] } ?? [:]
  }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let data = try operands.type(0, "data")
    let indices = try operands.indices(1)
    let updates = try operands.type(2, "updates")
    let depth = try operands.coordinates(of: indices, into: data.rank)
    try operands.expect(
      updates.dimensions, indices.dimensions.dropLast() + data.dimensions[depth...], "updates")
    guard updates.elementType == data.elementType else {
      throw ShapeError("the data is \(data), the updates \(updates); their types must be one")
    }
    return [data]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let indices = inputs[1], let updates = inputs[2] else { return [] }
    let rank = outputs[0].rank
    let places = indices.rank - 1
    let rest = updates.rank - places
    return elementwiseRelations(rank: rank)
      + (0..<rank - rest).flatMap { pinned(.output(0, axis: $0), reason: pickedByNumber) }
      + (0..<indices.rank).flatMap { pinned(.input(1, axis: $0), reason: pickedByNumber) }
      + (0..<places).flatMap { pinned(.input(2, axis: $0), reason: pickedByNumber) }
      + (0..<rest).map {
        .same(.input(2, axis: places + $0), .output(0, axis: rank - rest + $0))
      }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .scatterND(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

private let pickedByNumber = "its entries are picked by number"

private func pinned(_ axes: AxisReference..., reason: String) -> [AxisRelation] {
  axes.map { .pinned($0, reason: reason) }
}

extension Operands {
  /// An operand that holds indices: int32 or int64.
  fileprivate func indices(_ index: Int) throws(ShapeError) -> TensorType {
    guard let type = self[index] else { throw ShapeError("the indices are missing") }
    guard [.int32, .int64].contains(type.elementType) else {
      throw ShapeError("the indices are \(type); int64 or int32 expected")
    }
    return type
  }

  /// How many coordinates the last axis of `indices` holds, 1 to `rank`.
  fileprivate func coordinates(
    of indices: TensorType, into rank: Int
  ) throws(ShapeError) -> Int {
    guard let depth = indices.dimensions.last?.size, (1...max(rank, 1)).contains(depth),
      depth <= rank
    else {
      throw ShapeError("the indices are \(indices); their last axis must be 1 to \(rank) long")
    }
    return depth
  }

  /// How large the coordinates that the last axis of operand 1 holds may be, exclusive: the
  /// smallest of the axes of operand 0, from `first` on, that they index.
  fileprivate func coordinateBound(from first: Int) -> Int? {
    guard let data = self[0], let depth = self[1]?.dimensions.last?.size,
      (1...max(data.rank - first, 1)).contains(depth), first + depth <= data.rank
    else { return nil }
    let sizes = data.dimensions[first..<first + depth].map(\.size)
    return sizes.contains(nil) ? nil : sizes.compactMap(\.self).min()
  }
}
