import Net2Net

extension CumulativeSum: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let axis = axis < 0 ? axis + call[0].rank : axis
    var x = call[0]
    if isReversed { x = try ATen.flip(.tensor(x), .ints([axis])) }
    if isExclusive {
      // One place on: a zero comes in and the last entry falls out.
      let inner = Array(repeating: 0, count: 2 * (x.rank - 1 - axis))
      x = try ATen.pad(.tensor(x), .ints(inner + [1, -1]), .int(0))
    }
    // libtorch would sum small integers as int64.
    let type = x.elementType.map(Argument.elementType) ?? .absent
    let sums = try ATen.cumulativeSum(.tensor(x), .int(axis), type)
    return [isReversed ? try ATen.flip(.tensor(sums), .ints([axis])) : sums]
  }
}

extension Triangle: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try (isUpper ? ATen.upperTriangle : ATen.lowerTriangle)(.tensor(call[0]), .int(diagonal))]
  }
}

extension ExtremePlace: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let find = function == .largest ? ATen.placeOfLargest : ATen.placeOfSmallest
    guard prefersLast else { return [try find(.tensor(call[0]), .int(axis), .bool(keepsAxis))] }
    // The first from the end.
    let flipped = try ATen.flip(.tensor(call[0]), .ints([axis]))
    let found = try find(.tensor(flipped), .int(axis), .bool(keepsAxis))
    let last = call[0].size(axis < 0 ? axis + call[0].rank : axis) - 1
    let counted = try ATen.negate(.tensor(found))
    return [try ATen.addScalar(.tensor(counted), .int(last))]
  }
}

extension OneHot: Runnable {
  var arithmetic: Arithmetic { .full }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let indices = try call[0].countedFromTheFront(of: depth)
    var places = [Int](repeating: 1, count: indices.rank + 1)
    let axis = axis < 0 ? axis + places.count : axis
    places[axis] = depth
    var spread = indices.shape.sizes
    spread.insert(1, at: axis)
    let isNamed = try ATen.equal(
      .tensor(try ATen.reshape(.tensor(indices), .ints(spread))),
      .tensor(
        try ATen.reshape(
          .tensor(try .counting(to: depth, on: call.run.device)), .ints(places))))
    return [
      try ATen.selection(
        .tensor(isNamed), .tensor(try number(on, call.run)), .tensor(try number(off, call.run)))
    ]
  }

  private func number(_ value: Double, _ run: RunContext) throws(EngineError) -> TorchTensor {
    let type = elementType.isFloatingPoint ? run.precision.elementType : elementType
    return try TorchTensor(Tensor(elementType: type, shape: [], repeating: value))
      .converted(to: run.device)
  }
}
