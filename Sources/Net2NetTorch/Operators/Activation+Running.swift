import Net2Net

extension Activation: Runnable {
  var arithmetic: Arithmetic { function == .relu ? .asItComes : .full }
  var overwritableOperands: [Int] { function == .relu ? [0] : [] }
  // Most gradients are computed from the result.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let overwrites = call.overwritten == 0
    return [try result(of: call[0], overwriting: overwrites)]
  }

  private func result(
    of x: TorchTensor, overwriting: Bool
  ) throws(EngineError) -> TorchTensor {
    switch function {
    case .relu: try (overwriting ? ATen.reluInPlace : ATen.relu)(.tensor(x))
    case .leakyRelu(let slope): try ATen.leakyRelu(.tensor(x), .double(slope))
    case .elu(let alpha): try ATen.elu(.tensor(x), .double(alpha))
    case .selu(let alpha, let gamma): try ATen.elu(.tensor(x), .double(alpha), .double(gamma))
    case .sigmoid: try ATen.sigmoid(.tensor(x))
    case .hardSigmoid(let alpha, let beta): try hardSigmoid(x, alpha: alpha, beta: beta)
    case .hardSwish: try ATen.hardSwish(.tensor(x))
    case .tanh: try ATen.tanh(.tensor(x))
    case .softplus: try ATen.softplus(.tensor(x), .int(1), .int(Self.softplusLinearFrom))
    case .softsign: try softsign(x)
    case .mish: try ATen.mish(.tensor(x))
    case .gelu(let approximate):
      try ATen.gelu(.tensor(x), .string(approximate ? "tanh" : "none"))
    case .clip(let minimum, let maximum): try clipped(x, minimum, maximum)
    case .absolute: try ATen.absolute(.tensor(x))
    case .negate: try ATen.negate(.tensor(x))
    case .exponential: try ATen.exponential(.tensor(x))
    case .squareRoot: try ATen.squareRoot(.tensor(x))
    case .reciprocal: try ATen.reciprocal(.tensor(x))
    case .errorFunction: try ATen.errorFunction(.tensor(x))
    case .celu(let alpha): try ATen.celu(.tensor(x), .double(alpha))
    case .thresholdedRelu(let threshold):
      try ATen.threshold(.tensor(x), .double(threshold), .int(0))
    case .shrink(let threshold, let bias): try shrunk(x, threshold: threshold, bias: bias)
    case .elementary(let function): try function.function(.tensor(x))
    }
  }

  /// From here on log(1 + eˣ) is x even in float64. libtorch's default of 20 is off by 2e-9.
  private static let softplusLinearFrom = 40

  /// max(0, min(1, alpha · x + beta))
  private func hardSigmoid(
    _ x: TorchTensor, alpha: Double, beta: Double
  ) throws(EngineError) -> TorchTensor {
    let scaled = try ATen.multiplyScalar(.tensor(x), .double(alpha))
    let shifted = try ATen.addScalar(.tensor(scaled), .double(beta))
    return try ATen.clamp(.tensor(shifted), .int(0), .int(1))
  }

  /// x / (1 + |x|)
  private func softsign(_ x: TorchTensor) throws(EngineError) -> TorchTensor {
    let magnitude = try ATen.absolute(.tensor(x))
    let divisor = try ATen.addScalar(.tensor(magnitude), .int(1))
    return try ATen.divide(.tensor(x), .tensor(divisor))
  }

  /// What is kept, less `bias` in the direction of its sign.
  private func shrunk(
    _ x: TorchTensor, threshold: Double, bias: Double
  ) throws(EngineError) -> TorchTensor {
    let kept = try ATen.hardShrink(.tensor(x), .double(threshold))
    let offset = try ATen.multiplyScalar(
      .tensor(try ATen.sign(.tensor(kept))), .scalar(bias))
    return try ATen.subtract(.tensor(kept), .tensor(offset))
  }

  private func clipped(
    _ x: TorchTensor, _ minimum: Double, _ maximum: Double
  ) throws(EngineError) -> TorchTensor {
    if minimum == -.infinity, maximum == .infinity { return x }
    return try ATen.clamp(
      .tensor(x), minimum == -.infinity ? .absent : .scalar(minimum),
      maximum == .infinity ? .absent : .scalar(maximum))
  }
}

extension Activation.Elementary {
  fileprivate var function: TorchOperator {
    switch self {
    case .sine: ATen.sine
    case .cosine: ATen.cosine
    case .tangent: ATen.tangent
    case .arcSine: ATen.arcSine
    case .arcCosine: ATen.arcCosine
    case .arcTangent: ATen.arcTangent
    case .hyperbolicSine: ATen.hyperbolicSine
    case .hyperbolicCosine: ATen.hyperbolicCosine
    case .areaSine: ATen.areaSine
    case .areaCosine: ATen.areaCosine
    case .areaTangent: ATen.areaTangent
    case .logarithm: ATen.logarithm
    case .floor: ATen.floor
    case .ceiling: ATen.ceiling
    case .round: ATen.round
    case .sign: ATen.sign
    }
  }
}

extension ParametricRelu: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try ATen.parametricRelu(.tensor(call[0]), .tensor(call[1]))]
  }
}

extension Softmax: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try (isLogarithmic ? ATen.logSoftmax : ATen.softmax)(.tensor(call[0]), .int(axis))]
  }
}
