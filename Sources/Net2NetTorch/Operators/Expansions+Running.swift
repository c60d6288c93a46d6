import Net2Net

extension Slice: Runnable {
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
  var overwritableOperands: [Int] { [] }
  // One repetition gives the operand back.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try ATen.tile(.tensor(call[0]), .ints(try call.run.sizes(of: repeats)))]
  }
}

extension CountingRange: Runnable {
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try TorchTensor.counting(to: try call.run.size(of: limit), on: call.run.device)]
  }
}

extension Pad: Runnable {
  var overwritableOperands: [Int] { [] }
  // Nothing to add gives the operand back.
  var resultsMayBeOverwritten: Bool { false }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    var result = call[0]
    guard mode != .constant else {
      // libtorch counts axes from the last.
      let amounts = zip(begins, ends).reversed().flatMap { [$0, $1] }
      return [try ATen.pad(.tensor(result), .ints(amounts), .scalar(value))]
    }
    for axis in begins.indices where begins[axis] > 0 || ends[axis] > 0 {
      let size = result.size(axis)
      let places = (-begins[axis]..<size + ends[axis]).map { Int64(source(of: $0, size)) }
      let indices = try TorchTensor(Tensor(places, shape: [places.count]))
      result = try ATen.indexSelect(
        .tensor(result), .int(axis), .tensor(try indices.converted(to: call.run.device)))
    }
    return [result]
  }

  /// The entry of an axis that stands at `place`, which may lie outside it.
  private func source(of place: Int, _ size: Int) -> Int {
    switch mode {
    case .constant, .edge: return min(max(place, 0), size - 1)
    case .wrap: return ((place % size) + size) % size
    case .reflect:
      // There and back again, the turning points once each.
      let period = max(2 * (size - 1), 1)
      let phase = ((place % period) + period) % period
      return min(phase, period - phase)
    }
  }
}

extension TorchTensor {
  /// 0, 1, … below `count`, int64.
  static func counting(to count: Int, on device: Device) throws(EngineError) -> TorchTensor {
    try ATen.arange(.int(count), .elementType(.int64), .absent, .device(device))
  }
}
