import Net2Net

extension BatchNormalization: Runnable {
  // Statistics are measured and kept in float32 whatever comes.
  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  // The gradient is computed from the operator's input.
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try result(call, adding: nil, rectifies: false)]
  }

  /// In training mode the running variance moves towards the batch's *unbiased* variance
  /// (divided by N − 1), as PyTorch has it; ONNX's own training mode divides by N.
  fileprivate func result(
    _ call: Call, adding addend: TorchTensor?, rectifies: Bool
  ) throws(EngineError) -> TorchTensor {
    let readsStatistics = !call.mode.batchStatistics || call.mode.updatesRunningStatistics
    return try ATen.batchNorm(
      .tensor(call[0]), .optional(addend), .tensor(call[1]), .tensor(call[2]),
      readsStatistics ? .tensor(call[3]) : .absent, readsStatistics ? .tensor(call[4]) : .absent,
      .bool(call.mode.batchStatistics), .double(1 - momentum), .double(epsilon),
      .bool(rectifies), .optional(call.run.ranks))
  }
}

/// relu(norm(x) + addend) in one step: after the operands of the norm comes the addend, if any.
struct RectifiedNormalization: Runnable {
  let norm: BatchNormalization

  static let addendPosition = 5

  var arithmetic: Arithmetic { norm.arithmetic }
  var overwritableOperands: [Int] { [] }
  // The gradient of the relu is computed from the result.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try norm.result(call, adding: call.optional(Self.addendPosition), rectifies: true)]
  }
}

extension LayerNormalization: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let sizes = call[0].shape.sizes
    let first = axis < 0 ? axis + sizes.count : axis
    return try ATen.layerNorm.results([
      .tensor(call[0]), .ints(Array(sizes[first...])), .tensor(call[1]),
      .optional(call.optional(2)), .double(epsilon),
    ])
  }
}

extension InstanceNormalization: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [
      try ATen.instanceNorm(
        .tensor(call[0]), .tensor(call[1]), .tensor(call[2]), .absent, .absent, .bool(true),
        .double(0), .double(epsilon), .bool(true))
    ]
  }
}

extension GroupNormalization: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [
      try ATen.groupNorm(
        .tensor(call[0]), .int(groups), .tensor(call[1]), .tensor(call[2]), .double(epsilon),
        .bool(true))
    ]
  }
}

extension RMSNormalization: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let sizes = call[0].shape.sizes
    return [
      try ATen.rmsNorm(
        .tensor(call[0]), .ints(Array(sizes[firstAxis(rank: sizes.count)...])),
        .tensor(call[1]), .double(epsilon))
    ]
  }
}
