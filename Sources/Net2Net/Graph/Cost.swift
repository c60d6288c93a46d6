internal import OrderedCollections

/// What a network, or a part of it, takes.
public struct Cost: Hashable, Sendable, Codable {
  /// Elements of floating-point parameters; numbers of formulas (``Parameter/isLiteral``) aside.
  public var parameters: Int
  /// Multiplications paired with additions for one example; elementwise work counts none.
  public var multiplyAdds: Int
  public var parameterBytes: Int
  /// The most that computed values take at one time while one example goes through, each of them
  /// let go after its last reader; of a layer, its results.
  public var activationBytes: Int

  public init(
    parameters: Int = 0, multiplyAdds: Int = 0, parameterBytes: Int = 0, activationBytes: Int = 0
  ) {
    self.parameters = parameters
    self.multiplyAdds = multiplyAdds
    self.parameterBytes = parameterBytes
    self.activationBytes = activationBytes
  }
}

/// What one node takes.
public struct LayerCost: Hashable, Sendable, Codable {
  /// The node's.
  public var name: String
  /// ONNX's name.
  public var `operator`: String
  public var cost: Cost
}

extension Network {
  /// The cost of the whole network.
  public func cost() throws(NetworkError) -> Cost {
    let types = try ValueTypes(of: self)
    return cost { types[$0] }
  }

  /// The cost of each node, in order. A parameter that several nodes read counts for the first.
  public func layerCosts() throws(NetworkError) -> [LayerCost] {
    let types = try ValueTypes(of: self)
    var counted: Set<String> = []
    return graph.nodes.map { node in
      let own = node.inputs.filter { counted.insert($0).inserted }
      return LayerCost(
        name: node.name, operator: node.operation.definition.name,
        cost: cost(of: node, own.compactMap { parameters[$0]?.name }) { types[$0] })
    }
  }

  /// Multiply-adds of one node for one example; 0 where its shapes are not known.
  public func multiplyAdds(of node: Node, _ types: ValueTypes) -> Int {
    multiplyAdds(of: node) { types[$0] }
  }

  /// The cost if values and parameters had the given types, which need not be those they have.
  func cost(_ type: (String) -> TensorType?) -> Cost {
    var total = Cost(activationBytes: peakActivationBytes(type))
    for name in parameters.keys {
      guard let type = type(name) else { continue }
      if type.isCounted {
        total.parameters = total.parameters.addingSaturated(type.elementCount)
      }
      total.parameterBytes = total.parameterBytes.addingSaturated(type.byteCount)
    }
    for node in graph.nodes {
      total.multiplyAdds = total.multiplyAdds.addingSaturated(multiplyAdds(of: node, type))
    }
    return total
  }

  private func cost(
    of node: Node, _ own: [String], _ type: (String) -> TensorType?
  ) -> Cost {
    let types = own.compactMap(type)
    return Cost(
      parameters: types.filter(\.isCounted)
        .reduce(0) { $0.addingSaturated($1.elementCount) },
      multiplyAdds: multiplyAdds(of: node, type),
      parameterBytes: types.reduce(0) { $0.addingSaturated($1.byteCount) },
      activationBytes: node.outputs.compactMap(type)
        .reduce(0) { $0.addingSaturated($1.byteCount) })
  }

  private func multiplyAdds(of node: Node, _ type: (String) -> TensorType?) -> Int {
    let outputs = node.outputs.compactMap(type)
    guard outputs.count == node.outputs.count else { return 0 }
    return node.operation.definition.multiplyAdds(
      inputs: node.inputs.map(type), outputs: outputs, batch: 1)
  }

  private func peakActivationBytes(_ type: (String) -> TensorType?) -> Int {
    var lastReaders = graph.readers.compactMapValues(\.last)
    for output in graph.outputs { lastReaders[output.name] = graph.nodes.count }
    func bytes(_ value: String) -> Int { type(value)?.byteCount ?? 0 }
    var held = graph.inputs.reduce(0) { $0.addingSaturated(bytes($1.name)) }
    var peak = held
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs { held = held.addingSaturated(bytes(output)) }
      peak = max(peak, held)
      // What nobody reads goes at once.
      let read = Set(node.inputs).filter { parameters[$0] == nil && lastReaders[$0] == index }
      let unread = node.outputs.filter { lastReaders[$0] == nil }
      for value in read { held -= min(held, bytes(value)) }
      for value in unread { held -= min(held, bytes(value)) }
    }
    return peak
  }
}

extension TensorType {
  /// Of a parameter.
  fileprivate var isCounted: Bool { rank > 0 && elementType.isFloatingPoint }
  /// Of one example: sizes known only at run time count as 1.
  fileprivate var elementCount: Int { shape(batch: 1).saturatedCount(times: []) }
  fileprivate var byteCount: Int {
    shape(batch: 1).saturatedCount(times: [elementType.byteCount])
  }
}

extension Int {
  fileprivate func addingSaturated(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
