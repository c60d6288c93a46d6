extension Network {
  /// The network where sizes that runs would tell are fixed: in its inputs, in the attributes of its
  /// operators, and in what follows for its outputs.
  ///
  /// - Parameter sizes: by the names of the inputs' axes; other names stay open.
  /// - Throws: what ``validate()`` throws of a network that cannot have these sizes.
  package func fixing(_ sizes: [String: Int]) throws(NetworkError) -> Network {
    var network = self
    network.graph.inputs = graph.inputs.map { input in
      ValueDeclaration(
        input.name,
        TensorType(input.type.elementType, input.type.dimensions.map { $0.fixing(sizes) }))
    }
    for index in graph.nodes.indices {
      network.graph.nodes[index].operation = graph.nodes[index].operation.fixing(sizes)
    }
    let types = try network.validate()
    network.graph.outputs = graph.outputs.map { output in
      ValueDeclaration(
        output.name,
        TensorType(
          output.type.elementType, (types[output.name] ?? output.type).dimensions))
    }
    return network
  }
}

extension Dimension {
  fileprivate func fixing(_ sizes: [String: Int]) -> Dimension {
    let factors = symbols.map { name in
      sizes[name].map { Dimension.fixed($0) } ?? .symbolic(name)
    }
    // A product beyond any size stays as it is, and no run can have it.
    return Dimension.product(of: [.fixed(coefficient)] + factors) ?? self
  }
}

extension Operator {
  /// With sizes in the place of names among the attributes.
  func fixing(_ sizes: [String: Int]) -> Operator {
    guard definition.runtimeSizes.contains(where: { !$0.symbols.isEmpty }) else { return self }
    switch self {
    case .expand(var operation):
      operation.target = operation.target.map { $0.fixing(sizes) }
      return .expand(operation)
    case .reshape(var operation):
      operation.target = operation.target.map { $0.fixing(sizes) }
      return .reshape(operation)
    case .tile(var operation):
      operation.repeats = operation.repeats.map { $0.fixing(sizes) }
      return .tile(operation)
    case .range(var operation):
      operation.limit = operation.limit.fixing(sizes)
      return .range(operation)
    case .sizeList(var operation):
      operation.sizes = operation.sizes.map { $0.fixing(sizes) }
      return .sizeList(operation)
    case .slice(var operation):
      for index in operation.cuts.indices {
        operation.cuts[index].count = operation.cuts[index].count.fixing(sizes)
      }
      return .slice(operation)
    case .convolution, .batchNormalization, .layerNormalization, .instanceNormalization,
      .groupNormalization, .rmsNormalization, .dense, .matrixProduct, .einsum, .activation,
      .parametricRelu, .elementwise, .modulo, .combination, .pooling, .reduction, .softmax,
      .dropout, .concatenation, .split, .flatten, .transposition, .identity, .gather,
      .gatherElements, .gatherND, .scatterND, .pad, .cumulativeSum, .triangle, .extremePlace,
      .depthToSpace, .oneHot, .selection, .comparison, .predicate, .cast, .opaque:
      return self
    }
  }
}
