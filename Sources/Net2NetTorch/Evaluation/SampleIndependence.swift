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

  private func keepsSamplesApart(_ node: Node) -> Bool {
    let computed = node.inputs.filter { !$0.isEmpty && network.parameters[$0] == nil }
    guard !computed.isEmpty, computed.allSatisfy(isBatch),
      node.outputs.allSatisfy({ $0.isEmpty || isBatch($0) })
    else { return false }
    let ranks = computed.compactMap { types[$0]?.rank }
    func isBehind(_ axis: Int) -> Bool { axis > 0 || (axis < 0 && axis + ranks[0] > 0) }
    switch node.operation {
    case .convolution, .batchNormalization, .instanceNormalization, .groupNormalization, .pooling,
      .activation, .dropout, .identity:
      return computed == [node.inputs[0]]
    case .dense(let dense): return computed == [node.inputs[0]] && !dense.transposesInput
    case .layerNormalization(let norm): return isBehind(norm.axis)
    case .softmax(let softmax): return isBehind(softmax.axis)
    case .concatenation(let joint): return isBehind(joint.axis) && computed == node.inputs
    case .split(let split): return isBehind(split.axis)
    case .flatten(let flatten): return flatten.axis == 1
    case .reduction(let reduction):
      return !reduction.reducedAxes(rank: ranks[0]).contains(0)
    case .transposition(let transposition): return transposition.permutation.first == 0
    // The first axis stays, so each sample keeps its elements.
    case .reshape: return true
    case .elementwise: return broadcastsParameters(node, rank: ranks[0], ranks)
    default: return false
    }
  }

  /// Whether no parameter reaches over the batch, and computed operands lie side by side.
  private func broadcastsParameters(_ node: Node, rank: Int, _ ranks: [Int]) -> Bool {
    guard ranks.allSatisfy({ $0 == rank }) else { return false }
    return node.inputs.allSatisfy { name in
      guard let shape = network.parameters[name]?.shape else { return true }
      return shape.rank < rank || (shape.rank == rank && shape[0] == 1)
    }
  }
}
