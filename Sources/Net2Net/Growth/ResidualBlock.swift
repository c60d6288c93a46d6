internal import OrderedCollections

/// `h + B(h)`, and whatever activation follows: the part of a network that can be repeated.
public struct ResidualBlock: Hashable, Sendable {
  /// The module that the names of its parameters share, such as `layer2.1`, or else the names of
  /// its nodes; where neither do, or another block has that name, the name of the addition.
  public var name: String
  /// h.
  var input: String
  /// B's nodes, as indices in the graph's order.
  var body: [Int]
  /// B(h).
  var bodyOutput: String
  var addition: Int
  /// The activation behind the addition, when repeating it changes nothing.
  var activation: Int?
}

extension Network {
  /// Every residual block with an identity shortcut, in the order of the graph.
  public func residualBlocks() throws(NetworkError) -> [ResidualBlock] {
    let types = try validate()
    let producers = graph.producers
    var blocks: [ResidualBlock] = []
    var names: Set<String> = []
    for (index, node) in graph.nodes.enumerated() {
      guard case .elementwise(let operation) = node.operation, operation.function == .add,
        types[node.inputs[0]] != nil, types[node.inputs[0]] == types[node.inputs[1]]
      else { continue }
      for (input, output) in [(0, 1), (1, 0)] {
        guard parameters[node.inputs[output]] == nil,
          let body = body(from: node.inputs[input], to: node.inputs[output], producers)
        else { continue }
        var block = block(at: index, body: body, input: input, output: output)
        if !names.insert(block.name).inserted { block.name = node.name }
        blocks.append(block)
        break
      }
    }
    return blocks
  }

  private func block(at index: Int, body: [Int], input: Int, output: Int) -> ResidualBlock {
    let node = graph.nodes[index]
    let readers = graph.readers[node.outputs[0]] ?? []
    let activation = readers.count == 1 ? readers.first { isIdempotent($0) } : nil
    let isBorder = graph.outputs.contains { $0.name == node.outputs[0] }
    return ResidualBlock(
      name: blockName(body: body, addition: node), input: node.inputs[input], body: body,
      bodyOutput: node.inputs[output], addition: index, activation: isBorder ? nil : activation)
  }

  private func isIdempotent(_ index: Int) -> Bool {
    guard case .activation(let activation) = graph.nodes[index].operation else { return false }
    return activation.function.isIdempotent
  }

  /// The nodes on the way from `start` to `end`, if `end` depends on nothing else that is
  /// computed.
  private func body(
    from start: String, to end: String, _ producers: [String: Int]
  ) -> [Int]? {
    var body = Set<Int>()
    var pending = [end]
    while let value = pending.popLast() {
      if value == start || value.isEmpty || parameters[value] != nil { continue }
      guard let producer = producers[value] else { return nil }
      if body.insert(producer).inserted { pending += graph.nodes[producer].inputs }
    }
    let readsStart = body.contains { graph.nodes[$0].inputs.contains(start) }
    return readsStart ? body.sorted() : nil
  }

  private func blockName(body: [Int], addition: Node) -> String {
    let nodes = body.map { graph.nodes[$0] }
    let owned = nodes.flatMap(\.inputs).filter { parameters[$0] != nil }
    return Self.commonModule(of: owned, separator: ".")
      ?? Self.commonModule(of: (nodes + [addition]).map(\.name), separator: ".")
      ?? Self.commonModule(of: (nodes + [addition]).map(\.name), separator: "/")
      ?? addition.name
  }

  /// What comes before the last separator in all names.
  private static func commonModule(of names: [String], separator: Character) -> String? {
    let parts = names.map { $0.split(separator: separator, omittingEmptySubsequences: false) }
    guard var prefix = parts.first?.dropLast() else { return nil }
    for name in parts { prefix = zip(prefix, name.dropLast()).prefix { $0 == $1 }.map(\.0)[...] }
    let module = prefix.joined(separator: String(separator))
    return module.isEmpty ? nil : module
  }
}
