import Net2Net
import OrderedCollections

/// Whether each sample of a batch goes through a network by itself, so that a batch can be cut into
/// parts. Only what is seen to be so counts.
struct SampleIndependence {
  private let network: Network
  private let types: ValueTypes
  /// The name of the first axis of every input.
  private let batch: Dimension

  /// Nil where the samples are not independent in evaluation mode.
  init?(_ network: Network, types: ValueTypes) {
    guard let batch = network.graph.inputs.first?.type.dimensions.first, batch.isSymbol else {
      return nil
    }
    self.network = network
    self.types = types
    self.batch = batch
    guard network.graph.inputs.allSatisfy({ $0.type.dimensions.first == batch }),
      network.graph.nodes.allSatisfy({ keepsSamplesApart($0) }),
      network.graph.outputs.allSatisfy({ isBatch($0.name) })
    else { return nil }
  }

  /// The most bytes of one value for one sample.
  var largestValue: Int {
    network.graph.nodes.flatMap(\.outputs).compactMap { types[$0] }
      .map { $0.shape(batch: 1).elementCount * $0.elementType.byteCount }.max() ?? 0
  }

  /// Whether a value has a row of its own for each sample, and says nothing else of the batch.
  private func isBatch(_ value: String) -> Bool {
    guard let dimensions = types[value]?.dimensions, dimensions.first == batch else { return false }
    return dimensions.dropFirst().allSatisfy { !$0.symbols.contains(where: batch.symbols.contains) }
  }

  /// By what the operator says of the first axes of what it reads and makes: that they are one, and
  /// nothing else.
  private func keepsSamplesApart(_ node: Node) -> Bool {
    let computed = node.inputs.indices.filter {
      !node.inputs[$0].isEmpty && network.parameters[node.inputs[$0]] == nil
    }
    guard !computed.isEmpty, computed.allSatisfy({ isBatch(node.inputs[$0]) }),
      node.outputs.allSatisfy(isBatch)
    else { return false }
    let samples = Set(
      computed.map { AxisReference.input($0, axis: 0) }
        + node.outputs.indices.map { AxisReference.output($0, axis: 0) })
    var related = Set<AxisReference>()
    let relations = node.operation.definition.axisRelations(
      inputs: node.inputs.map { types[$0] }, outputs: node.outputs.compactMap { types[$0] })
    for relation in relations {
      let axes = Set(relation.axes)
      guard !samples.isDisjoint(with: axes) else { continue }
      guard relation.isOneToOne, axes.isSubset(of: samples) else { return false }
      related.formUnion(axes)
    }
    return related == samples
  }
}

extension AxisRelation {
  fileprivate var axes: [AxisReference] {
    switch self {
    case .same(let left, let right), .written(let left, let right), .carried(let left, let right),
      .summed(let left, let right):
      [left, right]
    case .concatenated(let parts, let whole): parts + [whole]
    case .regrouped(let left, let right): left + right
    case .statistic(let axis, _), .extent(let axis), .pinned(let axis, _): [axis]
    }
  }

  /// Entries of the axes belong together one by one, and no two of them.
  fileprivate var isOneToOne: Bool {
    switch self {
    case .same, .written, .carried: true
    case .regrouped(let left, let right): left.count == 1 && right.count == 1
    case .concatenated, .summed, .statistic, .extent, .pinned: false
    }
  }
}
