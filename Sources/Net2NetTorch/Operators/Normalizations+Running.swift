import Net2Net

extension BatchNormalization: Runnable {
  var overwritableOperands: [Int] { [] }
  // The gradient is computed from the operator's input.
  var resultsMayBeOverwritten: Bool { true }

  /// In training mode the running variance moves towards the batch's *unbiased* variance
  /// (divided by N − 1), as PyTorch has it; ONNX's own training mode divides by N.
  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let readsStatistics = !call.mode.batchStatistics || call.mode.updatesRunningStatistics
    return [
      try ATen.batchNorm(
        .tensor(call[0]), .tensor(call[1]), .tensor(call[2]),
        readsStatistics ? .tensor(call[3]) : .absent,
        readsStatistics ? .tensor(call[4]) : .absent,
        .bool(call.mode.batchStatistics), .double(1 - momentum), .double(epsilon), .bool(true))
    ]
  }
}

extension LayerNormalization: Runnable {
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
