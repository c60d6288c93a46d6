import Net2Net
import OrderedCollections

/// A graph as a list of steps over numbered slots: each value has one, parameters come first,
/// then graph inputs, then results in order. A slot is emptied after its last use.
struct Program {
  struct Step {
    let node: String
    let operation: String
    let runnable: any Runnable
    /// Slots by operand; nil where an optional operand is left out.
    let operands: [Int?]
    /// Slots by result; nil where nobody wants it.
    let results: [Int?]
    /// The operand whose memory the result takes.
    let overwritten: Int?
    /// Slots read here for the last time.
    var released: [Int]
  }

  /// One for each node, in order.
  let steps: [Step]
  /// Names by slot.
  let names: [String]
  /// Slots by name.
  let slots: [String: Int]

  init(_ network: Network, types: ValueTypes) throws(EngineError) {
    let graph = network.graph
    let results = graph.nodes.flatMap(\.outputs).filter { !$0.isEmpty }
    let names = Array(network.parameters.keys) + graph.inputs.map(\.name) + results
    let slots = Dictionary(
      names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let lifetimes = Lifetimes(network, types: types)
    var steps: [Step] = []
    for (index, node) in graph.nodes.enumerated() {
      guard let runnable = node.operation.runnable else {
        throw .opaqueOperator(node.operation.definition.name, node: node.name)
      }
      steps.append(
        Step(
          node: node.name, operation: node.operation.definition.name, runnable: runnable,
          operands: node.inputs.map { slots[$0] },
          results: node.outputs.map { slots[$0] },
          overwritten: lifetimes.overwrittenOperand(of: index),
          released: lifetimes.released(after: index).compactMap { slots[$0] }))
    }
    self.steps = steps
    self.names = names
    self.slots = slots
  }
}

/// How long each value is needed, and so whose memory may be used again.
private struct Lifetimes {
  let graph: Graph
  let types: ValueTypes
  let readers: [String: [Int]]
  let producers: [String: Int]
  /// Parameters and graph outputs.
  let lasting: Set<String>

  init(_ network: Network, types: ValueTypes) {
    graph = network.graph
    self.types = types
    readers = graph.readers
    producers = graph.producers
    lasting = Set(network.parameters.keys).union(graph.outputs.map(\.name))
  }

  /// Values that no node after `index` reads, among those the node reads or makes.
  func released(after index: Int) -> [String] {
    let node = graph.nodes[index]
    return Set(node.inputs + node.outputs).sorted().filter { name in
      !lasting.contains(name) && (readers[name]?.last ?? index) <= index
    }
  }

  /// The operand that the result of a node may overwrite: read by this node alone and once, made
  /// by an operator that can spare it, and of the result's type.
  func overwrittenOperand(of index: Int) -> Int? {
    let node = graph.nodes[index]
    guard let candidates = node.operation.runnable?.overwritableOperands else { return nil }
    return candidates.first { operand in
      let name = node.inputs[operand]
      guard readers[name]?.count == 1, !lasting.contains(name), let producer = producers[name],
        let type = types[name], type == types[node.outputs[0]]
      else { return false }
      return graph.nodes[producer].operation.runnable?.resultsMayBeOverwritten ?? false
    }
  }
}
