import Net2Net

extension Concatenation: Runnable {
  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try ATen.concatenate(.tensors(call.operands.compactMap(\.self)), .int(axis))]
  }
}

extension Split: Runnable {
  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    try ATen.split.results(
      [.tensor(call[0]), .ints(sizes), .int(axis)], capacity: max(sizes.count, 1))
  }
}

extension Flatten: Runnable {
  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let sizes = call[0].shape.sizes
    let cut = axis < 0 ? axis + sizes.count : axis
    let shape = [sizes[..<cut].reduce(1, *), sizes[cut...].reduce(1, *)]
    return [try ATen.reshape(.tensor(call[0]), .ints(shape))]
  }
}

extension Reshape: Runnable {
  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    var shape = try call.run.sizes(of: target.map { $0.coefficient > 0 ? $0 : 1 })
    for (axis, size) in target.enumerated() where size.coefficient <= 0 {
      shape[axis] = size == 0 ? call[0].size(axis) : -1
    }
    // libtorch does not tell the rest of an empty tensor.
    if shape.contains(-1), call[0].shape.sizes.contains(0) {
      shape = try call.outputShape(.reshape(self)).sizes
    }
    return [try ATen.reshape(.tensor(call[0]), .ints(shape))]
  }
}

extension Transposition: Runnable {
  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try ATen.permute(.tensor(call[0]), .ints(permutation))]
  }
}

extension DepthToSpace: Runnable {
  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let (n, h, w) = (call[0].size(0), call[0].size(2), call[0].size(3))
    let b = blockSize
    let units = call[0].size(1) / (b * b)
    let channels = isUnitMajor ? [units, b, b] : [b, b, units]
    // (n, unit, h, row, w, column)
    let order = isUnitMajor ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
    let cut = try ATen.reshape(.tensor(call[0]), .ints([n] + channels + [h, w]))
    let turned = try ATen.permute(.tensor(cut), .ints(order))
    return [try ATen.reshape(.tensor(turned), .ints([n, units, h * b, w * b]))]
  }
}
