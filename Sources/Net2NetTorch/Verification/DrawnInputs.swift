public import Net2Net

extension Verification {
  /// One example set for a network, repeatable from the seed: close to normal; integers from
  /// those that can be looked up where they are indices (token numbers), else 0 or 1.
  public func drawnInputs(for network: Network) -> [String: Tensor] {
    let bounds = IndexBounds(of: network)
    let sizes = symbolSizes(in: network)
    var inputs: [String: Tensor] = [:]
    for input in network.graph.inputs {
      let draw = Draw(seed: seed).derived(for: input.name)
      let isReal = input.type.elementType.isFloatingPoint
      let bound = bounds[input.name] ?? 2
      inputs[input.name] = Tensor(
        elementType: isReal ? .float64 : input.type.elementType,
        shape: Shape(input.type.dimensions.map { $0.size { sizes[$0] ?? batchSize } })
      ) { isReal ? draw.normal($0) : Double(draw.integer($0, below: bound)) }
    }
    return inputs
  }

  /// What each name stands for: the batch for those of first axes, and one more for every axis
  /// further in, so that a length mistaken for the batch shows.
  private func symbolSizes(in network: Network) -> [String: Int] {
    var sizes: [String: Int] = [:]
    for input in network.graph.inputs {
      for case (let axis, .symbolic(let name)) in input.type.dimensions.enumerated()
      where sizes[name] == nil {
        sizes[name] = batchSize + axis
      }
    }
    return sizes
  }
}

/// How large the integers of a graph input may be: less than the size of every axis whose
/// entries they pick.
private struct IndexBounds {
  private var bounds: [String: Int] = [:]

  subscript(input: String) -> Int? { bounds[input] }

  init(of network: Network) {
    guard let types = try? network.validate() else { return }
    /// Graph inputs whose elements a value consists of.
    var sources = Dictionary(
      uniqueKeysWithValues: network.graph.inputs.map { ($0.name, Set([$0.name])) })
    for node in network.graph.nodes {
      let definition = node.operation.definition
      for (operand, bound) in definition.indexBounds(inputs: node.inputs.map { types[$0] }) {
        guard operand < node.inputs.count else { continue }
        for input in sources[node.inputs[operand]] ?? [] {
          bounds[input] = max(min(bounds[input] ?? bound, bound), 1)
        }
      }
      let moved = definition.moved.positions(of: node.inputs.count)
      let origins = moved.reduce(into: Set<String>()) {
        $0.formUnion(sources[node.inputs[$1]] ?? [])
      }
      for output in node.outputs { sources[output] = origins }
    }
  }
}
