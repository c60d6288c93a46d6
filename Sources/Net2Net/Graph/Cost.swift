internal import OrderedCollections

/// What a network, or a part of it, takes.
public struct Cost: Hashable, Sendable, Codable {
  /// Elements of floating-point parameters.
  public var parameters: Int
  /// Multiplications paired with additions for one example; elementwise work counts none.
  public var multiplyAdds: Int
  public var parameterBytes: Int
}

extension Network {
  /// The cost of the whole network.
  public func cost() throws(NetworkError) -> Cost {
    let types = try ValueTypes(of: self)
    return Cost(
      parameters: parameterCount,
      multiplyAdds: graph.nodes.reduce(0) { $0 + multiplyAdds(of: $1, types) },
      parameterBytes: parameters.values.reduce(0) { $0 + $1.byteCount })
  }

  /// Multiply-adds of one node for one example; 0 where its shapes are not known.
  public func multiplyAdds(of node: Node, _ types: ValueTypes) -> Int {
    let outputs = node.outputs.compactMap { types[$0] }
    guard outputs.count == node.outputs.count else { return 0 }
    return node.operation.definition.multiplyAdds(
      inputs: node.inputs.map { types[$0] }, outputs: outputs, batch: 1)
  }
}
