import Foundation
import Net2Net

extension OperatorCase {
  private static func activation(
    _ function: Activation.Function, code: String, element: (Double) -> Double = { 3 * $0 }
  ) -> OperatorCase {
    OperatorCase(
      "\(function)", .activation(Activation(function)), [[3, 40]], code: code, element: element)
  }

  static let activations = [
    activation(.relu, code: "y = F.relu(a)"),
    activation(.leakyRelu(slope: 0.2), code: "y = F.leaky_relu(a, 0.2)"),
    activation(.elu(alpha: 0.7), code: "y = F.elu(a, 0.7)"),
    activation(.selu(), code: "y = F.selu(a)"),
    activation(.selu(alpha: 2, gamma: 3), code: "y = 3 * F.elu(a, 2)"),
    activation(.sigmoid, code: "y = F.sigmoid(a)"),
    activation(.hardSigmoid(alpha: 0.2, beta: 0.5), code: "y = (0.2 * a + 0.5).clamp(0, 1)"),
    activation(.hardSwish, code: "y = F.hardswish(a)"),
    activation(.tanh, code: "y = F.tanh(a)"),
    // PyTorch's own softplus is linear from 20 on.
    activation(
      .softplus, code: "y = torch.logaddexp(a, torch.zeros_like(a))", element: { 12 * $0 }),
    activation(.softsign, code: "y = F.softsign(a)"),
    activation(.mish, code: "y = F.mish(a)"),
    activation(.gelu(approximate: false), code: "y = F.gelu(a)"),
    activation(.gelu(approximate: true), code: "y = F.gelu(a, approximate='tanh')"),
    activation(.clip(minimum: 0, maximum: 6), code: "y = F.relu6(a)"),
    activation(.clip(minimum: -.infinity, maximum: 0.5), code: "y = a.clamp(max=0.5)"),
    activation(.clip(minimum: -.infinity, maximum: .infinity), code: "y = a"),
    activation(.absolute, code: "y = a.abs()"),
    activation(.negate, code: "y = -a"),
    activation(.exponential, code: "y = a.exp()"),
    activation(.squareRoot, code: "y = a.sqrt()", element: abs),
    activation(.reciprocal, code: "y = 1 / a"),
    activation(.errorFunction, code: "y = torch.erf(a)"),
    OperatorCase(
      "slope by channel", .parametricRelu(ParametricRelu()), [[2, 3, 4, 4], [3, 1, 1]],
      code: "y = F.prelu(a, b.flatten())"),
    OperatorCase(
      "slope by element", .parametricRelu(ParametricRelu()), [[2, 3], [3]],
      code: "y = torch.where(a > 0, a, a * b)"),
  ]

  private static func pool(
    _ name: String, _ pooling: Pooling, _ shape: Shape = [2, 3, 7, 8], code: String
  ) -> OperatorCase {
    OperatorCase(name, .pooling(pooling), [shape], code: code)
  }

  static let pooling = [
    pool(
      "maximum", Pooling(.maximum, kernel: [3, 2], strides: [2, 2]),
      code: "y = F.max_pool2d(a, (3, 2), 2)"),
    pool(
      "maximum, padded, rounding up",
      Pooling(
        .maximum, kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1]),
        roundsUp: true),
      code: "y = F.max_pool2d(a, 3, 2, padding=1, ceil_mode=True)"),
    pool(
      "maximum, uneven pads",
      Pooling(.maximum, kernel: [3, 3], strides: [2, 2], padding: .explicit([0, 0, 1, 1])),
      code: "y = F.max_pool2d(F.pad(a, (0, 1, 0, 1), value=-torch.inf), 3, 2)"),
    pool(
      "maximum, uneven pads, rounding up",
      Pooling(
        .maximum, kernel: [2, 2], strides: [2, 2], padding: .explicit([0, 1, 0, 0]),
        roundsUp: true),
      code: "y = F.max_pool2d(F.pad(a, (1, 1, 0, 1), value=-torch.inf), 2, 2)"),
    pool(
      "maximum, pads beyond half the window",
      Pooling(.maximum, kernel: [3, 3], padding: .explicit([2, 0, 0, 0])),
      code: "y = F.max_pool2d(F.pad(a, (0, 0, 2, 0), value=-torch.inf), 3, 1)"),
    pool(
      "maximum, dilated", Pooling(.maximum, kernel: [2, 2], dilations: [2, 3]),
      code: "y = F.max_pool2d(a, 2, 1, dilation=(2, 3))"),
    pool(
      "maximum, same", Pooling(.maximum, kernel: [2, 2], strides: [2, 2], padding: .sameUpper),
      code: "y = F.max_pool2d(F.pad(a, (0, 0, 0, 1), value=-torch.inf), 2, 2)"),
    pool(
      "maximum over one axis", Pooling(.maximum, kernel: [3], strides: [2]), [2, 3, 9],
      code: "y = F.max_pool1d(a, 3, 2)"),
    pool(
      "maximum over three axes", Pooling(.maximum, kernel: [2, 2, 2]), [2, 3, 4, 3, 4],
      code: "y = F.max_pool3d(a, 2, 1)"),
    pool(
      "average, padding not counted",
      Pooling(.average, kernel: [3, 3], padding: .explicit([1, 1, 1, 1])),
      code: "y = F.avg_pool2d(a, 3, 1, padding=1, count_include_pad=False)"),
    pool(
      "average, padding counted, rounding up",
      Pooling(
        .average, kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1]),
        roundsUp: true, countsPadding: true),
      code: "y = F.avg_pool2d(a, 3, 2, padding=1, ceil_mode=True)"),
    pool(
      "average, uneven pads not counted",
      Pooling(.average, kernel: [3, 3], strides: [2, 2], padding: .explicit([0, 1, 1, 0])),
      code: "p = lambda t: F.avg_pool2d(F.pad(t, (1, 0, 0, 1)), 3, 2)\n"
        + "y = p(a) / p(torch.ones_like(a))"),
    pool(
      "average, uneven pads counted, rounding up",
      Pooling(
        .average, kernel: [2, 2], strides: [2, 2], padding: .explicit([0, 1, 0, 0]),
        roundsUp: true, countsPadding: true),
      code: "y = F.avg_pool2d(F.pad(a, (1, 0, 0, 0)), 2, 2, ceil_mode=True)"),
    pool(
      "average, dilated", Pooling(.average, kernel: [2, 2], dilations: [2, 2]),
      code: "y = (a[:,:,:-2,:-2] + a[:,:,2:,:-2] + a[:,:,:-2,2:] + a[:,:,2:,2:]) / 4"),
    pool(
      "average over one axis", Pooling(.average, kernel: [3], strides: [2]), [2, 3, 9],
      code: "y = F.avg_pool1d(a, 3, 2)"),
    pool(
      "average over three axes", Pooling(.average, kernel: [2, 2, 2]), [2, 3, 4, 3, 4],
      code: "y = F.avg_pool3d(a, 2, 1)"),
    pool(
      "global average", Pooling(.average, kernel: nil), code: "y = F.adaptive_avg_pool2d(a, 1)"),
    pool(
      "global maximum", Pooling(.maximum, kernel: nil), code: "y = F.adaptive_max_pool2d(a, 1)"),
  ]
}
