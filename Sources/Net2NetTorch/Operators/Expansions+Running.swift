import Net2Net

extension Slice: Runnable {
  var arithmetic: Arithmetic { .asItComes }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    var result = call[0]
    for cut in cuts {
      let whole = result.size(cut.axis)
      let count = try call.run.size(of: cut.count)
      guard count <= whole else {
        throw .failed(
          operation: name, node: nil,
          message: "\(count) entries wanted along axis \(cut.axis), which has \(whole)")
      }
      var start = cut.start
      if cut.step < 0 {
        result = try ATen.flip(.tensor(result), .ints([cut.axis]))
        start = whole - 1 - start
      }
      let step = abs(cut.step)
      result = try ATen.slice(
        .tensor(result), .int(cut.axis), .int(start),
        .int(count == 0 ? start : start + (count - 1) * step + 1), .int(step))
    }
    return [result]
  }
}

extension Expand: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let sizes = call[0].shape.sizes
    var target = try call.run.sizes(of: target)
    if target.count < sizes.count {
      target = Array(repeating: 1, count: sizes.count - target.count) + target
    }
    // ONNX lets a target of 1 stand for any size; libtorch asks for -1 there.
    let added = target.count - sizes.count
    for axis in sizes.indices where target[axis + added] == 1 { target[axis + added] = -1 }
    return [try ATen.expand(.tensor(call[0]), .ints(target))]
  }
}

extension Tile: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  // One repetition gives the operand back.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try ATen.tile(.tensor(call[0]), .ints(try call.run.sizes(of: repeats)))]
  }
}

extension CountingRange: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try TorchTensor.counting(to: try call.run.size(of: limit), on: call.run.device)]
  }
}

extension SizeList: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let numbers = try call.run.sizes(of: sizes).map { Int64($0) }
    let list = Tensor(numbers, shape: isScalar ? [] : [numbers.count])
    return [try TorchTensor(list).converted(to: call.run.device)]
  }
}

extension Pad: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  // Nothing to add gives the operand back.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    guard mode != .constant else {
      // libtorch counts axes from the last.
      let amounts = zip(begins, ends).reversed().flatMap { [$0, $1] }
      return [try ATen.pad(.tensor(call[0]), .ints(amounts), .scalar(value))]
    }
    var result = call[0]
    for axis in begins.indices where begins[axis] > 0 || ends[axis] > 0 {
      let size = result.size(axis)
      let count = begins[axis] + size + ends[axis]
      let places = try ATen.addScalar(
        .tensor(try .counting(to: count, on: call.run.device)), .int(-begins[axis]))
      result = try ATen.indexSelect(
        .tensor(result), .int(axis), .tensor(try sources(of: places, size)))
    }
    return [result]
  }

  /// The entries of an axis that stand at `places`, which may lie outside it.
  private func sources(of places: TorchTensor, _ size: Int) throws(EngineError) -> TorchTensor {
    switch mode {
    case .constant, .edge: return try ATen.clamp(.tensor(places), .int(0), .int(size - 1))
    case .wrap: return try ATen.moduloScalar(.tensor(places), .int(size))
    case .reflect:
      // There and back again, the turning points once each.
      let period = max(2 * (size - 1), 1)
      let phase = try ATen.moduloScalar(.tensor(places), .int(period))
      let back = try ATen.addScalar(.tensor(try ATen.negate(.tensor(phase))), .int(period))
      return try ATen.smaller(.tensor(phase), .tensor(back))
    }
  }
}

extension TorchTensor {
  /// 0, 1, … below `count`, int64.
  static func counting(to count: Int, on device: Device) throws(EngineError) -> TorchTensor {
    try ATen.arange(.int(count), .elementType(.int64), .absent, .device(device))
  }
}
