internal import OrderedCollections

/// Finds layer norms that let a tied parameter make a stream and sum over it.
///
/// The embedding of GPT-2 writes the residual stream and, behind the last layer norm, is the head
/// that reads it. As a writer its units are copied k times as they are, so as a reader it sums over
/// k copies of everything. Scale and shift of the norm, divided by k, make up for that; and where
/// some of the stream's new units hold the mean of the others, zeros there leave nothing for the
/// head to read. It is sound only where the head alone sees what the norm makes.
struct AbsorbingNorms {
  private let network: Network
  /// Parameters, and values that are views of some.
  private let parameterValues: Set<String>
  private let producers: [String: Int]
  private let readers: [String: [Int]]
  private let nodes: [String: Int]
  private let gains: [String: Widths.TensorAxis]

  init(of network: Network, _ summaries: [Widths.Summary], parameterValues: Set<String>) {
    self.network = network
    self.parameterValues = parameterValues
    producers = network.graph.producers
    readers = network.graph.readers
    nodes = Dictionary(
      network.graph.nodes.indices.map { (network.graph.nodes[$0].name, $0) },
      uniquingKeysWith: { first, _ in first })
    gains = Dictionary(
      summaries.compactMap { summary in
        guard case .moments = summary.statistic, let gain = summary.gain else { return nil }
        return (summary.node, gain)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The axes of the scale and the shift that make up for what `reader` sums over; nil where others
  /// would see it.
  func absorber(for reader: Width.Use) -> Set<Widths.TensorAxis>? {
    guard let index = nodes[reader.node],
      var value = network.graph.nodes[index].inputs.first(where: { !parameterValues.contains($0) })
    else { return nil }
    while readers[value]?.count == 1, !network.graph.outputs.contains(where: { $0.name == value }),
      let producer = producers[value]
    {
      let node = network.graph.nodes[producer]
      if let gain = gains[node.name] { return scaleAndShift(of: node, gain) }
      guard node.keepsUnits else { return nil }
      value = node.inputs[0]
    }
    return nil
  }

  private func scaleAndShift(of norm: Node, _ gain: Widths.TensorAxis) -> Set<Widths.TensorAxis>? {
    let own = norm.inputs.dropFirst().filter { !$0.isEmpty }
    guard own.first == gain.tensor,
      own.allSatisfy({ network.parameters[$0] != nil && readers[$0]?.count == 1 })
    else { return nil }
    return Set(own.map { Widths.TensorAxis(tensor: $0, axis: gain.axis) })
  }
}

extension Node {
  /// The first operand's units are told apart in the only result, which follows them when they are
  /// multiplied by a positive number, zero included.
  fileprivate var keepsUnits: Bool {
    guard outputs.count == 1 else { return false }
    return switch operation.definition.scaling {
    case .allOperands: inputs.count == 1
    case .firstOperand: true
    case .eachOperand, .none: false
    }
  }
}
