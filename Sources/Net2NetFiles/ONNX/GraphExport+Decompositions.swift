internal import Net2Net

/// Operators that operator set 20 lacks, written as several nodes. `GraphImport.fusePatterns()`
/// reads them as one again.
extension GraphExport {
  /// Writes all nodes but the last, which gets the node's own name and results.
  ///
  /// - Returns: the last node; nil for an operator that is written as it is.
  mutating func decomposed(_ node: Node) -> (type: String, inputs: [String])? {
    if case .rmsNormalization(let operation) = node.operation { return last(of: operation, node) }
    if case .groupNormalization(let operation) = node.operation { return last(of: operation, node) }
    if case .sizeList(let operation) = node.operation { return last(of: operation, node) }
    return nil
  }

  private mutating func last(
    of operation: SizeList, _ node: Node
  ) -> (type: String, inputs: [String]) {
    let list = sizes("sizes", operation.sizes, of: node)
    return (operation.isScalar ? "Squeeze" : "Identity", [list])
  }

  /// x / √(mean of x² + ε) · scale
  private mutating func last(
    of operation: RMSNormalization, _ node: Node
  ) -> (type: String, inputs: [String]) {
    let x = node.inputs[0]
    let rank = type(of: x)?.rank ?? 1
    let axes = Array(operation.firstAxis(rank: rank) - rank..<0)
    var keeping = AttributeList()
    keeping.set("keepdims", true)
    let name = node.name
    let square = addNode("Mul", [x, x], name: "\(name).square")
    let mean = addNode(
      "ReduceMean", [square, list("axes", axes, of: node)], name: "\(name).mean", keeping)
    let epsilon = number("epsilon", operation.epsilon, as: elementType(of: x), of: node)
    let shifted = addNode("Add", [mean, epsilon], name: "\(name).shifted")
    let root = addNode("Sqrt", [shifted], name: "\(name).root")
    return ("Mul", [addNode("Div", [x, root], name: "\(name).quotient"), node.inputs[1]])
  }

  /// Each group as one channel of an `InstanceNormalization`, then scale and shift. Operator set
  /// 20 has a `GroupNormalization`, but it scales whole groups.
  private mutating func last(
    of operation: GroupNormalization, _ node: Node
  ) -> (type: String, inputs: [String]) {
    let (x, name) = (node.inputs[0], node.name)
    var epsilon = AttributeList()
    epsilon.set("epsilon", operation.epsilon)
    let groups = addNode(
      "Reshape", [x, list("groups", [0, operation.groups, -1], of: node)], name: "\(name).grouped")
    let normal = addNode(
      "InstanceNormalization",
      [groups, constant("one", 1, operation, node), constant("zero", 0, operation, node)],
      name: "\(name).normal", epsilon)
    let shape = addNode("Shape", [x], name: "\(name).shape")
    let restored = addNode("Reshape", [normal, shape], name: "\(name).restored")
    let scale = perChannel(1, "scale", node)
    let scaled = addNode("Mul", [restored, scale], name: "\(name).scaled")
    return ("Add", [scaled, perChannel(2, "shift", node)])
  }

  private mutating func constant(
    _ role: String, _ value: Double, _ operation: GroupNormalization, _ node: Node
  ) -> String {
    let type = elementType(of: node.inputs[0])
    guard operation.groups <= 1 << 16 else {
      let one = number(role, value, as: type, of: node)
      let shape = list("\(role).shape", [operation.groups], of: node)
      return addNode("Expand", [one, shape], name: "\(node.name).\(role)s")
    }
    return addOperand(
      role, of: node, Tensor(elementType: type, shape: [operation.groups]) { _ in value })
  }

  /// Operand `index`, (C), as (C, 1, …), to go with (N, C, d…).
  private mutating func perChannel(_ index: Int, _ role: String, _ node: Node) -> String {
    let rank = type(of: node.inputs[0])?.rank ?? 2
    guard rank > 2 else { return node.inputs[index] }
    let axes = list("\(role).axes", Array(1..<rank - 1), of: node)
    return addNode("Unsqueeze", [node.inputs[index], axes], name: "\(node.name).\(role)")
  }
}
