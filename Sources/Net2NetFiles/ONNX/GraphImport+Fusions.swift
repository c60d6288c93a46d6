internal import Net2Net
internal import OrderedCollections

/// Subgraphs that are read as one operator, because only as a whole do they say what becomes of a
/// grown width: an RMS norm, an old layer norm, a group norm as we write it, a view by numbers. They
/// are found by structure, never by name.
extension GraphImport {
  mutating func fusePatterns() {
    // Patterns count on operands being there; validation says which node lacks some.
    guard nodes.allSatisfy(\.hasItsOperands) else { return }
    let graph = FusionGraph(self)
    var allowance = foldingAllowance
    var fused: [Int: Node] = [:]
    var gone = Set<Int>()
    for (index, node) in nodes.enumerated() {
      guard
        let pattern = graph.rmsNormalization(endingIn: node)
          ?? graph.layerNormalization(endingIn: node) ?? graph.groupNormalization(endingIn: node)
          ?? graph.view(endingIn: node, within: &allowance)
      else { continue }
      fused[index] = Node(
        name: node.name, operation: pattern.operation, inputs: pattern.inputs,
        outputs: node.outputs)
      gone.formUnion(pattern.trail.nodes)
      folded.formUnion(pattern.trail.constants)
    }
    nodes = nodes.indices.compactMap { fused[$0] ?? (gone.contains($0) ? nil : nodes[$0]) }
  }
}

/// A subgraph that can be replaced by its last node, with another operator.
struct FusiblePattern {
  let operation: Operator
  let inputs: [String]
  let trail: FusionGraph.Trail
}

/// The nodes read so far, to be walked from results back to operands.
struct FusionGraph {
  /// Nodes and constants that have no use once the last node of a pattern is replaced.
  struct Trail {
    var nodes: [Int] = []
    var constants: [String] = []
  }

  let source: GraphImport
  private let producers: [String: Int]
  private let readers: [String: [Int]]

  init(_ source: GraphImport) {
    self.source = source
    let graph = Graph(name: "", inputs: [], outputs: [], nodes: source.nodes)
    producers = graph.producers
    readers = graph.readers
  }

  func type(of value: String) -> TensorType? { source.types[value] }

  func parameter(_ name: String) -> Parameter? { source.parameters[name] }

  func producer(of value: String) -> Int? { producers[value] }

  /// The nodes that read `value`; a graph output has one that is none of them.
  func readers(of value: String) -> Set<Int> {
    Set(readers[value] ?? []).union(source.isGraphOutput(value) ? [-1] : [])
  }

  /// The node that makes `value` and nothing else, if it is one of `names` and one operand alone
  /// reads it.
  func step(to value: String, _ names: String..., on trail: inout Trail) -> Node? {
    guard let index = producers[value], readers[value]?.count == 1,
      !source.isGraphOutput(value), source.nodes[index].outputs.count == 1,
      names.contains(source.nodes[index].operation.definition.name)
    else { return nil }
    trail.nodes.append(index)
    return source.nodes[index]
  }

  /// The value of a constant scalar.
  func number(_ name: String, _ trail: inout Trail) -> Double? {
    guard let value = source.scalar(name) else { return nil }
    trail.constants.append(name)
    return value
  }

  /// The constant scalar among two operands, and the other one.
  func numberAndOther(_ node: Node, _ trail: inout Trail) -> (Double, String)? {
    for (constant, other) in node.bothOrders {
      if let value = number(constant, &trail) { return (value, other) }
    }
    return nil
  }
}

extension Node {
  /// False where operands or results that its operator must have are missing.
  fileprivate var hasItsOperands: Bool {
    operation.definition.inputCount.contains(inputs.count) && !outputs.isEmpty
  }

  /// The operands of a node with two, each one first.
  var bothOrders: [(String, String)] {
    inputs.count == 2 ? [(inputs[0], inputs[1]), (inputs[1], inputs[0])] : []
  }
}
