internal import Net2Net
internal import OrderedCollections

extension Network {
  /// Gives every reader of a shared bias, scale or statistic one of its own.
  ///
  /// Exporters merge parameters with equal values: in a fresh network one tensor of ones is the
  /// scale of every norm of that size, and zeros are everyone's bias. That is no sharing that
  /// anyone meant, and it would tie widths together that have nothing to do with one another. A
  /// vector stays shared between nodes that share their weight too: those are one layer, used
  /// several times.
  mutating func splitSharedVectors() {
    var names = ParameterNames(of: self)
    /// By shared vector and weight (or node): the name it goes by there.
    var copies: [String: [String: String]] = [:]
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      let kinds = node.operation.definition.parameterKinds
      let weight = node.inputs.first { parameters[$0].map { !$0.isVector } ?? false }
      for position in node.inputs.indices {
        guard let kind = kinds[position], let parameter = parameters[node.inputs[position]],
          parameter.isVector, parameter.elementType.isFloatingPoint
        else { continue }
        let owner = weight ?? "node \(index)"
        let known = copies[parameter.name, default: [:]]
        let name =
          known[owner]
          ?? (known.isEmpty ? parameter.name : names.unused("\(node.name).\(kind.rawValue)"))
        copies[parameter.name, default: [:]][owner] = name
        guard name != parameter.name else { continue }
        if parameters[name] == nil {
          setParameter(Parameter(name: name, tensor: parameter.tensor()))
        }
        graph.nodes[index].inputs[position] = name
      }
    }
  }
}

/// Names that are taken.
private struct ParameterNames {
  private var taken: Set<String>

  init(of network: Network) {
    taken = Set(network.parameters.keys).union(network.graph.nodes.flatMap(\.outputs))
      .union(network.graph.inputs.map(\.name))
  }

  mutating func unused(_ base: String) -> String {
    var name = base
    while !taken.insert(name).inserted { name += "_" }
    return name
  }
}

extension Parameter {
  /// One axis longer than 1: a bias, a scale, also one of (C, 1, 1).
  fileprivate var isVector: Bool { shape.sizes.filter { $0 > 1 }.count == 1 }
}
