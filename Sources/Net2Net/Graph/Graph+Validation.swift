internal import OrderedCollections

extension Network {
  /// Checks everything that the rest of the library relies on: names assigned once, operands
  /// defined before use, operand counts, sizes that runs must tell, shapes, declared outputs. Runs after every import and
  /// every rewrite.
  ///
  /// - Returns: the types of all values, which callers usually want next.
  @discardableResult
  public func validate() throws(NetworkError) -> ValueTypes {
    try validateNames()
    for node in graph.nodes {
      let definition = node.operation.definition
      guard definition.inputCount.contains(node.inputs.count) else {
        throw .operandCount(
          node: node.name, operation: definition.name, found: node.inputs.count)
      }
    }
    try validateSizes()
    let types = try ValueTypes(of: self)
    for output in graph.outputs {
      guard let inferred = types[output.name] else { continue }
      guard inferred.rank == output.type.rank,
        zip(inferred.dimensions, output.type.dimensions).allSatisfy(Self.agree)
      else {
        throw .declaredShape(value: output.name, declared: output.type, inferred: inferred)
      }
    }
    return types
  }

  private func validateNames() throws(NetworkError) {
    var defined = Set(graph.inputs.map(\.name)).union(parameters.keys)
    for node in graph.nodes {
      for input in node.inputs where !input.isEmpty && !defined.contains(input) {
        throw .undefinedOperand(input, node: node.name)
      }
      for output in node.outputs where !output.isEmpty {
        guard defined.insert(output).inserted else {
          throw .duplicateName(output, node: node.name)
        }
      }
    }
    for output in graph.outputs where !defined.contains(output.name) {
      throw .undefinedOutput(output.name)
    }
    var nodeNames = Set<String>()
    for node in graph.nodes where !nodeNames.insert(node.name).inserted {
      throw .duplicateName(node.name, node: node.name)
    }
  }

  /// A run tells the sizes of the graph inputs' axes, and no others.
  private func validateSizes() throws(NetworkError) {
    let known = graph.symbols
    for node in graph.nodes {
      let definition = node.operation.definition
      for symbol in definition.runtimeSizes.flatMap(\.symbols) where !known.contains(symbol) {
        throw .shape(
          node: node.name, operation: definition.name,
          reason: "no graph input has an axis of size \(symbol)")
      }
    }
  }

  /// A symbolic dimension agrees with any size: exporters name the same axis in many ways.
  private static func agree(_ left: Dimension, _ right: Dimension) -> Bool {
    guard let a = left.size, let b = right.size else { return true }
    return a == b
  }
}
