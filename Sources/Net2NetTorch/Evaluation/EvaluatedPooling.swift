import CTorch
import Net2Net

/// Pooling by windows over float32 images, without what gradients would need.
struct EvaluatedPooling: Runnable {
  private let pooling: Pooling
  private let kernel: [Int]

  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  /// Nil for all other nodes, and where this machine has no loops for it.
  init?(_ node: Node, precision: Precision, device: Device) {
    guard case .pooling(let pooling) = node.operation, let kernel = pooling.kernel,
      kernel.count == 2, precision == .float32, device == .cpu, ct_has_filter_kernels()
    else { return nil }
    self.pooling = pooling
    self.kernel = kernel
  }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let shape = call[0].shape
    let sizes = try call.outputShape(.pooling(pooling))
    return [
      try ATen.pooled(
        .tensor(call[0]), .ints(Array(sizes.sizes.dropFirst(2))), .ints(kernel),
        .ints(pooling.strides), .ints(pooling.explicitPadding(input: shape)),
        .ints(pooling.dilations), .bool(pooling.function == .maximum),
        .bool(pooling.countsPadding))
    ]
  }
}
