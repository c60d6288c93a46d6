internal import Net2Net

/// What became of a node.
enum Conversion {
  /// `outputs` where they are not the node's own.
  case node(Operator, inputs: [String], outputs: [String]? = nil)
  /// The node's only result is known now.
  case parameter(Tensor)
  /// It stays as it is; `because` is told where its axes are pinned.
  case kept(because: String?)

  static var opaque: Conversion { .kept(because: nil) }
}

extension GraphImport {
  mutating func convert(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    if let constant = try foldedConstant(&node) { return constant }
    let conversion = try known(&node)
    let hasExtraOutputs =
      !Self.typesWithSeveralResults.contains(node.type)
      && node.outputs.indices.dropFirst().contains { isRead($0, of: node) }
    if case .kept = conversion { return conversion }
    return node.isUnderstood && !hasExtraOutputs ? conversion : .opaque
  }

  /// The others have results beyond the first that we do not make.
  static let typesWithSeveralResults: Set = ["LayerNormalization", "Split"]

  /// Results other than the first that somebody reads, and attributes left over, are checked
  /// by the caller; here each operator takes the attributes that it knows.
  private mutating func known(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    let operation: Operator?
    switch node.type {
    case "Conv": operation = try convolution(&node)
    case "BatchNormalization": operation = try batchNormalization(&node)
    case "LayerNormalization": operation = try layerNormalization(&node)
    case "Gemm": operation = try dense(&node)
    case "MatMul": operation = .matrixProduct(MatrixProduct())
    case "PRelu": operation = .parametricRelu(ParametricRelu())
    case "MaxPool": operation = try pooling(.maximum, &node)
    case "AveragePool": operation = try pooling(.average, &node)
    case "GlobalMaxPool": operation = .pooling(Pooling(.maximum, kernel: nil))
    case "GlobalAveragePool": operation = .pooling(Pooling(.average, kernel: nil))
    case "Softmax", "LogSoftmax": operation = try softmax(&node)
    case "Concat":
      operation = .concatenation(Concatenation(axis: try node.integer("axis", default: 1)))
    case "Flatten": operation = .flatten(Flatten(axis: try node.integer("axis", default: 1)))
    case "Transpose": operation = try transposition(&node)
    case "Identity": operation = .identity(Identity())
    case "DepthToSpace": operation = try depthToSpace(&node)
    case "InstanceNormalization":
      operation = .instanceNormalization(
        InstanceNormalization(epsilon: try node.number("epsilon", default: 1e-5)))
    case "GroupNormalization": return try groupNormalization(&node)
    case "RMSNormalization": operation = try rmsNormalization(&node)
    case "Einsum": operation = try einsum(&node)
    case "Mod": operation = .modulo(Modulo(truncates: try node.flag("fmod", default: false)))
    case "Split": return try split(&node)
    case "Reshape": return try reshape(&node)
    case "Squeeze", "Unsqueeze": return try squeezeOrUnsqueeze(&node)
    case "Dropout": return try dropout(&node)
    case "Clip": return try clip(&node)
    case "Gather", "GatherElements", "GatherND", "ScatterND", "Slice", "Expand",
      "ConstantOfShape", "Tile", "Range":
      return try indexing(&node)
    case "Pad", "CumSum", "Trilu", "ArgMax", "ArgMin", "OneHot": return try positional(&node)
    case "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor", "Not",
      "IsNaN", "IsInf", "Where", "Cast", "CastLike":
      return try logic(&node)
    default:
      if let function = Reduction.Function(rawValue: node.type) {
        return try reduction(function, &node)
      } else if let function = Elementwise.Function(rawValue: node.type) {
        operation = .elementwise(Elementwise(function))
      } else if let function = Combination.Function(rawValue: node.type) {
        operation = .combination(Combination(function))
      } else {
        operation = try activation(&node)
      }
    }
    guard let operation else { return .opaque }
    return .node(operation, inputs: node.inputs)
  }

  private func depthToSpace(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    let mode = try node.text("mode") ?? "DCR"
    guard mode == "DCR" || mode == "CRD" else {
      throw node.malformed("attribute \"mode\" DCR or CRD", "\"\(mode)\"")
    }
    let blockSize = try node.integer("blocksize", default: 0)
    return .depthToSpace(DepthToSpace(blockSize: blockSize, isUnitMajor: mode == "CRD"))
  }

  private func activation(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    let function: Activation.Function
    switch node.type {
    case "Relu": function = .relu
    case "LeakyRelu": function = .leakyRelu(slope: try node.number("alpha", default: 0.01))
    case "Elu": function = .elu(alpha: try node.number("alpha", default: 1))
    case "Selu":
      guard case .selu(let alpha, let gamma) = Activation.Function.selu() else { return nil }
      function = .selu(
        alpha: try node.number("alpha", default: alpha),
        gamma: try node.number("gamma", default: gamma))
    case "Sigmoid": function = .sigmoid
    case "HardSigmoid":
      let alpha = try node.number("alpha", default: 0.2)
      function = .hardSigmoid(alpha: alpha, beta: try node.number("beta", default: 0.5))
    case "HardSwish": function = .hardSwish
    case "Tanh": function = .tanh
    case "Softplus": function = .softplus
    case "Softsign": function = .softsign
    case "Mish": function = .mish
    case "Gelu":
      let approximation = try node.text("approximate") ?? "none"
      guard approximation == "none" || approximation == "tanh" else {
        throw node.malformed("attribute \"approximate\" none or tanh", "\"\(approximation)\"")
      }
      function = .gelu(approximate: approximation == "tanh")
    case "Abs": function = .absolute
    case "Neg": function = .negate
    case "Exp": function = .exponential
    case "Sqrt": function = .squareRoot
    case "Reciprocal": function = .reciprocal
    case "Erf": function = .errorFunction
    case "Celu": function = .celu(alpha: try node.number("alpha", default: 1))
    case "ThresholdedRelu":
      function = .thresholdedRelu(threshold: try node.number("alpha", default: 1))
    case "Shrink":
      let threshold = try node.number("lambd", default: 0.5)
      guard threshold >= 0 else { return nil }
      function = .shrink(threshold: threshold, bias: try node.number("bias", default: 0))
    default:
      guard let elementary = Activation.Elementary(rawValue: node.type) else { return nil }
      function = .elementary(elementary)
    }
    return .activation(Activation(function))
  }
}

// MARK: Layers with weights

extension GraphImport {
  private func convolution(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    let stated = try node.integers("kernel_shape")
    guard let rank = node.input(1).flatMap({ types[$0]?.rank }) ?? stated.map({ $0.count + 2 }),
      rank >= 3
    else { return nil }
    if let stated, let weight = node.input(1).flatMap({ types[$0]?.shape }),
      Array(weight.sizes.dropFirst(2)) != stated
    {
      throw node.malformed("a kernel of \(stated)", "a weight of shape \(weight)")
    }
    let window = try WindowAttributes(&node, spatialRank: rank - 2)
    return .convolution(
      Convolution(
        strides: window.strides, padding: window.padding, dilations: window.dilations,
        groups: try node.integer("group", default: 1)))
  }

  private func pooling(
    _ function: Pooling.Function, _ node: inout ForeignNode
  ) throws(FilesError) -> Operator? {
    guard let kernel = try node.integers("kernel_shape") else {
      throw node.malformed("attribute \"kernel_shape\"", "none")
    }
    let window = try WindowAttributes(&node, spatialRank: kernel.count)
    let isRowMajor = try node.integer("storage_order", default: 0) == 0
    guard isRowMajor || node.outputs.count < 2 else { return nil }
    return .pooling(
      Pooling(
        function, kernel: kernel, strides: window.strides, padding: window.padding,
        dilations: window.dilations, roundsUp: try node.flag("ceil_mode", default: false),
        countsPadding: try node.flag("count_include_pad", default: false)))
  }

  private func dense(_ node: inout ForeignNode) throws(FilesError) -> Operator {
    let alpha = try node.number("alpha", default: 1)
    let beta = try node.number("beta", default: 1)
    let transposesInput = try node.flag("transA", default: false)
    return .dense(
      Dense(
        alpha: alpha, beta: beta, transposesInput: transposesInput,
        transposesWeight: try node.flag("transB", default: false)))
  }
}

/// `strides`, `pads`, `auto_pad` and `dilations`, with their defaults filled in.
private struct WindowAttributes {
  let strides: [Int]
  let dilations: [Int]
  let padding: Padding

  init(_ node: inout ForeignNode, spatialRank rank: Int) throws(FilesError) {
    strides = try node.integers("strides") ?? Array(repeating: 1, count: rank)
    dilations = try node.integers("dilations") ?? Array(repeating: 1, count: rank)
    let pads = try node.integers("pads") ?? Array(repeating: 0, count: 2 * rank)
    switch try node.text("auto_pad") ?? "NOTSET" {
    case "NOTSET": padding = .explicit(pads)
    case "VALID": padding = .explicit(Array(repeating: 0, count: 2 * rank))
    case "SAME_UPPER": padding = .sameUpper
    case "SAME_LOWER": padding = .sameLower
    case let other: throw node.malformed("a known \"auto_pad\"", "\"\(other)\"")
    }
  }
}

// MARK: Operators whose attributes moved to inputs

extension GraphImport {
  /// Before operator set 13 a softmax ran over all axes from `axis` on, read as one.
  private func softmax(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    let axis = try node.integer("axis", default: node.version < 13 ? 1 : -1)
    if node.version < 13 {
      let type = node.input(0).flatMap { types[$0] }
      // An axis that the input does not have is complained of with the shapes.
      let first = type.map { countedFromFront(axis, of: $0.rank) ?? $0.rank }
      guard let type, let first, type.dimensions.dropFirst(first + 1).allSatisfy({ $0 == 1 })
      else {
        throw node.unsupported(
          "over axis \(axis) and all after it, as before operator set 13",
          "convert the file with onnx.version_converter")
      }
    }
    return .softmax(Softmax(axis: axis, isLogarithmic: node.type == "LogSoftmax"))
  }

  private func transposition(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    if let permutation = try node.integers("perm") {
      return .transposition(Transposition(permutation: permutation))
    }
    guard let rank = node.input(0).flatMap({ types[$0]?.rank }) else { return nil }
    return .transposition(Transposition(permutation: Array((0..<rank).reversed())))
  }

  private mutating func dropout(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    _ = try node.integer("seed", default: 0)
    var ratio = try node.number("ratio", default: 0.5)
    if node.input(1) != nil {
      guard let operand = try scalarOperand(1, of: node) else { return .opaque }
      ratio = operand
    }
    if node.input(2) != nil {
      guard try scalarOperand(2, of: node) != nil else { return .opaque }
    }
    return .node(
      .dropout(Dropout(ratio: ratio)),
      inputs: Array(node.inputs.prefix(1)))
  }

  private mutating func clip(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    var minimum = try node.number("min", default: -.infinity)
    var maximum = try node.number("max", default: .infinity)
    if node.input(1) != nil {
      guard let operand = try scalarOperand(1, of: node) else { return .opaque }
      minimum = operand
    }
    if node.input(2) != nil {
      guard let operand = try scalarOperand(2, of: node) else { return .opaque }
      maximum = operand
    }
    // Old files write "no bound" as the largest float.
    if minimum <= -Double(Float.greatestFiniteMagnitude) { minimum = -.infinity }
    if maximum >= Double(Float.greatestFiniteMagnitude) { maximum = .infinity }
    return .node(
      .activation(Activation(.clip(minimum: minimum, maximum: maximum))),
      inputs: Array(node.inputs.prefix(1)))
  }

  private mutating func reshape(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    let readsZeroAsSize = try node.flag("allowzero", default: false)
    guard let name = node.input(1) else { return .opaque }
    var sizes = computed[name].flatMap { $0.shape.rank == 1 ? $0.sizes : nil }
    if sizes == nil {
      sizes = try listOperand(1, or: "shape", of: &node)?.map { .fixed($0) }
    }
    guard let sizes, !(readsZeroAsSize && sizes.contains(0)),
      let target = reshapeTarget(sizes, from: node.input(0).flatMap { types[$0] })
    else { return .kept(because: Self.unknownSizes) }
    return .node(.reshape(Reshape(target: target)), inputs: Array(node.inputs.prefix(1)))
  }

  /// With a known rank both are reshapes.
  private mutating func squeezeOrUnsqueeze(
    _ node: inout ForeignNode
  ) throws(FilesError) -> Conversion {
    guard let axes = try listOperand(1, or: "axes", of: &node),
      let type = node.input(0).flatMap({ types[$0] }),
      let sizes = type.dimensions(node.type == "Squeeze" ? .squeezed : .unsqueezed, axes),
      let target = reshapeTarget(sizes, from: type)
    else { return .opaque }
    return .node(.reshape(Reshape(target: target)), inputs: Array(node.inputs.prefix(1)))
  }
}
