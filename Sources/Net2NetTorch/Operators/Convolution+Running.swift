import Net2Net

extension Convolution: Runnable {
  var arithmetic: Arithmetic { .products }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    var input = call[0]
    let weight = call[1]
    let pads = SpatialPads(
      beginsThenEnds: explicitPadding(input: input.shape, weight: weight.shape))
    if !pads.areSymmetric { input = try pads.applied(to: input, filling: 0) }
    let padding = pads.areSymmetric ? pads.begins : pads.begins.map { _ in 0 }
    return [
      try ATen.convolution(
        .tensor(input), .tensor(weight), .optional(call.optional(2)), .ints(strides),
        .ints(padding), .ints(dilations), .int(groups))
    ]
  }
}

/// What surrounds the spatial axes of (N, C, d…); negative amounts cut off.
struct SpatialPads {
  var begins: [Int]
  var ends: [Int]

  init(begins: [Int], ends: [Int]) {
    self.begins = begins
    self.ends = ends
  }

  init(beginsThenEnds amounts: [Int]) {
    begins = Array(amounts.prefix(amounts.count / 2))
    ends = Array(amounts.suffix(amounts.count / 2))
  }

  /// The only kind that libtorch's own layers take.
  var areSymmetric: Bool { begins == ends }

  var areZero: Bool { (begins + ends).allSatisfy { $0 == 0 } }

  func applied(to input: TorchTensor, filling value: Double) throws(EngineError) -> TorchTensor {
    if areZero { return input }
    // libtorch counts axes from the last.
    let amounts = zip(begins, ends).reversed().flatMap { [$0, $1] }
    return try ATen.pad(.tensor(input), .ints(amounts), .double(value))
  }
}
