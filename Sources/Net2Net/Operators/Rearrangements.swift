/// `Flatten`: axes before `axis` become one, and so do the others.
public struct Flatten: OperatorDefinition {
  public var axis: Int

  public init(axis: Int = 1) { self.axis = axis }

  public var name: String { "Flatten" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    let cut = axis < 0 ? axis + x.rank : axis
    guard (0...x.rank).contains(cut) else {
      throw ShapeError("axis \(axis) of a tensor with \(x.rank) axes")
    }
    return [
      TensorType(
        x.elementType,
        [try merged(x.dimensions[..<cut]), try merged(x.dimensions[cut...])])
    ]
  }

  private func merged(_ dimensions: ArraySlice<Dimension>) throws(ShapeError) -> Dimension {
    let symbols = dimensions.filter { $0.size == nil }
    guard let product = Shape(dimensions.compactMap(\.size)).checkedElementCount else {
      throw ShapeError("the flattened axis is too long")
    }
    if symbols.isEmpty { return .fixed(product) }
    if symbols.count == 1, product == 1 { return symbols[0] }
    return .symbolic((symbols.map(\.description) + ["\(product)"]).joined(separator: "*"))
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let x = inputs[0] else { return [] }
    let cut = axis < 0 ? axis + x.rank : axis
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

/// `Reshape` to a target known in advance: sizes, 0 for “as in the input”, one −1 for the rest.
public struct Reshape: OperatorDefinition {
  public var target: [Int]

  public init(target: [Int]) { self.target = target }

  public var name: String { "Reshape" }
  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try Operands(inputs).type(0, "input")
    guard target.allSatisfy({ $0 >= -1 }), target.filter({ $0 == -1 }).count <= 1 else {
      throw ShapeError("the target \(target) has more than one unknown size")
    }
    var dimensions: [Dimension] = []
    for (axis, size) in target.enumerated() {
      guard size == 0 else {
        dimensions.append(.fixed(size))
        continue
      }
      guard axis < x.rank else { throw ShapeError("target axis \(axis) copies a missing axis") }
      dimensions.append(x.dimensions[axis])
    }
    var known = dimensions
    if let unknown = target.firstIndex(of: -1) {
      known.remove(at: unknown)
      dimensions[unknown] = try quotient(x.dimensions, known)
    }
    let (read, made) = (Self.product(x.dimensions), Self.product(dimensions))
    guard read.isEmpty || made.isEmpty || read == made else {
      throw ShapeError("\(x) cannot be read as \(target)")
    }
    return [TensorType(x.elementType, dimensions)]
  }

  private func quotient(
    _ whole: [Dimension], _ part: [Dimension]
  ) throws(ShapeError) -> Dimension {
    var symbols = whole.filter { $0.size == nil }
    for symbol in part where symbol.size == nil {
      guard let index = symbols.firstIndex(of: symbol) else {
        throw ShapeError("the target \(target) needs the size of \(symbol)")
      }
      symbols.remove(at: index)
    }
    guard let total = Shape(whole.compactMap(\.size)).checkedElementCount,
      let known = Shape(part.compactMap(\.size)).checkedElementCount, known > 0
    else { throw ShapeError("the target \(target) does not fit") }
    guard let symbol = symbols.first else {
      guard total % known == 0 else { throw ShapeError("\(total) elements do not fit \(target)") }
      return .fixed(total / known)
    }
    guard symbols.count == 1, total == known else {
      return .symbolic("\(symbols.map(\.description).joined(separator: "*"))*\(total)/\(known)")
    }
    return symbol
  }

  /// Symbols sorted, and the product of the sizes; empty where there is a symbolic quotient,
  /// which is taken on trust.
  private static func product(_ dimensions: [Dimension]) -> [String] {
    let symbols = dimensions.filter { $0.size == nil }.map(\.description)
    if symbols.contains(where: { $0.contains("/") || $0.contains("*") }) { return [] }
    let count = Shape(dimensions.compactMap(\.size)).checkedElementCount
    return symbols.sorted() + [count.map(String.init) ?? "?"]
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
      while product(Array(input[from])) != product(Array(output[to])) {
        let inputIsShorter = size(input[from]) < size(output[to])
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

  /// The product of the known sizes.
  private static func size(_ dimensions: ArraySlice<Dimension>) -> Int {
    dimensions.compactMap(\.size).reduce(1, *)
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    var copy = self
    copy.target = target.indices.map { axis in
      target[axis] <= 0 ? target[axis] : newSize(.output(0, axis: axis))
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
