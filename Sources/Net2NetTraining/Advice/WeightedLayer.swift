internal import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

/// A node that multiplies what it reads by trained weights, as rows of inputs and rows of outputs:
/// output (row, o) = input (row, i) · weight (o, i). The rows of a convolution are the places of
/// all examples, its inputs patches; groups are layers side by side.
struct WeightedLayer {
  enum Form {
    case dense(Dense)
    case matrixProduct
    case convolution(Convolution)
    case embedding
    /// A scale and a shift for each channel behind a batch norm.
    case normalization
  }

  let node: String
  let form: Form
  let input: String
  let output: String
  let weight: String
  let bias: String?
  let weightShape: Shape

  /// Nil for a node without such weights, or whose weights are used in another way.
  init?(_ node: Node, in network: Network) {
    func trained(_ position: Int, rank: Int) -> String? {
      guard position < node.inputs.count else { return nil }
      let name = node.inputs[position]
      return network.parameters[name]?.shape.rank == rank ? name : nil
    }
    let parts: (form: Form, input: Int, weight: String?, bias: String?)
    let operation = node.operation
    if case .dense(let dense) = operation, !dense.transposesInput {
      parts = (.dense(dense), 0, trained(1, rank: 2), trained(2, rank: 1))
    } else if case .matrixProduct = operation {
      parts = (.matrixProduct, 0, trained(1, rank: 2), nil)
    } else if case .convolution(let convolution) = operation {
      parts = (.convolution(convolution), 0, trained(1, rank: 4), trained(2, rank: 1))
    } else if case .gather(let gather) = operation, gather.axis == 0 {
      parts = (.embedding, 1, trained(0, rank: 2), nil)
    } else if case .batchNormalization = operation {
      parts = (.normalization, 0, trained(1, rank: 1), trained(2, rank: 1))
    } else {
      return nil
    }
    guard let weight = parts.weight, let shape = network.parameters[weight]?.shape,
      network.parameters[node.inputs[parts.input]] == nil
    else { return nil }
    self.node = node.name
    form = parts.form
    input = node.inputs[parts.input]
    output = node.outputs[0]
    self.weight = weight
    bias = parts.bias
    weightShape = shape
  }

  /// The side of the larger of the two matrices that have to be inverted.
  var factorSize: Int {
    switch form {
    case .convolution(let operation):
      let inputs = weightShape.sizes.dropFirst().reduce(1, *)
      return max(inputs + 1, weightShape[0] / operation.groups)
    case .embedding: return weightShape[1]
    case .dense, .matrixProduct: return max(weightShape[0], weightShape[1]) + 1
    case .normalization: return weightShape[0]
    }
  }

  // MARK: Rows

  /// Places of a convolution beyond so many for each example are left out of ``inputRows(_:)``.
  private static let places = 64

  /// (group, row, input), a 1 for the bias last. For an embedding, how often each row of the table
  /// was read.
  func inputRows(_ value: TorchTensor) throws(EngineError) -> TorchTensor {
    switch form {
    case .dense(let operation):
      let rows = try value.reshaped([1, -1, value.size(1)])
      return try withOnes(rows.scaled(by: operation.alpha), operation.beta)
    case .matrixProduct: return try value.reshaped([1, -1, value.size(value.rank - 1)])
    case .convolution(let operation): return try patches(value, operation)
    case .embedding:
      return try Factors.count(
        .tensor(value.reshaped([-1])), .absent, .int(weightShape[0]))
    case .normalization:
      let rows = try value.channelsLastRows()
      let mean = try Factors.mean(.tensor(rows), .ints([1]), .bool(true))
      return try Factors.subtract(.tensor(rows), .tensor(mean))
    }
  }

  /// (group, row, output)
  func outputRows(_ gradient: TorchTensor) throws(EngineError) -> TorchTensor {
    switch form {
    case .dense, .matrixProduct, .embedding:
      return try gradient.reshaped([1, -1, gradient.size(gradient.rank - 1)])
    case .normalization: return try gradient.channelsLastRows()
    case .convolution(let operation):
      return try gradient.groupedRows(operation.groups)
    }
  }

  private func patches(
    _ value: TorchTensor, _ operation: Convolution
  ) throws(EngineError) -> TorchTensor {
    let pads = operation.explicitPadding(input: value.shape, weight: weightShape)
    let padded = try Factors.pad(
      .tensor(value), .ints([pads[1], pads[3], pads[0], pads[2]]), .double(0))
    let columns = try Factors.patches(
      .tensor(padded), .ints(Array(weightShape.sizes.suffix(2))), .ints(operation.dilations),
      .ints([0, 0]), .ints(operation.strides))  // (example, channel · kernel, place)
    let step = max(1, columns.size(2) / Self.places)
    let some = try Factors.slice(
      .tensor(columns), .int(2), .int(0), .int(columns.size(2)), .int(step))
    return try withOnes(some.groupedRows(operation.groups), 1)
  }

  private func withOnes(
    _ rows: TorchTensor, _ value: Double
  ) throws(EngineError) -> TorchTensor {
    guard bias != nil else { return rows }
    let ones = try Factors.ones(.tensor(rows), .ints([rows.size(0), rows.size(1), 1]))
    return try Factors.concatenate(.tensors([rows, ones.scaled(by: value)]), .int(2))
  }

  /// (group, output, input), the bias last; of a norm, the scale's and the shift's, (1, channel, 1)
  /// each.
  func weightGradients(
    _ gradient: (String) throws(EngineError) -> TorchTensor
  ) throws(EngineError) -> [TorchTensor] {
    let own = try gradient(weight)
    var matrix: TorchTensor
    switch form {
    case .normalization:
      let shift = try bias.map { name throws(EngineError) in try gradient(name) }
      return try ([own] + [shift].compactMap(\.self)).map { part throws(EngineError) in
        try part.reshaped([1, -1, 1])
      }
    case .dense(let operation) where operation.transposesWeight: matrix = own
    case .dense, .matrixProduct, .embedding: matrix = try own.transposed()
    case .convolution(let operation):
      matrix = try own.reshaped([operation.groups, weightShape[0] / operation.groups, -1])
    }
    if matrix.rank == 2 { matrix = try matrix.reshaped([1, matrix.size(0), matrix.size(1)]) }
    guard let bias else { return [matrix] }
    let column = try gradient(bias).reshaped([matrix.size(0), matrix.size(1), 1])
    return [try Factors.concatenate(.tensors([matrix, column]), .int(2))]
  }
}

/// The operators of libtorch that factors are made with.
enum Factors {
  static let count = TorchOperator("aten::bincount")
  static let mean = TorchOperator("aten::mean.dim")
  static let sum = TorchOperator("aten::sum.dim_IntList")
  static let subtract = TorchOperator("aten::sub.Tensor")
  static let add = TorchOperator("aten::add.Tensor")
  static let multiply = TorchOperator("aten::mul.Tensor")
  static let divide = TorchOperator("aten::div.Tensor")
  static let scale = TorchOperator("aten::mul.Scalar")
  static let pad = TorchOperator("aten::constant_pad_nd")
  static let patches = TorchOperator("aten::im2col")
  static let slice = TorchOperator("aten::slice.Tensor")
  static let ones = TorchOperator("aten::new_ones")
  static let zeros = TorchOperator("aten::zeros")
  static let identity = TorchOperator("aten::eye")
  static let concatenate = TorchOperator("aten::cat")
  static let stack = TorchOperator("aten::stack")
  static let reshape = TorchOperator("aten::reshape")
  static let permute = TorchOperator("aten::permute")
  static let transpose = TorchOperator("aten::transpose.int")
  static let unsqueeze = TorchOperator("aten::unsqueeze")
  static let diagonal = TorchOperator("aten::diagonal")
  static let squareRoot = TorchOperator("aten::sqrt")
  static let isEqual = TorchOperator("aten::eq.Scalar")
  static let product = TorchOperator("aten::matmul")
  static let einsum = TorchOperator("aten::einsum")
  static let inverse = TorchOperator("aten::linalg_inv")
}

extension TorchTensor {
  fileprivate func reshaped(_ sizes: [Int]) throws(EngineError) -> TorchTensor {
    try Factors.reshape(.tensor(self), .ints(sizes))
  }

  func transposed() throws(EngineError) -> TorchTensor {
    try Factors.transpose(.tensor(self), .int(-2), .int(-1))
  }

  func scaled(by factor: Double) throws(EngineError) -> TorchTensor {
    factor == 1 ? self : try Factors.scale(.tensor(self), .double(factor))
  }

  /// (N, C, d…) → (1, row, C)
  fileprivate func channelsLastRows() throws(EngineError) -> TorchTensor {
    let last = try Factors.permute(.tensor(self), .ints([0] + Array(2..<rank) + [1]))
    return try last.reshaped([1, -1, size(1)])
  }

  /// (N, C, d…) → (group, row, C / groups)
  fileprivate func groupedRows(_ groups: Int) throws(EngineError) -> TorchTensor {
    let parted = try reshaped([size(0), groups, size(1) / groups, -1])
    let rows = try Factors.permute(.tensor(parted), .ints([1, 0, 3, 2]))
    return try rows.reshaped([groups, -1, size(1) / groups])
  }
}
