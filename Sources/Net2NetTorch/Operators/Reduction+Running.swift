import Net2Net

extension Reduction: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  // The gradients of extremes, norms and logarithms are computed from the result.
  var resultsMayBeOverwritten: Bool {
    switch function {
    case .mean, .sum, .sumOfSquares, .l1: true
    case .maximum, .minimum, .product, .l2, .logSum, .logSumExp: false
    }
  }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let x = call[0]
    let axes = reducedAxes(rank: x.rank)
    return [axes.isEmpty ? try scalar(x) : try reduced(x, axes)]
  }

  private func reduced(_ x: TorchTensor, _ axes: [Int]) throws(EngineError) -> TorchTensor {
    let (list, keeps) = (Argument.ints(axes), Argument.bool(keepsAxes))
    switch function {
    case .mean: return try ATen.mean(.tensor(x), list, keeps)
    case .sum: return try sum(x, axes)
    case .maximum: return try ATen.maximum(.tensor(x), list, keeps)
    case .minimum: return try ATen.minimum(.tensor(x), list, keeps)
    case .product: return try product(x, axes)
    case .l1: return try sum(try ATen.absolute(.tensor(x)), axes)
    case .l2: return try norm(x, axes)
    case .sumOfSquares: return try sum(try ATen.multiply(.tensor(x), .tensor(x)), axes)
    case .logSum: return try ATen.logarithm(.tensor(try sum(x, axes)))
    case .logSumExp: return try ATen.logSumExp(.tensor(x), list, keeps)
    }
  }

  /// In x's own type: libtorch sums narrow integers in 64 bits.
  private func sum(_ x: TorchTensor, _ axes: [Int]) throws(EngineError) -> TorchTensor {
    try ATen.sum(
      .tensor(x), .ints(axes), .bool(keepsAxes),
      x.elementType.map(Argument.elementType) ?? .absent)
  }

  /// libtorch multiplies over one axis at a time; the last first, so that numbers stay true.
  private func product(_ x: TorchTensor, _ axes: [Int]) throws(EngineError) -> TorchTensor {
    var result = x
    for axis in axes.sorted(by: >) {
      result = try ATen.product(
        .tensor(result), .int(axis), .bool(keepsAxes),
        x.elementType.map(Argument.elementType) ?? .absent)
    }
    return result
  }

  private func norm(_ x: TorchTensor, _ axes: [Int]) throws(EngineError) -> TorchTensor {
    guard !x.isFloatingPoint else {
      return try ATen.vectorNorm(.tensor(x), .int(2), .ints(axes), .bool(keepsAxes))
    }
    let squares = try sum(try ATen.multiply(.tensor(x), .tensor(x)), axes)
    let root = try ATen.squareRoot(.tensor(squares))
    return try root.converted(to: x.device ?? .cpu, as: x.elementType)
  }

  /// Of a single element there is nothing to sum up.
  private func scalar(_ x: TorchTensor) throws(EngineError) -> TorchTensor {
    switch function {
    case .mean, .sum, .maximum, .minimum, .product, .logSumExp: x
    case .l1, .l2: try ATen.absolute(.tensor(x))
    case .sumOfSquares: try ATen.multiply(.tensor(x), .tensor(x))
    case .logSum: try ATen.logarithm(.tensor(x))
    }
  }
}
