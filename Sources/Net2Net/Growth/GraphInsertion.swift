/// Collects nodes and parameters to be put behind one value of a network, and records their origins.
struct GraphInsertion {
  private(set) var network: Network
  private var nodes: [Node] = []

  init(into network: Network) { self.network = network }

  /// Layers that go in at a site.
  struct Layers {
    let site: String
    /// Counts the insertions at the site.
    let number: Int
    /// What all their names begin with, and what stands for it in the names of the parts.
    var prefix: String
    var part: String

    func origin(of name: String) -> Origin {
      .inserted(
        at: site, number: number, part: part + name.dropFirst(prefix.count + 1))
    }
  }

  /// Adds a node that reads `input`, then the given parameters; returns the value it makes.
  mutating func append(
    _ operation: Operator, named name: String, to input: String,
    parameters: [Parameter] = [], otherInputs: [String] = [], of layers: Layers
  ) -> String {
    let node = Node(
      name: name, operation: operation,
      inputs: [input] + otherInputs + parameters.map(\.name), outputs: ["\(name).out"])
    append(node, from: layers.origin(of: name))
    for parameter in parameters { add(parameter, from: layers.origin(of: parameter.name)) }
    return node.outputs[0]
  }

  mutating func append(_ node: Node, from origin: Origin) {
    nodes.append(node)
    network.record(origin, ofNode: node.name)
  }

  mutating func add(_ parameter: Parameter, from origin: Origin) {
    network.setParameter(parameter)
    network.record(origin, ofParameter: parameter.name)
  }

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
      let count = network.graph.nodes[index].inputs.count
      rewiring(&network.graph.nodes[index])
      let node = network.graph.nodes[index]
      if node.inputs.count != count { network.record(.grown(from: node.name), ofNode: node.name) }
    }
    network.graph.nodes.insert(contentsOf: nodes, at: position + 1)
    try network.validate()
    return network
  }
}
