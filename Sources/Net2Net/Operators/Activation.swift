/// A function of one element.
public struct Activation: OperatorDefinition {
  public enum Function: Hashable, Sendable {
    case relu
    case leakyRelu(slope: Double)
    case elu(alpha: Double)
    /// gamma · ELU. Its authors' constants by default (Klambauer et al., arXiv 1706.02515).
    case selu(alpha: Double = 1.6732632423543772, gamma: Double = 1.0507009873554805)
    case sigmoid
    case hardSigmoid(alpha: Double, beta: Double)
    case hardSwish
    case tanh
    case softplus
    case softsign
    case mish
    /// Exact, or by tanh.
    case gelu(approximate: Bool)
    /// ONNX `Clip`; ReLU6 is `clip(0, 6)`. An infinite bound is none.
    case clip(minimum: Double, maximum: Double)
    case absolute, negate, exponential, squareRoot, reciprocal, errorFunction
    case celu(alpha: Double)
    /// x above the threshold, 0 up to it.
    case thresholdedRelu(threshold: Double)
    /// x − bias above the threshold, x + bias below its negative, 0 in between. The threshold is
    /// not negative.
    case shrink(threshold: Double, bias: Double)
    case elementary(Elementary)
  }

  /// Functions without attributes that mathematics names.
  public enum Elementary: String, Hashable, Sendable, CaseIterable {
    case sine = "Sin"
    case cosine = "Cos"
    case tangent = "Tan"
    case arcSine = "Asin"
    case arcCosine = "Acos"
    case arcTangent = "Atan"
    case hyperbolicSine = "Sinh"
    case hyperbolicCosine = "Cosh"
    case areaSine = "Asinh"
    case areaCosine = "Acosh"
    case areaTangent = "Atanh"
    case logarithm = "Log"
    case floor = "Floor"
    case ceiling = "Ceil"
    /// Halves go to the even neighbour.
    case round = "Round"
    case sign = "Sign"
  }

  public var function: Function

  public init(_ function: Function) { self.function = function }

  public var name: String {
    switch function {
    case .relu: "Relu"
    case .leakyRelu: "LeakyRelu"
    case .elu: "Elu"
    case .selu: "Selu"
    case .sigmoid: "Sigmoid"
    case .hardSigmoid: "HardSigmoid"
    case .hardSwish: "HardSwish"
    case .tanh: "Tanh"
    case .softplus: "Softplus"
    case .softsign: "Softsign"
    case .mish: "Mish"
    case .gelu: "Gelu"
    case .clip: "Clip"
    case .absolute: "Abs"
    case .negate: "Neg"
    case .exponential: "Exp"
    case .squareRoot: "Sqrt"
    case .reciprocal: "Reciprocal"
    case .errorFunction: "Erf"
    case .celu: "Celu"
    case .thresholdedRelu: "ThresholdedRelu"
    case .shrink: "Shrink"
    case .elementary(let function): function.rawValue
    }
  }

  public var inputCount: ClosedRange<Int> { 1...1 }
  public var parameterKinds: [Int: ParameterKind] { [:] }

  public var scaling: Scaling {
    switch function {
    case .relu, .leakyRelu, .absolute, .negate: .allOperands
    case .clip(let minimum, let maximum):
      [0, -.infinity].contains(minimum) && [0, .infinity].contains(maximum) ? .allOperands : .none
    default: .none
    }
  }
  public var linearity: Linearity { function == .negate ? .allOperands : .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { function.keepsZero ? .all : .never }
  public var nonNegative: OperandCondition { function.isNonNegative ? .always : .never }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    [try Operands(inputs).type(0, "input")]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    elementwiseRelations(rank: outputs[0].rank)
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .activation(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}

extension Activation.Function {
  /// φ(φ(v)) = φ(v) for every v.
  var isIdempotent: Bool {
    switch self {
    case .relu, .clip, .absolute: true
    default: false
    }
  }

  /// φ(v) ≥ 0 for every v.
  var isNonNegative: Bool {
    switch self {
    case .relu, .sigmoid, .hardSigmoid, .softplus, .absolute, .exponential, .squareRoot: true
    case .clip(let minimum, _): minimum >= 0
    case .thresholdedRelu(let threshold): threshold >= 0
    case .elementary(let function): [.hyperbolicCosine, .arcCosine, .areaCosine].contains(function)
    case .leakyRelu, .elu, .selu, .hardSwish, .tanh, .softsign, .mish, .gelu, .negate, .reciprocal,
      .errorFunction, .celu, .shrink:
      false
    }
  }

  /// φ(0) = 0.
  var keepsZero: Bool {
    switch self {
    case .relu, .leakyRelu, .elu, .selu, .hardSwish, .tanh, .softsign, .mish, .gelu, .absolute,
      .negate, .squareRoot, .errorFunction, .celu, .thresholdedRelu, .shrink:
      true
    case .elementary(let function):
      ![.cosine, .arcCosine, .hyperbolicCosine, .areaCosine, .logarithm].contains(function)
    case .clip(let minimum, let maximum): minimum <= 0 && maximum >= 0
    case .sigmoid, .hardSigmoid, .softplus, .exponential, .reciprocal: false
    }
  }
}

/// `PRelu`: a slope for negative values, broadcast to x's shape.
public struct ParametricRelu: OperatorDefinition {
  public init() {}

  public var name: String { "PRelu" }
  public var inputCount: ClosedRange<Int> { 2...2 }
  public var parameterKinds: [Int: ParameterKind] { [1: .scale] }
  public var scaling: Scaling { .firstOperand }
  public var linearity: Linearity { .none }
  public var moved: OperandSelection { .none }
  public var zero: OperandCondition { .terms([[0]]) }
  public var nonNegative: OperandCondition { .terms([[0]]) }
  public var runtimeSizes: [Dimension] { [] }
  public func indexBounds(inputs: [TensorType?]) -> [Int: Int] { [:] }

  public func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let operands = Operands(inputs)
    let x = try operands.type(0, "input")
    let slope = try operands.type(1, "slope")
    let output = try Broadcast(x.dimensions, slope.dimensions).output
    try operands.expect(output, x.dimensions, "slope, broadcast")
    return [x]
  }

  public func axisRelations(inputs: [TensorType?], outputs: [TensorType]) -> [AxisRelation] {
    guard let x = inputs[0], let slope = inputs[1] else { return [] }
    return Broadcast.relations(of: x.dimensions, slope.dimensions, into: outputs[0].dimensions)
  }

  public func resized(outputs: [TensorType], newSize: (AxisReference) -> Int) -> Operator {
    .parametricRelu(self)
  }

  public func multiplyAdds(inputs: [TensorType?], outputs: [TensorType], batch: Int) -> Int { 0 }
}
