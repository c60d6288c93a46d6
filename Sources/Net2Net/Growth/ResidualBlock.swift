internal import OrderedCollections

/// `h + B(h)`, and whatever activation follows: the part of a network that can be repeated.
public struct ResidualBlock: Hashable, Sendable {
  /// The module that the names of its parameters share, such as `layer2.1`, or else the names of
  /// its nodes; where neither do, or another block has that name, the name of the addition.
  public var name: String
  /// h.
  var input: String
  /// B's nodes, as indices in the graph's order: what lies on the way from h to B(h), and what
  /// prepares its parameters. Values from elsewhere, such as a mask, are read and not repeated.
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
    let readers = graph.readers
    let weights = self.weights
    var blocks: [ResidualBlock] = []
    var names: Set<String> = []
    for (index, node) in graph.nodes.enumerated() {
      guard case .elementwise(let operation) = node.operation, operation.function == .add,
        let type = types[node.inputs[0]], type == types[node.inputs[1]],
        type.elementType.isFloatingPoint
      else { continue }
      for (input, output) in [(0, 1), (1, 0)] {
        guard parameters[node.inputs[input]] == nil, parameters[node.inputs[output]] == nil,
          let body = body(from: node.inputs[input], to: node.inputs[output], producers, weights)
        else { continue }
        var block = block(at: index, body: body, input: input, output: output, readers)
        if !names.insert(block.name).inserted { block.name = node.name }
        blocks.append(block)
        break
      }
    }
    return blocks
  }

  private func block(
    at index: Int, body: [Int], input: Int, output: Int, _ readers: [String: [Int]]
  ) -> ResidualBlock {
    let node = graph.nodes[index]
    let readers = readers[node.outputs[0]] ?? []
    let activation = readers.count == 1 ? readers.first { isIdempotent($0) } : nil
    let isBorder = graph.outputs.contains { $0.name == node.outputs[0] }
    return ResidualBlock(
      name: blockName(of: body.map { graph.nodes[$0] }, or: node), input: node.inputs[input],
      body: body,
      bodyOutput: node.inputs[output], addition: index, activation: isBorder ? nil : activation)
  }

  private func isIdempotent(_ index: Int) -> Bool {
    guard case .activation(let activation) = graph.nodes[index].operation else { return false }
    return activation.function.isIdempotent
  }

  /// The nodes on the way from `start` to `end`; nil where `end` does not come from `start`, or
  /// comes by arithmetic alone.
  private func body(
    from start: String, to end: String, _ producers: [String: Int], _ weights: Set<String>
  ) -> [Int]? {
    var search = BodySearch(network: self, producers: producers, start: start)
    guard search.origin(of: end) == .start else { return nil }
    let body = search.body
    return body.contains { !weights.isDisjoint(with: graph.nodes[$0].inputs) } ? body.sorted() : nil
  }

  /// What multiplies and sums, also by way of a transposition.
  var weights: Set<String> { Set(kindsOfParameters.filter { $0.value == .weight }.keys) }

  /// The module that `nodes` belong to, or else the name of the `last` one. Layers that were
  /// inserted are called after their sites, and do not count: a block keeps its name.
  func blockName(of nodes: [Node], or last: Node) -> String {
    // Numbers that arithmetic needs have names of their own.
    let owned = nodes.flatMap(\.inputs).filter {
      (parameters[$0]?.elementCount ?? 0) > 1 && !origins.isInserted(parameter: $0)
    }
    let names = (nodes + [last]).map(\.name).filter { !origins.isInserted(node: $0) }
    return Self.commonModule(of: owned, separator: ".")
      ?? Self.commonModule(of: names, separator: ".")
      ?? Self.commonModule(of: names, separator: "/")
      ?? last.name
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

/// Walks back from the end of a block and tells what comes from its start.
private struct BodySearch {
  enum Origin: Comparable {
    /// Parameters alone.
    case parameters
    /// Something that does not depend on the start.
    case elsewhere
    case start
  }

  let network: Network
  let producers: [String: Int]
  let start: String
  /// What is made before the start cannot come from it.
  private let startIndex: Int
  private var origins: [String: Origin] = [:]

  init(network: Network, producers: [String: Int], start: String) {
    self.network = network
    self.producers = producers
    self.start = start
    startIndex = producers[start] ?? -1
  }

  mutating func origin(of end: String) -> Origin {
    // Depth first, on a stack of its own: a network may be deeper than a thread's.
    var pending = [end]
    while let value = pending.last {
      if origins[value] != nil {
        pending.removeLast()
        continue
      }
      let operands = self.operands(of: value)
      let unknown = operands.filter { origins[$0] == nil }
      guard unknown.isEmpty else {
        pending += unknown
        continue
      }
      origins[value] = settled(value, operands)
      pending.removeLast()
    }
    return origins[end] ?? .elsewhere
  }

  private func isLeaf(_ value: String) -> Bool {
    guard value != start, let producer = producers[value] else { return true }
    return producer <= startIndex
  }

  private func operands(of value: String) -> [String] {
    guard !isLeaf(value), let producer = producers[value] else { return [] }
    return network.graph.nodes[producer].inputs.filter { !$0.isEmpty }
  }

  private func settled(_ value: String, _ operands: [String]) -> Origin {
    if value == start { return .start }
    if network.parameters[value] != nil { return .parameters }
    if isLeaf(value) { return .elsewhere }
    return operands.compactMap { origins[$0] }.max() ?? .parameters
  }

  /// Nodes whose results come from the start, or from parameters alone.
  var body: Set<Int> {
    Set(
      origins.compactMap { value, origin in
        guard value != start, origin != .elsewhere else { return nil }
        return isLeaf(value) ? nil : producers[value]
      })
  }
}
