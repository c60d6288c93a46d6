import Net2Net

/// One operator with its operands, and PyTorch's words for the same.
struct OperatorCase: Sendable {
  let name: String
  let operation: Operator
  /// `a`, `b`, … in `code`; the first is the graph's input, the others are parameters.
  let operands: [Tensor]
  /// Assigns `y`, or `y0`, `y1`, … where there are several results.
  let code: String
  let resultCount: Int
  let mode: RunModeName

  enum RunModeName { case evaluation, training }

  init(
    _ name: String, _ operation: Operator, _ shapes: [Shape], code: String, resultCount: Int = 1,
    mode: RunModeName = .evaluation, element: (Double) -> Double = { $0 }
  ) {
    let operands = shapes.enumerated().map { index, shape in
      let drawn = Tensor.drawn(shape, seed: UInt64(index + 1)).doubles().map(element)
      return Tensor(drawn, shape: shape)
    }
    self.init(name, operation, operands, code: code, resultCount: resultCount, mode: mode)
  }

  init(
    _ name: String, _ operation: Operator, _ operands: [Tensor], code: String,
    resultCount: Int = 1, mode: RunModeName = .evaluation
  ) {
    self.name = name
    self.operation = operation
    self.operands = operands
    self.code = code
    self.resultCount = resultCount
    self.mode = mode
  }

  static let letters = ["a", "b", "c", "d", "e"]

  var outputs: [String] {
    resultCount == 1 ? ["y"] : (0..<resultCount).map { "y\($0)" }
  }

  /// Operands of the operator; one without any has a network with an input that nobody reads.
  var nodeOperands: [Tensor] {
    Array(operands.prefix(operation.definition.inputCount.upperBound))
  }

  func tensors(as type: ElementType) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (letter, operand) in zip(Self.letters, operands) {
      tensors[letter] =
        operand.elementType.isFloatingPoint ? operand.converted(to: type) : operand
    }
    return tensors
  }

  /// The operator alone in a network.
  func network(as type: ElementType) throws -> Network {
    let names = Array(Self.letters.prefix(operands.count))
    let read = Array(names.prefix(nodeOperands.count))
    let tensors = tensors(as: type)
    var input = TensorType(operands[0].elementType, operands[0].shape)
    if input.elementType.isFloatingPoint { input.elementType = type }
    let node = Node(name: "node", operation: operation, inputs: read, outputs: outputs)
    var graph = Graph(
      name: name, inputs: [ValueDeclaration("a", input)], outputs: [], nodes: [node])
    let parameters = names.dropFirst().compactMap { name in
      tensors[name].map { Parameter(name: name, tensor: $0) }
    }
    let types = try Network(graph: graph, parameters: parameters).validate()
    graph.outputs = outputs.compactMap { name in
      types[name].map { ValueDeclaration(name, $0) }
    }
    return Network(graph: graph, parameters: parameters)
  }
}
