/// `Einsum`: products of one or more operands, summed over the axes that the result leaves out.
public struct Einsum: OperatorDefinition {
  public var equation: EinsumEquation

  public init(_ equation: EinsumEquation) { self.equation = equation }

  public init(_ equation: String) throws(ShapeError) {
    self.init(try EinsumEquation(equation))
  }

  public var name: String { "Einsum" }
  public var inputCount: ClosedRange<Int> {
    equation.operands.count...equation.operands.count
  }
  public var parameterKinds: [Int: ParameterKind] {
    Dictionary(uniqueKeysWithValues: equation.operands.indices.map { ($0, .weight) })
  }

  public var scaling: Scaling { .eachOperand }
  public var linearity: Linearity { .eachOperand }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .any }
  public var nonNegative: OperandCondition { .all }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    var sizes: [Character: Dimension] = [:]
    var further: [Dimension] = []
    for (index, term) in equation.operands.enumerated() {
      let type = try operands.type(index, "operand \(index)")
      guard let places = term.places(rank: type.rank) else {
        throw ShapeError("operand \(index) is \(type), but the equation has \"\(term)\" for it")
      }
      further = try Broadcast(further, type.dimensions[places.ellipsis]).output
      for (letter, axis) in places.letters {
        let size = type.dimensions[axis]
        guard sizes[letter, default: size] == size else {
          throw ShapeError("axis \(letter) is \(sizes[letter, default: size]) and \(size)")
        }
        sizes[letter] = size
      }
    }
    guard further.isEmpty || equation.result.ellipsis != nil else {
      throw ShapeError("sums over ... in \"\(equation)\" are not supported")
    }
    var result = equation.result.letters.compactMap { sizes[$0] }
    result.insert(contentsOf: further, at: equation.result.ellipsis ?? 0)
    return [TensorType(try operands.type(0, "operand 0").elementType, result)]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    let places = places(in: inputs)
    guard let result = equation.result.places(rank: outputs[0].rank) else { return [] }
    var relations = ellipsisRelations(inputs, outputs[0], result.ellipsis)
    for letter in Set(equation.operands.flatMap(\.letters)).sorted() {
      let axes = places.indices.compactMap { index in
        places[index].letters[letter].map { AxisReference.input(index, axis: $0) }
      }
      let target = result.letters[letter].map { AxisReference.output(0, axis: $0) }
      relations += Self.relations(of: axes, to: target)
    }
    return relations
  }

  private func places(
    in inputs: [TensorType?]
  ) -> [(letters: [Character: Int], ellipsis: Range<Int>)] {
    zip(equation.operands, inputs).map { term, type in
      term.places(rank: type?.rank ?? 0) ?? ([:], 0..<0)
    }
  }

  /// What becomes of one letter, which stands for `axes` of the operands.
  private static func relations(
    of axes: [AxisReference], to result: AxisReference?
  ) -> [AxisRelation] {
    switch (result, axes.count) {
    case (let result?, 1): [.written(result, by: axes[0])]
    case (let result?, _): axes.map { .same($0, result) }
    case (nil, 2): [.summed(axes[0], by: axes[1])]
    case (nil, _):
      axes.map { .pinned($0, reason: "summed over, and no one weight shares it out") }
    }
  }

  private func ellipsisRelations(
    _ inputs: [TensorType?], _ output: TensorType, _ target: Range<Int>
  ) -> [AxisRelation] {
    zip(inputs.indices, places(in: inputs)).flatMap { index, places in
      places.ellipsis.map { axis -> AxisRelation in
        // Aligned at the last of them.
        let outputAxis = target.upperBound - (places.ellipsis.upperBound - axis)
        let reference = AxisReference.input(index, axis: axis)
        guard inputs[index]?.dimensions[axis] == output.dimensions[outputAxis] else {
          return .pinned(reference, reason: "stretched to \(output.dimensions[outputAxis])")
        }
        return .same(reference, .output(0, axis: outputAxis))
      }
    }
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .einsum(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int {
    guard inputs.count > 1 else { return 0 }
    var sizes: [Character: Int] = [:]
    for (input, places) in zip(inputs, places(in: inputs)) {
      let shape = input?.shape(batch: batch)
      for (letter, axis) in places.letters { sizes[letter] = shape?[axis] }
    }
    let summed = sizes.filter { !equation.result.letters.contains($0.key) }
    return outputs[0].shape(batch: batch).saturatedCount(times: summed.values.sorted())
  }
}
