/// A named value at the border of a graph.
public struct ValueDeclaration: Hashable, Sendable {
  public var name: String
  public var type: TensorType

  public init(_ name: String, _ type: TensorType) {
    self.name = name
    self.type = type
  }
}

/// One application of an operator. Operands are value or parameter names; an empty input name
/// is an optional operand left out, an empty output name a result nobody wants.
public struct Node: Hashable, Sendable {
  public var name: String
  public var operation: Operator
  public var inputs: [String]
  public var outputs: [String]

  public init(name: String, operation: Operator, inputs: [String], outputs: [String]) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.outputs = outputs
  }

  /// Operands that may be given another name: not those that graphs inside the node read.
  var renamableInputs: Range<Int> {
    guard case .opaque(let operation) = operation else { return inputs.indices }
    return inputs.indices.dropLast(operation.capturedInputCount)
  }
}

/// Operators in topological order, connected by names that are assigned once.
public struct Graph: Hashable, Sendable {
  public var name: String
  public var inputs: [ValueDeclaration]
  public var outputs: [ValueDeclaration]
  public var nodes: [Node]

  public init(
    name: String, inputs: [ValueDeclaration], outputs: [ValueDeclaration], nodes: [Node]
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.nodes = nodes
  }

  /// Names of the sizes that a run tells: those of the inputs' axes.
  public var symbols: Set<String> {
    var symbols = Set<String>()
    for case .symbolic(let symbol) in inputs.flatMap(\.type.dimensions) { symbols.insert(symbol) }
    return symbols
  }

  public func node(named name: String) -> Node? { nodes.first { $0.name == name } }

  /// Indices of the nodes that read each value or parameter, in order; a node that reads a
  /// value twice is listed twice.
  public var readers: [String: [Int]] {
    var readers: [String: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      for input in node.inputs where !input.isEmpty { readers[input, default: []].append(index) }
    }
    return readers
  }

  /// Index of the node that makes each value.
  public var producers: [String: Int] {
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { producers[output] = index }
    }
    return producers
  }
}
