import Net2Net

extension Gather: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let (data, indices) = (call[0], call[1])
    let axis = axis < 0 ? axis + data.rank : axis
    let picked = try ATen.indexSelect(
      .tensor(data), .int(axis),
      .tensor(
        try ATen.reshape(
          .tensor(try indices.countedFromTheFront(of: data.size(axis))), .ints([-1]))))
    let sizes = data.shape.sizes
    return [
      try ATen.reshape(
        .tensor(picked), .ints(sizes[..<axis] + indices.shape.sizes + sizes[(axis + 1)...]))
    ]
  }
}

extension GatherElements: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let (data, indices) = (call[0], call[1])
    let size = data.size(axis < 0 ? axis + data.rank : axis)
    let wide = try indices.converted(to: call.run.device, as: .int64)
    return [
      try ATen.gather(
        .tensor(data), .int(axis), .tensor(try wide.countedFromTheFront(of: size)))
    ]
  }
}

extension GatherND: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let indices = call[1]
    var coordinates: [TorchTensor] = []
    for axis in 0..<batchAxes {
      // Each entry along a batch axis is its own coordinate there.
      let count = indices.size(axis)
      var shape = [Int](repeating: 1, count: indices.rank - 1)
      shape[axis] = count
      let places = try TorchTensor.counting(to: count, on: call.run.device)
      coordinates.append(try ATen.reshape(.tensor(places), .ints(shape)))
    }
    coordinates += try indices.coordinates()
    return [try ATen.index(.tensor(call[0]), .indices(coordinates))]
  }
}

extension ScatterND: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [
      try ATen.indexPut(
        .tensor(call[0]), .indices(try call[1].coordinates()), .tensor(call[2]), .bool(false))
    ]
  }
}

extension TorchTensor {
  /// Indices into an axis of `size`, those below zero counted from its end.
  func countedFromTheFront(of size: Int) throws(EngineError) -> TorchTensor {
    let isNegative = try ATen.lessThanScalar(.tensor(self), .int(0))
    let counted = try ATen.addScalar(.tensor(self), .int(size))
    return try ATen.selection(.tensor(isNegative), .tensor(counted), .tensor(self))
  }

  /// The entries along the last axis, each a tensor of one axis less.
  fileprivate func coordinates() throws(EngineError) -> [TorchTensor] {
    try ATen.unbind.results([.tensor(self), .int(-1)], capacity: max(size(rank - 1), 1))
  }
}
