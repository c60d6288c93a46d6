internal import OrderedCollections

/// The values that a parameter has in a new network, from the slot it fills.
enum Initialization: Hashable {
  case constant(Double)
  /// He et al. 2015: standard deviation √(2 / fan-in).
  case normal(standardDeviation: Double)

  /// Nil for a parameter that is a plain operand of whatever reads it.
  init?(of parameter: String, _ kind: ParameterKind?, shape: Shape, widths: Widths) {
    guard let kind else { return nil }
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
  public func kind(ofParameter name: String) -> ParameterKind? { kindsOfParameters[name] }

  /// The same for all parameters that are for something.
  var kindsOfParameters: [String: ParameterKind] {
    var kinds: [String: ParameterKind] = [:]
    /// Parameters by the values that are these, with their axes in another order.
    var reordered: [String: String] = [:]
    for node in graph.nodes {
      switch node.operation {
      case .transposition, .identity:
        let input = node.inputs[0]
        reordered[node.outputs[0]] = parameters[input] != nil ? input : reordered[input]
      default:
        break
      }
      for (index, kind) in node.operation.definition.parameterKinds where index < node.inputs.count
      {
        let input = node.inputs[index]
        guard let parameter = parameters[input] != nil ? input : reordered[input] else { continue }
        if kinds[parameter] == nil { kinds[parameter] = kind }
      }
    }
    return kinds
  }
}
