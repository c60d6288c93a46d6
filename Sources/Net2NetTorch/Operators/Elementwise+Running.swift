import Net2Net

extension Elementwise: Runnable {
  var arithmetic: Arithmetic { function == .add ? .asItComes : .full }
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
    case .power: return try power(left, right)
    case .divide:
      if left.isFloatingPoint { return try ATen.divide(.tensor(left), .tensor(right)) }
      return try ATen.divideRounded(.tensor(left), .tensor(right), .string("trunc"))
    }
  }
}

extension Elementwise {
  /// The base's type, whatever the exponent's.
  private func power(
    _ base: TorchTensor, _ exponent: TorchTensor
  ) throws(EngineError) -> TorchTensor {
    let result = try ATen.power(.tensor(base), .tensor(exponent))
    return try result.converted(to: base.device ?? .cpu, as: base.elementType)
  }
}

extension Modulo: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try (truncates ? ATen.truncatedModulo : ATen.modulo)(.tensor(call[0]), .tensor(call[1]))]
  }
}

extension Combination: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  // One operand alone is its own combination.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    var result = call[0]
    for operand in call.operands.dropFirst().compactMap(\.self) {
      switch function {
      case .sum, .mean: result = try ATen.add(.tensor(result), .tensor(operand))
      case .maximum: result = try ATen.larger(.tensor(result), .tensor(operand))
      case .minimum: result = try ATen.smaller(.tensor(result), .tensor(operand))
      }
    }
    guard function == .mean, call.operands.count > 1 else { return [result] }
    return [try ATen.multiplyScalar(.tensor(result), .double(1 / Double(call.operands.count)))]
  }
}

extension Dropout: Runnable {
  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  // In evaluation mode the result is the operand itself.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    guard let seed = call.mode.dropoutSeed, ratio > 0 else { return [call[0]] }
    let draw = Draw(seed: seed).derived(for: call.node)
    return [
      try ATen.dropout(
        .tensor(call[0]), .double(ratio), .int(Int(truncatingIfNeeded: draw.seed)))
    ]
  }
}

extension Identity: Runnable {
  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] { [call[0]] }
}
