internal import Net2Net

extension Network {
  /// The graph input that is added to a value being probed.
  static func probe(of value: String) -> String { "probe of \(value)" }

  /// The network with a further input for each of some values, added to it: where the input is
  /// zero, its gradient is the value's own.
  func probed(at values: [String]) throws(NetworkError) -> Network {
    guard !values.isEmpty else { return self }
    let types = try ValueTypes(of: self)
    var network = self
    for value in values {
      guard let type = types[value],
        let index = network.graph.nodes.firstIndex(where: { $0.outputs.contains(value) }),
        let output = network.graph.nodes[index].outputs.firstIndex(of: value)
      else { throw .undefinedOutput(value) }
      let bare = "\(value), not probed"
      network.graph.nodes[index].outputs[output] = bare
      network.graph.inputs.append(ValueDeclaration(Self.probe(of: value), type))
      network.graph.nodes.insert(
        Node(
          name: "\(value), probed", operation: .elementwise(Elementwise(.add)),
          inputs: [bare, Self.probe(of: value)], outputs: [value]), at: index + 1)
    }
    return network
  }
}
