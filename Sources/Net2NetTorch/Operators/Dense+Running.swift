import Net2Net

extension Dense: Runnable {
  var arithmetic: Arithmetic { .products }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let input = transposesInput ? try ATen.transpose(.tensor(call[0])) : call[0]
    // (outputs, inputs)
    let weight = transposesWeight ? call[1] : try ATen.transpose(.tensor(call[1]))
    let bias = call.optional(2)
    if alpha == 1, beta == 1, bias.map({ $0.shape == [weight.size(0)] }) ?? true {
      return [try ATen.dense(.tensor(input), .tensor(weight), .optional(bias))]
    }
    let factor = try ATen.transpose(.tensor(weight))
    if let bias {
      return [
        try ATen.addMatrixProduct(
          .tensor(bias), .tensor(input), .tensor(factor), .scalar(beta), .scalar(alpha))
      ]
    }
    let product = try ATen.matrixProduct2(.tensor(input), .tensor(factor))
    return [alpha == 1 ? product : try ATen.multiplyScalar(.tensor(product), .scalar(alpha))]
  }
}

extension MatrixProduct: Runnable {
  var arithmetic: Arithmetic { .products }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    if call[1].rank == 2, call[0].rank >= 2 {
      return [
        try ATen.dense(.tensor(call[0]), .tensor(ATen.transpose(.tensor(call[1]))), .absent)
      ]
    }
    return [try ATen.matrixProduct(.tensor(call[0]), .tensor(call[1]))]
  }
}

extension Einsum: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  // An equation that only reorders axes gives a view.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try ATen.einsum(.string(equation.description), .tensors(call.operands.compactMap(\.self)))]
  }
}
