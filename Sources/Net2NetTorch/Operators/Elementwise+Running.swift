import Net2Net

extension Elementwise: Runnable {
  var overwritableOperands: [Int] { function == .add ? [0, 1] : [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try result(call)]
  }

  private func result(_ call: Call) throws(EngineError) -> TorchTensor {
    let (left, right) = (call[0], call[1])
    switch function {
    case .add:
      switch call.overwritten {
      case 0: return try ATen.addInPlace(.tensor(left), .tensor(right))
      case 1: return try ATen.addInPlace(.tensor(right), .tensor(left))
      default: return try ATen.add(.tensor(left), .tensor(right))
      }
    case .subtract: return try ATen.subtract(.tensor(left), .tensor(right))
    case .multiply: return try ATen.multiply(.tensor(left), .tensor(right))
    case .divide:
      if left.isFloatingPoint { return try ATen.divide(.tensor(left), .tensor(right)) }
      return try ATen.divideRounded(.tensor(left), .tensor(right), .string("trunc"))
    }
  }
}

extension Dropout: Runnable {
  var overwritableOperands: [Int] { [] }
  // In evaluation mode the result is the operand itself.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    guard call.mode.dropout, ratio > 0 else { return [call[0]] }
    return [try ATen.dropout(.tensor(call[0]), .double(ratio), .bool(true))]
  }
}

extension Identity: Runnable {
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] { [call[0]] }
}
