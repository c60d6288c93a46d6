public import Net2Net

extension Verification {
  /// One example set for a network, repeatable from the seed: close to normal; integers from
  /// those that can be looked up where they are indices (token numbers), else 0 or 1.
  ///
  /// - Throws: ``EngineError/memory(needed:largest:node:budget:)`` for fixed sizes that are too large
  ///   to draw, ``EngineError/unsuitableSizes(inputs:_:)`` where no sizes were found for the names.
  public func drawnInputs(for network: Network) throws(EngineError) -> [String: Tensor] {
    let bounds = IndexBounds(of: network)
    let sizes = try symbolSizes(in: network)
    try checkBytes(of: network, sizes)
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

  private func checkBytes(of network: Network, _ sizes: [String: Int]) throws(EngineError) {
    var budget = memoryBudget
    if budget == nil { budget = try .ofThisProcess() }
    var needed = 0
    for input in network.graph.inputs {
      let dimensions = input.type.dimensions.map {
        Dimension.fixed($0.size { sizes[$0] ?? batchSize })
      }
      let type = TensorType(input.type.elementType, dimensions)
      needed = needed.plus(type.bytes(in: .float64))
      guard let budget, needed > budget.bytes else { continue }
      throw .memory(
        needed: needed, largest: "\"\(input.name)\" \(type)", node: nil, budget: budget)
    }
  }

  /// What each name stands for: the batch for those of first axes, and one more for every axis
  /// further in, so that a length mistaken for the batch shows. Where an operator refuses these, as
  /// a window that is larger than the image, the usual sizes of images are tried.
  func symbolSizes(in network: Network) throws(EngineError) -> [String: Int] {
    var sizes: [String: Int] = [:]
    var inner: Set<String> = []
    for input in network.graph.inputs {
      for case (let axis, .symbolic(let name)) in input.type.dimensions.enumerated()
      where sizes[name] == nil {
        sizes[name] = batchSize + axis
        if axis > 0 { inner.insert(name) }
      }
    }
    let refusal: NetworkError
    do {
      _ = try ValueTypes(of: network, sizes: sizes)
      return sizes
    } catch { refusal = error }
    for size in inner.isEmpty ? [] : [16, 32, 64, 128, 224, 256, 512] {
      let larger = sizes.merging(inner.map { ($0, size) }) { $1 }
      if (try? ValueTypes(of: network, sizes: larger)) != nil { return larger }
    }
    throw .unsuitableSizes(inputs: network.inputNames(sizes), refusal)
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
