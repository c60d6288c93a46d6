import Net2Net

/// Finds batch norms that only a relu reads, or only a sum that only a relu reads, and makes one
/// step of each such chain. What it computes is the same; what it saves is passes over memory.
struct Fusion {
  private let graph: Graph
  private let readers: [String: [Int]]
  private let producers: [String: Int]

  init(_ graph: Graph) {
    self.graph = graph
    readers = graph.readers
    producers = graph.producers
  }

  /// - Parameter steps: one for each node.
  func fused(_ steps: [Program.Step]) -> [Program.Step] {
    var fused: [Program.Step?] = steps
    for index in steps.indices {
      guard let chain = chain(endingAt: index) else { continue }
      fused[index] = step(chain, of: fused)
      for node in [chain.norm, chain.sum].compactMap(\.self) { fused[node] = nil }
      keepOperands(of: index, in: &fused, from: chain.norm)
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

  /// What the step reads is no longer let go of by the nodes that it was moved behind.
  private func keepOperands(of index: Int, in steps: inout [Program.Step?], from first: Int) {
    guard var step = steps[index] else { return }
    let operands = Set(step.operands.compactMap(\.self))
    for between in first..<index {
      guard let released = steps[between]?.released else { continue }
      steps[between]?.released = released.filter { !operands.contains($0) }
      step.released += released.filter(operands.contains)
    }
    steps[index] = step
  }

  /// Runs where the relu ran: only then everything is there.
  private func step(_ chain: Chain, of steps: [Program.Step?]) -> Program.Step? {
    let members = [chain.norm, chain.sum, chain.relu].compactMap { $0.flatMap { steps[$0] } }
    guard let norm = members.first, let relu = members.last else { return nil }
    let between = Set(members.dropLast().flatMap(\.results))
    let addend = chain.addend.flatMap { members[1].operands[$0] }
    let released = Set(members.flatMap(\.released)).subtracting(between.compactMap(\.self))
    return Program.Step(
      node: norm.node, operation: norm.operation,
      runnable: RectifiedNormalization(norm: chain.operation), arithmetic: .asItComes,
      operands: norm.operands + (addend.map { [$0] } ?? []),
      results: relu.results, overwritten: nil, released: released.sorted())
  }
}
