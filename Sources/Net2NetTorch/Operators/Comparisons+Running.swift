import Net2Net

extension Comparison: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let called =
      switch function {
      case .equal: ATen.equal
      case .less: ATen.less
      case .lessOrEqual: ATen.lessOrEqual
      case .greater: ATen.greater
      case .greaterOrEqual: ATen.greaterOrEqual
      case .and: ATen.and
      case .or: ATen.or
      case .exclusiveOr: ATen.exclusiveOr
      }
    return [try called(.tensor(call[0]), .tensor(call[1]))]
  }
}

extension Predicate: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let x = Argument.tensor(call[0])
    switch function {
    case .not: return [try ATen.not(x)]
    case .isNaN: return [try ATen.isNaN(x)]
    case .isInfinite(true, true): return [try ATen.isInfinite(x)]
    case .isInfinite(true, false): return [try ATen.isPositiveInfinity(x)]
    case .isInfinite(false, true): return [try ATen.isNegativeInfinity(x)]
    case .isInfinite(false, false):
      // Neither is asked for, so nothing is true.
      return [try ATen.less(x, x)]
    }
  }
}

extension Selection: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [1] }
  // The gradient is computed from the condition alone.
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    if call.overwritten == 1, call[2].rank == 0 {
      let isElsewhere = try ATen.not(.tensor(call[0]))
      return [
        try ATen.maskedFillInPlace(.tensor(call[1]), .tensor(isElsewhere), .tensor(call[2]))
      ]
    }
    return [try ATen.selection(.tensor(call[0]), .tensor(call[1]), .tensor(call[2]))]
  }
}

extension Cast: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  // A cast that changes nothing gives its operand back.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let type = elementType.isFloatingPoint ? call.run.precision.elementType : elementType
    return [try call[0].converted(to: call.run.device, as: type)]
  }
}
