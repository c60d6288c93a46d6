import Net2Net

/// libtorch pools where the pads are alike on both sides and no larger than half the window, and
/// averages without dilation. Everything else is reduced to that: by padding beforehand to just
/// what the windows cover, and by averages as sums over counts.
extension Pooling: Runnable {
  var arithmetic: Arithmetic { function == .maximum ? .asItComes : .full }
  var overwritableOperands: [Int] { [] }
  // The gradient of a global maximum is computed from the result.
  var resultsMayBeOverwritten: Bool { !(kernel == nil && function == .maximum) }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let input = call[0]
    let shape = input.shape
    guard let kernel else { return [try pooledGlobally(input)] }
    guard kernel.count <= 3 else {
      throw .failed(
        operation: name, node: nil,
        message: "\(kernel.count) spatial axes; pooling runs over at most 3")
    }
    let pads = SpatialPads(beginsThenEnds: explicitPadding(input: shape))
    let window = WindowedPooling(
      pooling: self, kernel: kernel, pads: pads,
      coverage: coverage(
        of: shape, output: try call.outputShape(.pooling(self)), kernel: kernel, pads: pads))
    switch function {
    case .maximum: return [try window.maximum(input)]
    case .average: return [try window.average(input)]
    }
  }

  private func pooledGlobally(_ input: TorchTensor) throws(EngineError) -> TorchTensor {
    let spatial = Argument.ints(Array(2..<input.rank))
    switch function {
    case .maximum: return try ATen.maximum(.tensor(input), spatial, .bool(true))
    case .average: return try ATen.mean(.tensor(input), spatial, .bool(true))
    }
  }

  /// The pads with which the windows cover the input exactly, and rounding up makes no
  /// difference.
  private func coverage(
    of shape: Shape, output: Shape, kernel: [Int], pads: SpatialPads
  ) -> SpatialPads {
    var coverage = pads
    for axis in pads.begins.indices {
      let count = output[axis + 2]
      let reach = (kernel[axis] - 1) * dilations[axis] + 1
      coverage.ends[axis] =
        (count - 1) * strides[axis] + reach - shape[axis + 2] - pads.begins[axis]
    }
    return coverage
  }
}

private struct WindowedPooling {
  let pooling: Pooling
  let kernel: [Int]
  let pads: SpatialPads
  let coverage: SpatialPads

  private var suitsLibtorch: Bool {
    pads.areSymmetric
      && pads.begins.indices.allSatisfy { axis in
        pads.begins[axis] <= ((kernel[axis] - 1) * pooling.dilations[axis] + 1) / 2
      }
  }

  private var isDilated: Bool { pooling.dilations.contains { $0 != 1 } }

  func maximum(_ input: TorchTensor) throws(EngineError) -> TorchTensor {
    let pool = ATen.maxPool[kernel.count - 1]
    if suitsLibtorch {
      return try pool(
        .tensor(input), .ints(kernel), .ints(pooling.strides), .ints(pads.begins),
        .ints(pooling.dilations), .bool(pooling.roundsUp))
    }
    return try pool(
      .tensor(try coverage.applied(to: input, filling: -.infinity)), .ints(kernel),
      .ints(pooling.strides), .ints(kernel.map { _ in 0 }), .ints(pooling.dilations))
  }

  func average(_ input: TorchTensor) throws(EngineError) -> TorchTensor {
    if suitsLibtorch, !isDilated {
      return try ATen.averagePool[kernel.count - 1](
        .tensor(input), .ints(kernel), .ints(pooling.strides), .ints(pads.begins),
        .bool(pooling.roundsUp), .bool(pooling.countsPadding))
    }
    let sums = try windowSums(of: try coverage.applied(to: input, filling: 0))
    return try ATen.divide(.tensor(sums), .tensor(try counts(like: input)))
  }

  /// How many elements each window averages: (1, 1, e…).
  private func counts(like input: TorchTensor) throws(EngineError) -> TorchTensor {
    let spatial = Array(input.shape.sizes.dropFirst(2))
    let inside = try ones([1, 1] + spatial, like: input)
    let padded = try pads.applied(to: inside, filling: pooling.countsPadding ? 1 : 0)
    let beyond = SpatialPads(
      begins: pads.begins.map { _ in 0 },
      ends: zip(coverage.ends, pads.ends).map { $0 - $1 })
    return try windowSums(of: try beyond.applied(to: padded, filling: 0))
  }

  /// A convolution of every channel by itself with a kernel of ones.
  private func windowSums(of input: TorchTensor) throws(EngineError) -> TorchTensor {
    let shape = input.shape
    let rows = try ATen.reshape(
      .tensor(input), .ints([shape[0] * shape[1], 1] + shape.sizes.dropFirst(2)))
    let sums = try ATen.convolution(
      .tensor(rows), .tensor(try ones([1, 1] + kernel, like: input)), .absent,
      .ints(pooling.strides), .ints(kernel.map { _ in 0 }), .ints(pooling.dilations), .int(1))
    return try ATen.reshape(
      .tensor(sums), .ints([shape[0], shape[1]] + sums.shape.sizes.dropFirst(2)))
  }

  private func ones(_ sizes: [Int], like other: TorchTensor) throws(EngineError) -> TorchTensor {
    let one = Tensor(elementType: other.elementType ?? .float32, shape: [], repeating: 1)
    let all = try ATen.expand(
      .tensor(TorchTensor(one).converted(to: other.device ?? .cpu)), .ints(sizes))
    return try ATen.clone(.tensor(all), .int(MemoryFormat.contiguous.rawValue))
  }
}
