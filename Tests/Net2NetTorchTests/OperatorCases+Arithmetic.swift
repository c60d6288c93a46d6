import Net2Net

extension OperatorCase {
  static let arithmetic = elementary + combinations + reductions + contractions

  private static func function(
    _ function: Activation.Elementary, _ code: String,
    element: (Double) -> Double = { 3 * $0 }
  ) -> OperatorCase {
    OperatorCase(
      function.rawValue, .activation(Activation(.elementary(function))), [[3, 40]],
      code: "y = " + code, element: element)
  }

  /// Into −1 … 1.
  private static func small(_ x: Double) -> Double { x / (1 + abs(x)) }

  static let elementary = [
    function(.sine, "a.sin()"), function(.cosine, "a.cos()"),
    function(.tangent, "a.tan()", element: small),
    function(.arcSine, "a.asin()", element: small),
    function(.arcCosine, "a.acos()", element: small), function(.arcTangent, "a.atan()"),
    function(.hyperbolicSine, "a.sinh()"), function(.hyperbolicCosine, "a.cosh()"),
    function(.areaSine, "a.asinh()"), function(.areaCosine, "a.acosh()", element: { 1 + abs($0) }),
    function(.areaTangent, "a.atanh()", element: small),
    function(.logarithm, "a.log()", element: abs),
    function(.floor, "a.floor()"), function(.ceiling, "a.ceil()"), function(.round, "a.round()"),
    function(.sign, "a.sign()"),
    OperatorCase(
      "celu", .activation(Activation(.celu(alpha: 0.7))), [[3, 40]], code: "y = F.celu(a, 0.7)"),
    OperatorCase(
      "rectifier with a threshold", .activation(Activation(.thresholdedRelu(threshold: 0.5))),
      [[3, 40]], code: "y = F.threshold(a, 0.5, 0)"),
    OperatorCase(
      "shrinking with a bias of its own",
      .activation(Activation(.shrink(threshold: 0.5, bias: 0.3))), [[3, 40]],
      code: "y = torch.where(a > 0.5, a - 0.3, torch.where(a < -0.5, a + 0.3, 0))"),
  ]

  static let combinations = [
    OperatorCase(
      "power, broadcast", .elementwise(Elementwise(.power)), [[2, 3, 4], [3, 1]],
      code: "y = a ** b", element: abs),
    OperatorCase(
      "modulo with the divisor's sign", .modulo(Modulo(truncates: false)), [[2, 3, 4], [4]],
      code: "y = a - b * torch.floor(a / b)"),
    OperatorCase(
      "modulo with the dividend's sign", .modulo(Modulo(truncates: true)), [[2, 3, 4], [4]],
      code: "y = a - b * torch.trunc(a / b)"),
    OperatorCase(
      "sum of three", .combination(Combination(.sum)), [[2, 3], [3], [2, 1]],
      code: "y = a + b + c"),
    OperatorCase(
      "mean of three", .combination(Combination(.mean)), [[2, 3], [3], [2, 1]],
      code: "y = (a + b + c) / 3"),
    OperatorCase(
      "largest of three", .combination(Combination(.maximum)), [[2, 3], [3], [2, 1]],
      code: "y = torch.maximum(torch.maximum(a, b), c)"),
    OperatorCase(
      "smallest of three", .combination(Combination(.minimum)), [[2, 3], [3], [2, 1]],
      code: "y = torch.minimum(torch.minimum(a, b), c)"),
    OperatorCase(
      "largest of one", .combination(Combination(.maximum)), [[2, 3]], code: "y = a"),
  ]

  private static func reduction(
    _ function: Reduction.Function, _ code: String, element: (Double) -> Double = { $0 }
  ) -> OperatorCase {
    OperatorCase(
      function.rawValue, .reduction(Reduction(function, axes: [-1, 1], keepsAxes: false)),
      [[2, 3, 4, 5]], code: "y = " + code, element: element)
  }

  static let reductions = [
    reduction(.sum, "a.sum((1, 3))"), reduction(.maximum, "a.amax((1, 3))"),
    reduction(.minimum, "a.amin((1, 3))"), reduction(.product, "a.prod(3).prod(1)"),
    reduction(.l1, "a.abs().sum((1, 3))"), reduction(.l2, "(a * a).sum((1, 3)).sqrt()"),
    reduction(.sumOfSquares, "(a * a).sum((1, 3))"),
    reduction(.logSum, "a.sum((1, 3)).log()", element: abs),
    reduction(.logSumExp, "a.logsumexp((1, 3))"),
    OperatorCase(
      "product over all axes, kept", .reduction(Reduction(.product, axes: [], keepsAxes: true)),
      [[2, 3, 2]], code: "y = a.prod().reshape(1, 1, 1)"),
  ]

  static func einsum(_ equation: String, _ shapes: [Shape], code: String) -> OperatorCase? {
    (try? Einsum(equation)).map { OperatorCase(equation, .einsum($0), shapes, code: code) }
  }

  static let contractions = [
    einsum(
      "bhqd,bhkd->bhqk", [[2, 3, 4, 5], [2, 3, 6, 5]], code: "y = a @ b.transpose(2, 3)"),
    einsum("...c,dc -> ...d", [[2, 3, 4], [5, 4]], code: "y = a @ b.T"),
    einsum("ij,jk,kl->il", [[2, 3], [3, 4], [4, 5]], code: "y = a @ b @ c"),
    einsum("ba", [[2, 3]], code: "y = a.T"),
    einsum("ij->i", [[2, 3]], code: "y = a.sum(1)"),
    einsum("iI,Ij->ij", [[2, 3], [3, 4]], code: "y = a @ b"),
    OperatorCase(
      "instance norm", .instanceNormalization(InstanceNormalization(epsilon: 1e-4)),
      [[2, 3, 4, 5], [3], [3]],
      code: "y = F.instance_norm(a, weight=b, bias=c, eps=1e-4)"),
    OperatorCase(
      "group norm", .groupNormalization(GroupNormalization(groups: 2, epsilon: 1e-4)),
      [[2, 6, 4, 5], [6], [6]], code: "y = F.group_norm(a, 2, b, c, eps=1e-4)"),
    OperatorCase(
      "norm by the root of mean squares", .rmsNormalization(RMSNormalization(epsilon: 1e-4)),
      [[2, 3, 4], [4]], code: "y = a / (a * a).mean(2, keepdim=True).add(1e-4).sqrt() * b"),
    OperatorCase(
      "norm by the root of mean squares over two axes",
      .rmsNormalization(RMSNormalization(axis: 1)), [[2, 3, 4], [3, 4]],
      code: "y = F.rms_norm(a, (3, 4), b, 1e-5)"),
    OperatorCase(
      "instance norm over one axis", .instanceNormalization(InstanceNormalization()),
      [[2, 3, 7], [3], [3]], code: "y = F.instance_norm(a, weight=b, bias=c)"),
  ].compactMap(\.self)
}
