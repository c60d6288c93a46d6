/// Collects nodes and parameters to be put behind one value of a network.
struct GraphInsertion {
  private(set) var network: Network
  private var nodes: [Node] = []

  init(into network: Network) { self.network = network }

  /// Adds a node that reads `input`, then the given parameters; returns the value it makes.
  mutating func append(
    _ operation: Operator, named name: String, to input: String,
    parameters: [Parameter] = [], otherInputs: [String] = []
  ) -> String {
    let node = Node(
      name: name, operation: operation,
      inputs: [input] + otherInputs + parameters.map(\.name), outputs: ["\(name).out"])
    nodes.append(node)
    for parameter in parameters { network.setParameter(parameter) }
    return node.outputs[0]
  }

  mutating func append(_ node: Node) { nodes.append(node) }

  mutating func add(_ parameter: Parameter) { network.setParameter(parameter) }

  /// Puts the collected nodes behind the node that makes `value`, and lets everything that read
  /// `value` read `replacement` instead.
  func finished(behind value: String, replacedBy replacement: String) throws(NetworkError)
    -> Network
  {
    try finished(behind: value) { node in
      for input in node.renamableInputs where node.inputs[input] == value {
        node.inputs[input] = replacement
      }
    }
  }

  /// Puts the collected nodes behind the node that makes `value`, and lets everything that reads
  /// `value`, all of which are joins, read `addition` next to it.
  func finished(behind value: String, joining addition: String) throws(NetworkError) -> Network {
    try finished(behind: value) { node in
      node.inputs = node.inputs.flatMap { $0 == value ? [value, addition] : [$0] }
    }
  }

  private func finished(
    behind value: String, rewiring: (inout Node) -> Void
  ) throws(NetworkError) -> Network {
    var network = network
    guard let position = network.graph.producers[value] else {
      throw .undefinedOutput(value)
    }
    for index in network.graph.nodes.indices where index > position {
      rewiring(&network.graph.nodes[index])
    }
    network.graph.nodes.insert(contentsOf: nodes, at: position + 1)
    try network.validate()
    return network
  }
}
