import Net2Net

/// An operator as the engine sees it. There are no default implementations: a new operator
/// answers every question.
protocol Runnable {
  /// Computes the node's results from its operands.
  func run(_ call: Call) throws(EngineError) -> [TorchTensor]

  /// Operands into whose memory the first result may go, by position, best first. The engine
  /// offers one when nobody else reads it and its type is the result's.
  var overwritableOperands: [Int] { get }

  /// Whether the results are memory of their own that no gradient formula of this operator reads
  /// again, so that the next node may overwrite them. False for views.
  var resultsMayBeOverwritten: Bool { get }
}

/// One evaluation of a node.
struct Call {
  /// By position; nil where an optional operand is left out.
  let operands: [TorchTensor?]
  let mode: RunMode
  /// The operand that the result takes the place of.
  let overwritten: Int?

  /// An operand that the operator's shape rule demands.
  subscript(position: Int) -> TorchTensor {
    guard position < operands.count, let operand = operands[position] else {
      preconditionFailure("validate() lets no node through that lacks operand \(position)")
    }
    return operand
  }

  func optional(_ position: Int) -> TorchTensor? {
    position < operands.count ? operands[position] : nil
  }
}

extension Operator {
  /// Nil for an operator that cannot be run.
  var runnable: (any Runnable)? {
    switch self {
    case .convolution(let operation): operation
    case .batchNormalization(let operation): operation
    case .layerNormalization(let operation): operation
    case .instanceNormalization(let operation): operation
    case .dense(let operation): operation
    case .matrixProduct(let operation): operation
    case .einsum(let operation): operation
    case .activation(let operation): operation
    case .parametricRelu(let operation): operation
    case .elementwise(let operation): operation
    case .modulo(let operation): operation
    case .combination(let operation): operation
    case .pooling(let operation): operation
    case .reduction(let operation): operation
    case .softmax(let operation): operation
    case .dropout(let operation): operation
    case .concatenation(let operation): operation
    case .split(let operation): operation
    case .flatten(let operation): operation
    case .reshape(let operation): operation
    case .transposition(let operation): operation
    case .identity(let operation): operation
    case .opaque: nil
    }
  }
}
