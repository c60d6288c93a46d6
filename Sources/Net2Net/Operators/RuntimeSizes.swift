// Sizes that only a run knows, once it knows them: the shape rules with numbers in the place of
// names.

extension Dimension {
  /// With the numbers that `sizes` gives in the place of names.
  func bound(to sizes: [String: Int]) throws(ShapeError) -> Dimension {
    guard !symbols.isEmpty, !sizes.isEmpty else { return self }
    let factors = symbols.map { sizes[$0].map(Dimension.fixed) ?? .symbolic($0) }
    guard let bound = Dimension.product(of: [.fixed(coefficient)] + factors) else {
      throw ShapeError("\(self) is too large")
    }
    return bound
  }
}

extension Operator {
  /// The types of the results where names of sizes among the attributes stand for what `sizes`
  /// gives.
  package func outputTypes(
    of inputs: [TensorType?], sizes: [String: Int]
  ) throws(ShapeError) -> [TensorType] {
    let definition = definition
    guard !sizes.isEmpty else { return try definition.outputTypes(of: inputs) }
    for size in definition.runtimeSizes { _ = try size.bound(to: sizes) }
    if case .reshape(let reshape) = self {
      return try reshape.outputTypes(of: inputs, sizes: sizes)
    }
    return try fixing(sizes).definition.outputTypes(of: inputs)
  }
}

extension Reshape {
  /// With a size in the place of −1 where `output` tells one in terms of `known` names alone: of
  /// an empty tensor, nothing else tells it.
  package func settled(to output: TensorType, knowing known: Set<String>) -> Reshape {
    guard let unknown = target.firstIndex(of: -1), unknown < output.rank else { return self }
    let size = output.dimensions[unknown]
    guard size.coefficient > 0, known.isSuperset(of: size.symbols) else { return self }
    var settled = self
    settled.target[unknown] = size
    return settled
  }
}
