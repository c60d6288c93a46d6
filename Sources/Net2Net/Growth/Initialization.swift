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

  /// The same for all parameters that are for something; literals are for nothing.
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
        if kinds[parameter] == nil, parameters[parameter]?.isLiteral == false {
          kinds[parameter] = kind
        }
      }
    }
    return kinds
  }

  /// What each parameter is for, once for each node that reads it, or a function of it alone, for
  /// something: a weight that an exporter transposes in the graph, a temperature behind its
  /// exponential. Literals are for nothing.
  package var parameterKinds: [String: Set<ParameterKind>] {
    var kinds: [String: Set<ParameterKind>] = [:]
    /// Parameters by the values that are functions of these alone.
    var sources: [String: String] = [:]
    for node in graph.nodes {
      func source(_ input: String) -> String? {
        parameters[input] != nil ? input : sources[input]
      }
      for (position, kind) in node.operation.definition.parameterKinds
      where position < node.inputs.count {
        guard let name = source(node.inputs[position]), parameters[name]?.isLiteral == false
        else { continue }
        kinds[name, default: []].insert(kind)
      }
      switch node.operation {
      case .transposition, .identity, .reshape, .flatten, .activation, .cast:
        sources[node.outputs[0]] = source(node.inputs[0])
      default: break
      }
    }
    return kinds
  }
}
