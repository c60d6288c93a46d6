import Net2Net

/// An operator as the engine sees it. There are no default implementations: a new operator
/// answers every question.
protocol Runnable {
  /// Computes the node's results from its operands.
  func run(_ call: Call) throws(EngineError) -> [TorchTensor]

  /// What it makes of numbers with eight significant bits.
  var arithmetic: Arithmetic { get }

  /// Operands into whose memory the first result may go, by position, best first. The engine
  /// offers one when nobody else reads it and its type is the result's.
  var overwritableOperands: [Int] { get }

  /// Whether the results are memory of their own that no gradient formula of this operator reads
  /// again, so that the next node may overwrite them. False for views.
  var resultsMayBeOverwritten: Bool { get }
}

/// One evaluation of a node.
struct Call {
  /// The node's name.
  let node: String
  /// By position; nil where an optional operand is left out.
  let operands: [TorchTensor?]
  let run: RunContext
  /// The operand that the result takes the place of.
  let overwritten: Int?

  var mode: RunMode { run.mode }

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

extension Call {
  /// The shape of the first result, by the operator's own rule from what the operands are.
  func outputShape(_ operation: Operator) throws(EngineError) -> Shape {
    let types = operands.map { operand in
      operand.map { TensorType($0.elementType ?? .float32, $0.shape) }
    }
    let reason: String
    do {
      let outputs = try operation.outputTypes(of: types, sizes: run.symbols)
      if let shape = outputs.first?.shape { return shape }
      reason = "no input of the graph tells all sizes of \(outputs)"
    } catch {
      reason = error.description
    }
    throw .failed(operation: operation.definition.name, node: nil, message: reason)
  }
}

/// What all nodes of a run share.
struct RunContext {
  let mode: RunMode
  let precision: Precision
  let device: Device
  /// The processes whose batches are taken together; nil for one by itself.
  let ranks: ProcessGroup?
  /// What the symbols in the graph inputs' shapes stand for.
  let symbols: [String: Int]

  /// - Throws: a sentence for a size that none of the graph's inputs has.
  func size(of dimension: Dimension) throws(EngineError) -> Int {
    var factors = [dimension.coefficient]
    for symbol in dimension.symbols {
      guard let size = symbols[symbol] else {
        throw .failed(
          operation: "a size", node: nil, message: "no input of the graph tells \(symbol)")
      }
      factors.append(size)
    }
    guard let size = Shape(factors).checkedElementCount else {
      throw .failed(operation: "a size", node: nil, message: "\(dimension) is too large")
    }
    return size
  }

  func sizes(of dimensions: [Dimension]) throws(EngineError) -> [Int] {
    var sizes: [Int] = []
    for dimension in dimensions { sizes.append(try size(of: dimension)) }
    return sizes
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
    case .groupNormalization(let operation): operation
    case .rmsNormalization(let operation): operation
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
    case .gather(let operation): operation
    case .gatherElements(let operation): operation
    case .gatherND(let operation): operation
    case .scatterND(let operation): operation
    case .slice(let operation): operation
    case .expand(let operation): operation
    case .pad(let operation): operation
    case .tile(let operation): operation
    case .range(let operation): operation
    case .sizeList(let operation): operation
    case .cumulativeSum(let operation): operation
    case .triangle(let operation): operation
    case .depthToSpace(let operation): operation
    case .extremePlace(let operation): operation
    case .oneHot(let operation): operation
    case .selection(let operation): operation
    case .comparison(let operation): operation
    case .predicate(let operation): operation
    case .cast(let operation): operation
    case .opaque: nil
    }
  }
}
