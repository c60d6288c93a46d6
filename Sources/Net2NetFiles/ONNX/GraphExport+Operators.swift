internal import Net2Net

extension GraphExport {
  /// Fills in the attributes of a node whose operator is known.
  ///
  /// - Returns: operands that follow its inputs.
  mutating func describe(_ node: Node, in attributes: inout AttributeList) -> [String] {
    switch node.operation {
    case .convolution(let operation): describe(operation, node, in: &attributes)
    case .pooling(let operation): describe(operation, in: &attributes)
    case .batchNormalization(let operation):
      attributes.set("epsilon", operation.epsilon)
      attributes.set("momentum", operation.momentum)
    case .layerNormalization(let operation):
      attributes.set("axis", operation.axis)
      attributes.set("epsilon", operation.epsilon)
    case .instanceNormalization(let operation):
      attributes.set("epsilon", operation.epsilon)
    case .einsum(let operation): attributes.set("equation", operation.equation.description)
    case .modulo(let operation): attributes.set("fmod", operation.truncates)
    case .dense(let operation):
      attributes.set("alpha", operation.alpha)
      attributes.set("beta", operation.beta)
      attributes.set("transA", operation.transposesInput)
      attributes.set("transB", operation.transposesWeight)
    case .activation(let operation):
      return describe(operation.function, node, in: &attributes)
    case .softmax(let operation): attributes.set("axis", operation.axis)
    case .concatenation(let operation): attributes.set("axis", operation.axis)
    case .flatten(let operation): attributes.set("axis", operation.axis)
    case .transposition(let operation): attributes.set("perm", operation.permutation)
    case .reduction(let operation):
      attributes.set("keepdims", operation.keepsAxes)
      return operation.axes.isEmpty ? [] : [list("axes", operation.axes, of: node)]
    case .split(let operation):
      attributes.set("axis", operation.axis)
      return [list("split", operation.sizes, of: node)]
    case .reshape(let operation): return [sizes("shape", operation.target, of: node)]
    case .dropout(let operation):
      return [number("ratio", operation.ratio, as: .float32, of: node)]
    case .gather(let operation): attributes.set("axis", operation.axis)
    case .gatherElements(let operation): attributes.set("axis", operation.axis)
    case .gatherND(let operation): attributes.set("batch_dims", operation.batchAxes)
    case .slice(let operation): return bounds(of: operation, node)
    case .expand(let operation): return [sizes("shape", operation.target, of: node)]
    case .cast(let operation): attributes.set("to", Int(operation.elementType.onnxCode))
    case .predicate(let operation): describe(operation, in: &attributes)
    case .tile(let operation): return [sizes("repeats", operation.repeats, of: node)]
    case .range(let operation): return limits(of: operation, node)
    case .pad(let operation): return describe(operation, node, in: &attributes)
    case .cumulativeSum(let operation): return describe(operation, node, in: &attributes)
    case .triangle(let operation): return describe(operation, node, in: &attributes)
    case .extremePlace(let operation): describe(operation, in: &attributes)
    case .oneHot(let operation): return describe(operation, node, in: &attributes)
    case .depthToSpace(let operation):
      attributes.set("blocksize", operation.blockSize)
      attributes.set("mode", operation.isUnitMajor ? "CRD" : "DCR")
    case .groupNormalization, .rmsNormalization,  // written in pieces
      .matrixProduct, .parametricRelu, .elementwise, .combination, .identity, .scatterND,
      .sizeList, .selection, .comparison, .opaque:
      break
    }
    return []
  }

  private func describe(
    _ operation: Convolution, _ node: Node, in attributes: inout AttributeList
  ) {
    if let weight = node.inputs.dropFirst().first.flatMap({ shape(of: $0) }) {
      attributes.set("kernel_shape", Array(weight.sizes.dropFirst(2)))
    }
    attributes.set("strides", operation.strides)
    attributes.set("dilations", operation.dilations)
    attributes.set("group", operation.groups)
    attributes.set(operation.padding)
  }

  private func describe(_ operation: Pooling, in attributes: inout AttributeList) {
    guard let kernel = operation.kernel else { return }
    attributes.set("kernel_shape", kernel)
    attributes.set("strides", operation.strides)
    attributes.set("dilations", operation.dilations)
    attributes.set("ceil_mode", operation.roundsUp)
    if operation.function == .average {
      attributes.set("count_include_pad", operation.countsPadding)
    }
    attributes.set(operation.padding)
  }

  private mutating func describe(
    _ function: Activation.Function, _ node: Node, in attributes: inout AttributeList
  ) -> [String] {
    switch function {
    case .leakyRelu(let slope): attributes.set("alpha", slope)
    case .elu(let alpha), .celu(let alpha): attributes.set("alpha", alpha)
    case .thresholdedRelu(let threshold): attributes.set("alpha", threshold)
    case .shrink(let threshold, let bias):
      attributes.set("lambd", threshold)
      attributes.set("bias", bias)
    case .hardSigmoid(let alpha, let beta):
      attributes.set("alpha", alpha)
      attributes.set("beta", beta)
    case .gelu(let approximate): attributes.set("approximate", approximate ? "tanh" : "none")
    case .clip(let minimum, let maximum):
      let type = node.inputs.first.map { elementType(of: $0) } ?? .float32
      let bounds = [
        minimum.isInfinite ? "" : number("min", minimum, as: type, of: node),
        maximum.isInfinite ? "" : number("max", maximum, as: type, of: node),
      ]
      return Array(bounds.reversed().drop(while: \.isEmpty).reversed())
    case .selu(let alpha, let gamma):
      guard function != .selu() else { break }
      attributes.set("alpha", alpha)
      attributes.set("gamma", gamma)
    case .relu, .sigmoid, .hardSwish, .tanh, .softplus, .softsign, .mish, .absolute,
      .negate, .exponential, .squareRoot, .reciprocal, .errorFunction, .elementary:
      break
    }
    return []
  }

  mutating func list(_ role: String, _ values: [Int], of node: Node) -> String {
    addOperand(role, of: node, Tensor(values.map { Int64($0) }, shape: [values.count]))
  }

  mutating func number(
    _ role: String, _ value: Double, as type: ElementType, of node: Node
  ) -> String {
    addOperand(role, of: node, Tensor(elementType: type, shape: []) { _ in value })
  }
}

extension AttributeList {
  fileprivate mutating func set(_ padding: Padding) {
    switch padding {
    case .explicit(let amounts): set("pads", amounts)
    case .sameUpper: set("auto_pad", "SAME_UPPER")
    case .sameLower: set("auto_pad", "SAME_LOWER")
    }
  }
}
