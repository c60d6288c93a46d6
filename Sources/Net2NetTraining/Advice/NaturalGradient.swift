internal import Net2Net
internal import Net2NetTorch

/// The gradients of some layers of a network on several batches, in the geometry of its Fisher
/// information: ½ gᵀF⁻¹g is what the best step of a quadratic model would take off the loss, and
/// does not depend on how units are ordered or scaled.
///
/// F is taken layer by layer as a Kronecker product of the second moments of inputs and of outputs'
/// gradients (Martens & Grosse, arXiv 1503.05671; for convolutions Grosse & Martens, arXiv
/// 1602.01407), with labels drawn from the network's own predictions. Factors are damped as
/// correlations, so that damping is no more a matter of scale than the rest.
///
/// A gradient measured on few examples is larger than the true one: ½ gᵀF⁻¹g would grow by
/// ½ per parameter and example. Products of *different* batches' gradients have no such bias, and
/// these alone are counted.
struct NaturalGradient {
  /// Element (b, c) is g_bᵀ F⁻¹ g_c, summed over layers.
  private(set) var natural: [[Double]]
  /// The same with F = 1.
  private(set) var plain: [[Double]]

  init(batches: Int) {
    natural = Array(repeating: Array(repeating: 0, count: batches), count: batches)
    plain = natural
  }

  mutating func add(_ natural: [Double], plain: [Double]) {
    let count = self.natural.count
    for b in 0..<count {
      for c in 0..<count {
        self.natural[b][c] += natural[b * count + c]
        self.plain[b][c] += plain[b * count + c]
      }
    }
  }

  static func - (left: NaturalGradient, right: NaturalGradient) -> NaturalGradient {
    var result = left
    for b in result.natural.indices {
      for c in result.natural.indices {
        result.natural[b][c] -= right.natural[b][c]
        result.plain[b][c] -= right.plain[b][c]
      }
    }
    return result
  }

  /// ½ gᵀF⁻¹g, and its standard deviation by the jackknife over batches.
  var expectedDecrease: (mean: Double, deviation: Double) {
    let all = Array(natural.indices)
    let mean = Self.mean(natural, all) / 2
    let count = Double(all.count)
    let without = all.map { left in Self.mean(natural, all.filter { $0 != left }) / 2 }
    let centre = without.reduce(0, +) / count
    let squares = without.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
    return (mean, (squares * (count - 1) / count).squareRoot())
  }

  /// |g|²
  var squaredNorm: Double { Self.mean(plain, Array(plain.indices)) }

  /// Over pairs of different batches.
  private static func mean(_ products: [[Double]], _ batches: [Int]) -> Double {
    var sum = 0.0
    for b in batches { for c in batches where b != c { sum += products[b][c] } }
    return sum / Double(batches.count * (batches.count - 1))
  }
}

/// What is gathered of one layer, batch by batch.
struct LayerMoments {
  let layer: WeightedLayer
  private var gradients: [[TorchTensor]] = []
  private var inputSum: TorchTensor?
  private var rows = 0
  private var outputSum: TorchTensor?
  private var examples = 0

  init(of layer: WeightedLayer) { self.layer = layer }

  mutating func addGradients(
    _ gradient: (String) throws(EngineError) -> TorchTensor
  ) throws(EngineError) {
    gradients.append(try layer.weightGradients(gradient))
  }

  mutating func addInput(_ value: TorchTensor) throws(EngineError) {
    let rows = try layer.inputRows(value)
    let isCounted = rows.rank == 1
    self.rows += isCounted ? value.shape.elementCount : rows.size(1)
    let double = try rows.converted(to: .cpu, as: .float64)
    inputSum = try Self.sum(inputSum, isCounted ? double : Self.secondMoment(double))
  }

  /// - Parameter gradient: for each example, of its own loss.
  mutating func addOutput(
    _ gradient: TorchTensor, examples: Int
  ) throws(EngineError) {
    self.examples += examples
    let rows = try layer.outputRows(gradient).converted(to: .cpu, as: .float64)
    outputSum = try Self.sum(outputSum, Self.secondMoment(rows))
  }

  private static func secondMoment(_ rows: TorchTensor) throws(EngineError) -> TorchTensor {
    try Factors.product(.tensor(rows.transposed()), .tensor(rows))
  }

  private static func sum(
    _ left: TorchTensor?, _ right: TorchTensor
  ) throws(EngineError) -> TorchTensor {
    guard let left else { return right }
    return try Factors.add(.tensor(left), .tensor(right))
  }

  /// Adds the layer's products of gradients.
  func add(to result: inout NaturalGradient, damping: Double) throws(EngineError) {
    guard let inputSum, let outputSum else { return }
    let input = try inputSum.scaled(by: 1 / Double(rows))
    let output = try outputSum.scaled(by: 1 / Double(examples))
    for part in gradients[0].indices {
      var parts: [TorchTensor] = []
      for batch in gradients {
        parts.append(try batch[part].converted(to: .cpu, as: .float64))
      }
      let stack = try Factors.stack(.tensors(parts), .int(0))  // (batch, group, output, input)
      let step = try preconditioned(stack, part: part, input, output, damping)
      let natural = try Self.products(stack, step)
      result.add(natural, plain: try Self.products(stack, stack))
    }
  }

  private static func products(
    _ left: TorchTensor, _ right: TorchTensor
  ) throws(EngineError) -> [Double] {
    try Factors.einsum(.string("bgoi,cgoi->bc"), .tensors([left, right])).tensor().doubles()
  }

  private func preconditioned(
    _ stack: TorchTensor, part: Int, _ input: TorchTensor, _ output: TorchTensor,
    _ damping: Double
  ) throws(EngineError) -> TorchTensor {
    if case .normalization = layer.form {
      // A diagonal map: of the Kronecker product, the entries of the diagonal alone are there, the
      // product element by element of the outputs' moments with the inputs' correlation. The shift
      // reads a 1, which has nothing to do with what is centred.
      let moments =
        part == 0
        ? try Factors.multiply(.tensor(Self.correlation(input).matrix), .tensor(output)) : output
      let inverse = try Self.inverse(moments, damping)
      return try Factors.product(.tensor(inverse), .tensor(stack))
    }
    let left = try Factors.product(
      .tensor(Self.inverse(output, damping)), .tensor(stack))
    guard input.rank == 1 else {
      return try Factors.product(.tensor(left), .tensor(Self.inverse(input, damping)))
    }
    let floor = try Factors.add(
      .tensor(input), .tensor(Factors.isEqual(.tensor(input), .double(0))))
    return try Factors.divide(.tensor(left), .tensor(floor.scaled(by: 1 + damping)))
  }

  /// The inverse of a matrix of second moments, damped as a correlation. A row of zeros, of a unit
  /// that is never there, has the inverse of its damping.
  private static func inverse(
    _ moments: TorchTensor, _ damping: Double
  ) throws(EngineError) -> TorchTensor {
    let (matrix, scales) = try correlation(moments)
    let identity = try Factors.identity(
      .int(moments.size(1)), .elementType(.float64), .absent, .device(.cpu))
    let damped = try Factors.add(.tensor(matrix), .tensor(identity.scaled(by: damping)))
    return try Factors.divide(.tensor(Factors.inverse(.tensor(damped))), .tensor(scales))
  }

  private static func correlation(
    _ moments: TorchTensor
  ) throws(EngineError) -> (matrix: TorchTensor, scales: TorchTensor) {
    let diagonal = try Factors.diagonal(.tensor(moments), .int(0), .int(-2), .int(-1))
    let root = try Factors.squareRoot(.tensor(diagonal))
    let scale = try Factors.add(
      .tensor(root), .tensor(Factors.isEqual(.tensor(root), .double(0))))
    let scales = try Factors.multiply(
      .tensor(Factors.unsqueeze(.tensor(scale), .int(-1))),
      .tensor(Factors.unsqueeze(.tensor(scale), .int(-2))))
    return (try Factors.divide(.tensor(moments), .tensor(scales)), scales)
  }
}
