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
