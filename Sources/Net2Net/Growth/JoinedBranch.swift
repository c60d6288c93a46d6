internal import OrderedCollections

/// B, where a network joins x and B(x): a layer of a dense block (Huang et al. 2017, arXiv
/// 1608.06993), or the inner part of a network whose skip connections join rather than add.
public struct JoinedBranch: Hashable, Sendable {
  /// As for a ``ResidualBlock``.
  public var name: String
  /// x, or the values that x joins.
  var parts: [String]
  /// x.
  var input: String
  /// B's nodes, as indices in the graph's order.
  var body: [Int]
  /// B(x), which nothing but joins reads.
  var output: String
  /// The axis that is joined.
  var axis: Int
}

extension Network {
  /// Every branch that is joined to what it reads, in the order of the graph.
  public func joinedBranches() throws(NetworkError) -> [JoinedBranch] {
    let types = try validate()
    let producers = graph.producers
    let readers = graph.readers
    let borders = Set(graph.outputs.map(\.name))
    let weights = self.weights
    var names = Set(try residualBlocks().map(\.name))
    var found: [Int: JoinedBranch] = [:]
    for join in graph.nodes.indices {
      guard let axis = joinedAxis(of: join, types) else { continue }
      for output in graph.nodes[join].inputs {
        guard let last = producers[output], found[last] == nil, !borders.contains(output),
          (readers[output] ?? []).allSatisfy({ joinedAxis(of: $0, types) == axis }),
          let branch = branch(to: output, joinedBy: join, axis, producers, types, weights)
        else { continue }
        found[last] = branch
      }
    }
    return found.sorted { $0.key < $1.key }.map { last, branch in
      var branch = branch
      if !names.insert(branch.name).inserted { branch.name = graph.nodes[last].name }
      return branch
    }
  }

  /// Counted from the front; nil for a node that joins nothing.
  private func joinedAxis(of index: Int, _ types: ValueTypes) -> Int? {
    guard case .concatenation(let join) = graph.nodes[index].operation,
      let rank = types[graph.nodes[index].outputs[0]]?.rank
    else { return nil }
    return countedFromFront(join.axis, of: rank)
  }

  /// Walks back from `output` to the one value that it comes from and that `join` has too.
  private func branch(
    to output: String, joinedBy join: Int, _ axis: Int, _ producers: [String: Int],
    _ types: ValueTypes, _ weights: Set<String>
  ) -> JoinedBranch? {
    let others = Set(graph.nodes[join].inputs).subtracting([output])
    // x is made no earlier than the first of what it may join.
    let earliest = others.map { producers[$0] ?? -1 }.min() ?? join
    var parts: [String: [String]] = [:]
    var body = Set<Int>()
    var pending = [output]
    while let value = pending.popLast() {
      if value.isEmpty || parameters[value] != nil { continue }
      if value != output, others.contains(value) {
        parts[value] = [value]
        continue
      }
      guard let producer = producers[value], producer >= earliest else { return nil }
      let inputs = graph.nodes[producer].inputs
      if joinedAxis(of: producer, types) == axis, others.isSuperset(of: inputs) {
        parts[value] = inputs
      } else if body.insert(producer).inserted {
        pending += inputs
      }
    }
    let nodes = body.sorted()
    guard parts.count == 1, let (input, joined) = parts.first,
      nodes.contains(where: { !weights.isDisjoint(with: graph.nodes[$0].inputs) })
    else { return nil }
    return JoinedBranch(
      name: blockName(
        of: nodes.map { graph.nodes[$0] }, or: graph.nodes[producers[output] ?? join]),
      parts: joined, input: input, body: nodes, output: output, axis: axis)
  }
}
