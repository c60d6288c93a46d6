import Net2Net
import OrderedCollections

/// Finds batch norms that only a relu reads, or only a sum that only a relu reads, and products that
/// only the sum with a bias reads, and makes one step of each such chain. What it computes is the
/// same; what it saves is passes over memory.
struct Fusion {
  private let network: Network
  private var graph: Graph { network.graph }
  private let readers: [String: [Int]]
  private let producers: [String: Int]

  init(_ network: Network) {
    self.network = network
    readers = network.graph.readers
    producers = network.graph.producers
  }

  /// - Parameter steps: one for each node.
  func fused(_ steps: [Program.Step]) -> [Program.Step] {
    var fused: [Program.Step?] = steps
    for index in steps.indices {
      guard let chain = chain(endingAt: index) else { continue }
      let addend = chain.addend.flatMap { operand in
        chain.sum.flatMap { steps[$0].operands[operand] }
      }
      fused.merge(
        [chain.norm, chain.sum, chain.relu].compactMap(\.self),
        into: RectifiedNormalization(norm: chain.operation),
        reading: steps[chain.norm].operands + (addend.map { [$0] } ?? []))
    }
    for (product, sum, bias) in network.biasedProducts {
      fused.merge(
        [product, sum], into: BiasedProduct(),
        reading: steps[product].operands + [steps[sum].operands[bias]])
    }
    return fused.compactMap(\.self)
  }

  private struct Chain {
    let norm: Int
    let operation: BatchNormalization
    /// The node that adds something to what was normalised, and the operand that it adds.
    var sum: Int?
    var addend: Int?
    let relu: Int
  }

  private func chain(endingAt relu: Int) -> Chain? {
    guard case .activation(let activation) = graph.nodes[relu].operation,
      activation.function == .relu, let before = soleUse(of: graph.nodes[relu].inputs[0])
    else { return nil }
    if let operation = normalization(before) {
      return Chain(norm: before, operation: operation, relu: relu)
    }
    guard case .elementwise(let sum) = graph.nodes[before].operation, sum.function == .add else {
      return nil
    }
    for (operand, name) in graph.nodes[before].inputs.enumerated() {
      guard let norm = soleUse(of: name), let operation = normalization(norm) else { continue }
      return Chain(
        norm: norm, operation: operation, sum: before, addend: 1 - operand, relu: relu)
    }
    return nil
  }

  /// The node that makes a value which is read once and by nobody outside of the graph.
  private func soleUse(of name: String) -> Int? {
    guard readers[name]?.count == 1, !graph.outputs.contains(where: { $0.name == name }) else {
      return nil
    }
    return producers[name]
  }

  private func normalization(_ node: Int) -> BatchNormalization? {
    guard case .batchNormalization(let operation) = graph.nodes[node].operation else { return nil }
    return operation
  }
}
