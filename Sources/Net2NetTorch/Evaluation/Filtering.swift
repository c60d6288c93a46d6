import Net2Net

/// relu(layer(x) + addend) in one step, the sum and the relu where there are any, with the filters
/// in the order they are read in. After the layer's input comes the addend.
struct Filtering: Runnable {
  /// What surrounds an input and how the filters move over it; nil for a dense layer.
  private let convolution: Convolution?
  /// (K, C/groups, k…), or (K, C) of a dense layer.
  private let weightShape: Shape
  private let filters: TorchTensor
  private let bias: TorchTensor
  var rectifies = false

  var arithmetic: Arithmetic { .products }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  /// - Parameter node: one that ``StaticLayer`` takes.
  init?(
    _ node: Node, _ layer: StaticLayer, precision: Precision, device: Device
  ) throws(EngineError) {
    let type = Arithmetic.products.operandType(in: precision) ?? precision.elementType
    var weight = layer.weight.tensor(as: precision.elementType)
    if case .convolution(let operation) = node.operation {
      convolution = operation
    } else if case .dense(let dense) = node.operation {
      convolution = nil
      weight = dense.plainWeight(weight)
    } else {
      return nil
    }
    let biases = layer.biases
    weightShape = weight.shape
    var tensor = try TorchTensor(weight).converted(to: device, as: type)
    if weight.shape.rank == 4 { tensor = try tensor.copiedChannelsLast() }
    filters = try ATen.packedFilters(.tensor(tensor), .int(convolution?.groups ?? 1))
    bias = try TorchTensor(
      Tensor(elementType: precision.elementType, shape: [biases.count]) { biases[$0] }
    ).converted(to: device, as: type)
  }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    let padding = convolution?.explicitPadding(input: call[0].shape, weight: weightShape) ?? []
    return [
      try ATen.filtered(
        .tensor(call[0]), .tensor(filters), .tensor(bias), .optional(call.optional(1)),
        .ints(convolution?.strides ?? []), .ints(padding), .ints(convolution?.dilations ?? []),
        .int(convolution?.groups ?? 1), .bool(rectifies))
    ]
  }
}

extension Dense {
  /// The weight as (outputs, inputs), α included.
  fileprivate func plainWeight(_ weight: Tensor) -> Tensor {
    if transposesWeight, alpha == 1 { return weight }
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    let values = weight.doubles()
    let alpha = alpha
    if transposesWeight {
      return Tensor(elementType: weight.elementType, shape: weight.shape) { alpha * values[$0] }
    }
    return Tensor(elementType: weight.elementType, shape: [columns, rows]) {
      alpha * values[$0 % rows * columns + $0 / rows]
    }
  }
}
