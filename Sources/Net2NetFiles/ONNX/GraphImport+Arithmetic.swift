internal import Net2Net

extension GraphImport {
  /// Axes are an input since operator set 13 for sums and 18 for the others.
  mutating func reduction(
    _ function: Reduction.Function, _ node: inout ForeignNode
  ) throws(FilesError) -> Conversion {
    guard let axes = try listOperand(1, or: "axes", of: &node) else { return .opaque }
    let keepsAxes = try node.flag("keepdims", default: true)
    let inputs = Array(node.inputs.prefix(1))
    if try node.flag("noop_with_empty_axes", default: false), axes.isEmpty {
      return function.ofOneElement.map { .node($0, inputs: inputs) } ?? .opaque
    }
    return .node(
      .reduction(Reduction(function, axes: axes, keepsAxes: keepsAxes)), inputs: inputs)
  }

  /// An equation that asks for a diagonal, or does not fit its operands, is left alone.
  func einsum(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    guard let text = try node.text("equation"), let einsum = try? Einsum(text),
      einsum.inputCount.contains(node.inputs.count)
    else { return nil }
    let operands = node.inputs.map { types[$0] }
    if !operands.contains(nil), (try? einsum.outputTypes(of: operands)) == nil { return nil }
    return .einsum(einsum)
  }
}

extension Reduction.Function {
  /// What the reduction does to each element where no axis is reduced; nil where no operator of
  /// ours does it.
  fileprivate var ofOneElement: Operator? {
    switch self {
    case .mean, .sum, .maximum, .minimum, .product, .logSumExp: .identity(Identity())
    case .l1, .l2: .activation(Activation(.absolute))
    case .logSum: .activation(Activation(.elementary(.logarithm)))
    case .sumOfSquares: nil
    }
  }
}
