/// `Flatten`: axes before `axis` become one, and so do the others.
public struct Flatten: OperatorDefinition {
  public var axis: Int

  public init(axis: Int = 1) { self.axis = axis }

  public var name: String { "Flatten" }
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
    guard let cut = cut(rank: x.rank) else {
      throw ShapeError("axis \(axis) of a tensor with \(x.rank) axes")
    }
    return [
      TensorType(
        x.elementType,
        [try merged(x.dimensions[..<cut]), try merged(x.dimensions[cut...])])
    ]
  }

  /// How many axes come first: all of them where the axis is the one after the last.
  package func cut(rank: Int) -> Int? {
    axis == rank ? rank : countedFromFront(axis, of: rank)
  }

  private func merged(_ dimensions: ArraySlice<Dimension>) throws(ShapeError) -> Dimension {
    guard let product = Dimension.product(of: dimensions) else {
      throw ShapeError("the flattened axis is too long")
    }
    return product
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let x = inputs[0], let cut = cut(rank: x.rank) else { return [] }
    return [
      .regrouped((0..<cut).map { .input(0, axis: $0) }, [.output(0, axis: 0)]),
      .regrouped((cut..<x.rank).map { .input(0, axis: $0) }, [.output(0, axis: 1)]),
    ]
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .flatten(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `Reshape` to a target known in advance: sizes, which may be those of a graph input's axes, 0 for
/// “as in the input”, one −1 for the rest.
public struct Reshape: OperatorDefinition {
  public var target: [Dimension]

  public init(target: [Dimension]) { self.target = target }

  public init(target: [Int]) { self.init(target: target.map(Dimension.fixed)) }

  public var name: String { "Reshape" }
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
    try outputTypes(of: inputs, sizes: [:])
  }

  /// - Parameter sizes: what names in the target stand for. A size of 0 among them is that size,
  ///   not “as in the input”.
  func outputTypes(
    of inputs: [TensorType?], sizes: [String: Int]
  ) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    guard target.allSatisfy({ $0.coefficient >= -1 }), target.filter({ $0 == -1 }).count <= 1 else {
      throw ShapeError("the target \(target) has more than one unknown size")
    }
    var dimensions: [Dimension] = []
    for (axis, size) in target.enumerated() {
      guard size == 0 else {
        dimensions.append(try size.bound(to: sizes))
        continue
      }
      guard axis < x.rank else { throw ShapeError("target axis \(axis) copies a missing axis") }
      dimensions.append(x.dimensions[axis])
    }
    var known = dimensions
    let unknown = target.firstIndex(of: -1)
    if let unknown { known.remove(at: unknown) }
    guard let total = Dimension.product(of: x.dimensions),
      let given = Dimension.product(of: known)
    else { throw ShapeError("the target \(target) is too large") }
    if let unknown {
      dimensions[unknown] =
        given == 0
        ? try rest(ofEmpty: x.dimensions, over: known) : try rest(of: total, over: given)
    } else if total != given, !total.isDerived, !given.isDerived {
      throw ShapeError("\(x) cannot be read as \(target)")
    }
    return [TensorType(x.elementType, dimensions)]
  }

  private func rest(of total: Dimension, over given: Dimension) throws(ShapeError) -> Dimension {
    if let rest = total.quotient(by: given) { return rest }
    // What a run must tell of an expression is taken on trust.
    guard given != 0, total.isDerived || given.isDerived else {
      throw ShapeError("\(total) elements do not fit \(target)")
    }
    return .named("(\(total)/\(given))")
  }

  /// Nothing divided by nothing is any size: the axes that both have alike are left out first, such
  /// as that of a batch without examples.
  private func rest(
    ofEmpty dimensions: [Dimension], over known: [Dimension]
  ) throws(ShapeError) -> Dimension {
    var rest = dimensions
    var divisors: [Dimension] = []
    for size in known {
      if let index = rest.firstIndex(of: size) {
        rest.remove(at: index)
      } else {
        divisors.append(size)
      }
    }
    guard let total = Dimension.product(of: rest), let given = Dimension.product(of: divisors),
      let quotient = total.quotient(by: given)
    else {
      throw ShapeError(
        "\(dimensions.asShape) has no elements, which do not tell the -1 of \(target)")
    }
    return quotient
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let x = inputs[0] else { return [] }
    return Self.relations(from: x.dimensions, to: outputs[0].dimensions)
  }

  /// Cuts both shapes into the shortest runs with equal products: each run is read as the other.
  private static func relations(
    from input: [Dimension], to output: [Dimension]
  ) -> [AxisRelation] {
    var relations: [AxisRelation] = []
    var (from, to) = (0..<0, 0..<0)
    while from.upperBound < input.count || to.upperBound < output.count {
      from = from.upperBound..<min(from.upperBound + 1, input.count)
      to = to.upperBound..<min(to.upperBound + 1, output.count)
      while let read = Dimension.product(of: input[from]),
        let made = Dimension.product(of: output[to]), read != made
      {
        // The run that lacks a factor of the other's takes the next axis in.
        let inputIsShorter =
          made.quotient(by: read) != nil
          || read.quotient(by: made) == nil && read.coefficient < made.coefficient
        if from.upperBound < input.count, inputIsShorter || to.upperBound == output.count {
          from = from.lowerBound..<from.upperBound + 1
        } else if to.upperBound < output.count {
          to = to.lowerBound..<to.upperBound + 1
        } else {
          break
        }
      }
      relations.append(
        .regrouped(from.map { .input(0, axis: $0) }, to.map { .output(0, axis: $0) }))
    }
    return relations
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    var copy = self
    copy.target = target.indices.map { axis in
      // Of a size such as 4·N, the 4 may grow.
      guard target[axis].coefficient > 0, !target[axis].isSymbol else { return target[axis] }
      return target[axis].scaled(to: newSize(.output(0, axis: axis)))
    }
    return .reshape(copy)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

/// `Transpose`: output axis k is input axis `permutation[k]`.
public struct Transposition: OperatorDefinition {
  public var permutation: [Int]

  public init(permutation: [Int]) { self.permutation = permutation }

  public var name: String { "Transpose" }
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
    guard permutation.sorted() == Array(0..<x.rank) else {
      throw ShapeError("\(permutation) is not a permutation of \(x.rank) axes")
    }
    return [TensorType(x.elementType, permutation.map { x.dimensions[$0] })]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    permutation.indices.map { .same(.input(0, axis: permutation[$0]), .output(0, axis: $0)) }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .transposition(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
