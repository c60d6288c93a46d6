internal import OrderedCollections

/// The values that a parameter has in a new network, from the slot it fills.
enum Initialization: Hashable {
  case constant(Double)
  /// He et al. 2015: standard deviation √(2 / fan-in).
  case normal(standardDeviation: Double)

  /// Nil for a parameter that is a plain operand of whatever reads it.
  init?(of parameter: String, shape: Shape, in network: Network, widths: Widths) {
    guard let kind = network.kind(ofParameter: parameter) else { return nil }
    switch kind {
    case .bias, .runningMean: self = .constant(0)
    case .scale, .runningVariance: self = .constant(1)
    case .weight:
      let fanIn = (0..<shape.rank).reduce(1) { product, axis in
        switch widths.roles[Widths.TensorAxis(tensor: parameter, axis: axis)] {
        case .writer, .carrier: product
        case .reader, nil: product * shape[axis]
        }
      }
      self = .normal(standardDeviation: (2 / Double(max(fanIn, 1))).squareRoot())
    }
  }
}

extension Network {
  /// What a parameter is for: the slot it fills in the first node that gives it one.
  public func kind(ofParameter name: String) -> ParameterKind? {
    for node in graph.nodes {
      let kinds = node.operation.definition.parameterKinds
      for (index, input) in node.inputs.enumerated() where input == name {
        if let kind = kinds[index] { return kind }
      }
    }
    return nil
  }
}
