import Net2Net

extension OperatorCase {
  static let all =
    convolutions + norms + products + pooling + activations + rearrangements
    + arithmetic + gathers + slices + comparisons + positional

  private static func convolution(
    _ name: String, strides: [Int], pads: [Int], dilations: [Int], groups: Int = 1,
    _ shapes: [Shape], code: String
  ) -> OperatorCase {
    OperatorCase(
      name,
      .convolution(
        Convolution(
          strides: strides, padding: .explicit(pads), dilations: dilations, groups: groups)),
      shapes, code: code)
  }

  static let convolutions = [
    convolution(
      "convolution", strides: [2, 1], pads: [1, 0, 1, 0], dilations: [1, 2],
      [[2, 3, 8, 9], [4, 3, 3, 2], [4]],
      code: "y = F.conv2d(a, b, c, stride=(2, 1), padding=(1, 0), dilation=(1, 2))"),
    convolution(
      "convolution, uneven pads, no bias", strides: [1, 1], pads: [0, 1, 2, 0],
      dilations: [1, 1], [[2, 3, 6, 6], [4, 3, 3, 3]],
      code: "y = F.conv2d(F.pad(a, (1, 0, 0, 2)), b)"),
    convolution(
      "convolution in groups", strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 2,
      [[2, 4, 5, 5], [6, 2, 3, 3], [6]], code: "y = F.conv2d(a, b, c, padding=1, groups=2)"),
    convolution(
      "depthwise convolution", strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 4,
      [[2, 4, 5, 5], [4, 1, 3, 3], [4]], code: "y = F.conv2d(a, b, c, padding=1, groups=4)"),
    convolution(
      "convolution of one channel", strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1],
      [[2, 1, 5, 5], [4, 1, 3, 3], [4]], code: "y = F.conv2d(a, b, c, padding=1)"),
    convolution(
      "convolution over one axis", strides: [2], pads: [1, 1], dilations: [1],
      [[2, 3, 9], [4, 3, 3], [4]], code: "y = F.conv1d(a, b, c, stride=2, padding=1)"),
    convolution(
      "convolution over three axes", strides: [1, 1, 1], pads: [1, 0, 1, 1, 0, 1],
      dilations: [1, 1, 1], [[2, 2, 4, 5, 4], [3, 2, 3, 2, 3], [3]],
      code: "y = F.conv3d(a, b, c, padding=(1, 0, 1))"),
    OperatorCase(
      "convolution, same, odd element at the end",
      .convolution(Convolution(strides: [2, 2], padding: .sameUpper)),
      [[2, 3, 6, 7], [4, 3, 3, 3]],
      code: "y = F.conv2d(F.pad(a, (1, 1, 0, 1)), b, stride=2)"),
    OperatorCase(
      "convolution, same, odd element at the start",
      .convolution(Convolution(strides: [2, 2], padding: .sameLower)),
      [[2, 3, 6, 7], [4, 3, 3, 3]],
      code: "y = F.conv2d(F.pad(a, (1, 1, 1, 0)), b, stride=2)"),
  ]

  static let norms = [
    OperatorCase(
      "batch norm in evaluation", .batchNormalization(BatchNormalization(epsilon: 1e-3)),
      [[3, 4, 5, 5], [4], [4], [4], [4]],
      code: "y = F.batch_norm(a, d, e, b, c, training=False, eps=1e-3)", element: abs),
    OperatorCase(
      "batch norm of the batch", .batchNormalization(BatchNormalization()),
      [[3, 4, 5, 5], [4], [4], [4], [4]],
      code: "y = F.batch_norm(a, None, None, b, c, training=True)", mode: .training),
    OperatorCase(
      "batch norm of features", .batchNormalization(BatchNormalization()),
      [[7, 4], [4], [4], [4], [4]],
      code: "y = F.batch_norm(a, None, None, b, c, training=True)", mode: .training),
    OperatorCase(
      "layer norm over two axes",
      .layerNormalization(LayerNormalization(axis: -2, epsilon: 1e-4)),
      [[2, 3, 4], [3, 4], [3, 4]], code: "y = F.layer_norm(a, (3, 4), b, c, eps=1e-4)"),
    OperatorCase(
      "layer norm with its statistics", .layerNormalization(LayerNormalization(epsilon: 1e-4)),
      [[2, 3, 4], [4], [4]],
      code: """
        y0 = F.layer_norm(a, (4,), b, c, eps=1e-4)
        y1 = a.mean(2, keepdim=True)
        y2 = (a.var(2, keepdim=True, correction=0) + 1e-4).rsqrt()
        """, resultCount: 3),
    OperatorCase(
      "layer norm without shift", .layerNormalization(LayerNormalization()),
      [[2, 3, 4], [4]], code: "y = F.layer_norm(a, (4,), b)"),
    OperatorCase(
      "softmax over channels", .softmax(Softmax(axis: 1)), [[2, 3, 4]],
      code: "y = F.softmax(a, 1)"),
    OperatorCase(
      "logarithm of softmax", .softmax(Softmax(isLogarithmic: true)), [[2, 3, 4]],
      code: "y = F.log_softmax(a, -1)"),
    OperatorCase(
      "mean over given axes", .reduction(Reduction(axes: [-1, 1], keepsAxes: false)),
      [[2, 3, 4, 5]], code: "y = a.mean((3, 1))"),
    OperatorCase(
      "mean over all axes", .reduction(Reduction(axes: [], keepsAxes: true)), [[2, 3, 4]],
      code: "y = a.mean((0, 1, 2), keepdim=True)"),
  ]

  static let products = [
    OperatorCase("dense", .dense(Dense()), [[3, 4], [5, 4], [5]], code: "y = F.linear(a, b, c)"),
    OperatorCase(
      "dense, scaled, transposed, bias of one",
      .dense(Dense(alpha: 0.5, beta: 2, transposesInput: true, transposesWeight: false)),
      [[4, 3], [4, 5], [1]], code: "y = 0.5 * a.T @ b + 2 * c"),
    OperatorCase(
      "dense without bias, scaled", .dense(Dense(alpha: 3)), [[3, 4], [5, 4]],
      code: "y = 3 * a @ b.T"),
    OperatorCase(
      "matrix product, broadcast", .matrixProduct(MatrixProduct()), [[2, 3, 4, 5], [3, 5, 6]],
      code: "y = a @ b"),
    OperatorCase("sum", .elementwise(Elementwise(.add)), [[2, 3, 4], [3, 1]], code: "y = a + b"),
    OperatorCase(
      "difference", .elementwise(Elementwise(.subtract)), [[2, 3, 4], [4]], code: "y = a - b"),
    OperatorCase(
      "product", .elementwise(Elementwise(.multiply)), [[2, 3, 4], [2, 3, 4]],
      code: "y = a * b"),
    OperatorCase(
      "quotient", .elementwise(Elementwise(.divide)), [[2, 3], [2, 3]], code: "y = a / b"),
    OperatorCase(
      "quotient of integers, towards zero", .elementwise(Elementwise(.divide)),
      [
        Tensor([7, -7, 6, -1] as [Int64], shape: [4]),
        Tensor([2, 2, -4, 3] as [Int64], shape: [4]),
      ], code: "y = torch.div(a, b, rounding_mode='trunc')"),
    OperatorCase(
      "sum of integers", .elementwise(Elementwise(.add)),
      [
        Tensor([1 << 60, -1] as [Int64], shape: [2]), Tensor([1, 1] as [Int64], shape: [2]),
      ], code: "y = a + b"),
  ]

  static let rearrangements = [
    OperatorCase(
      "dropout in evaluation", .dropout(Dropout(ratio: 0.5)), [[2, 3]], code: "y = a"),
    OperatorCase("identity", .identity(Identity()), [[2, 3]], code: "y = a"),
    OperatorCase(
      "concatenation", .concatenation(Concatenation(axis: -2)),
      [[2, 1, 4], [2, 3, 4], [2, 2, 4]], code: "y = torch.cat((a, b, c), 1)"),
    OperatorCase(
      "split", .split(Split(axis: 1, sizes: [1, 3, 2])), [[2, 6, 2]],
      code: "y0, y1, y2 = a.split((1, 3, 2), 1)", resultCount: 3),
    OperatorCase(
      "pixel shuffle", .depthToSpace(DepthToSpace(blockSize: 2, isUnitMajor: true)),
      [[2, 12, 3, 4]], code: "y = F.pixel_shuffle(a, 2)"),
    OperatorCase(
      "pixel shuffle, units last", .depthToSpace(DepthToSpace(blockSize: 2, isUnitMajor: false)),
      [[2, 12, 3, 4]],
      code: """
        y = F.pixel_shuffle(a.reshape(2, 4, 3, 3, 4).transpose(1, 2).reshape(2, 12, 3, 4), 2)
        """),
    OperatorCase("flatten", .flatten(Flatten()), [[2, 3, 4, 5]], code: "y = a.flatten(1)"),
    OperatorCase(
      "flatten everything", .flatten(Flatten(axis: 0)), [[2, 3, 4]],
      code: "y = a.reshape(1, 24)"),
    OperatorCase(
      "flatten at an axis from the end", .flatten(Flatten(axis: -1)), [[2, 3, 4]],
      code: "y = a.reshape(6, 4)"),
    OperatorCase(
      "reshape", .reshape(Reshape(target: [0, -1, 2])), [[2, 3, 4]],
      code: "y = a.reshape(2, 6, 2)"),
    OperatorCase(
      "transpose", .transposition(Transposition(permutation: [2, 0, 1])), [[2, 3, 4]],
      code: "y = a.permute(2, 0, 1)"),
  ]
}
