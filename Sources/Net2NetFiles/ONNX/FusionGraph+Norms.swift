internal import Net2Net

extension FusionGraph {
  /// x · 1/√(mean of x² + ε) · scale, or with a division, over the last axes.
  func rmsNormalization(endingIn node: Node) -> FusiblePattern? {
    var trail = Trail()
    guard let norm = scaledByRoot(node, &trail), center(of: norm.x) == nil else { return nil }
    return FusiblePattern(
      operation: .rmsNormalization(RMSNormalization(axis: -norm.axes, epsilon: norm.epsilon)),
      inputs: [norm.x, norm.scale], trail: trail)
  }

  /// The same of x less its mean, plus a shift: how a layer norm is written before operator set 17.
  func layerNormalization(endingIn node: Node) -> FusiblePattern? {
    guard node.operation == .elementwise(Elementwise(.add)) else { return nil }
    for (value, shift) in node.bothOrders {
      var trail = Trail()
      guard let product = step(to: value, "Mul", on: &trail),
        let norm = scaledByRoot(product, &trail),
        let centered = center(of: norm.x), let shape = parameter(norm.scale)?.shape,
        parameter(shift)?.shape == shape,
        case .reduction(let mean) = source.nodes[centered.mean].operation,
        mean.keepsAxes, lastAxes(of: mean, type(of: centered.x)) == norm.axes,
        readers(of: norm.x).isSubset(of: trail.nodes)
      else { continue }
      trail.nodes += [centered.mean, centered.difference]
      return FusiblePattern(
        operation: .layerNormalization(
          LayerNormalization(axis: -norm.axes, epsilon: norm.epsilon)),
        inputs: [centered.x, norm.scale, shift], trail: trail)
    }
    return nil
  }

  /// x, its last axes, ε and the scale of x / √(mean of x² + ε) · scale.
  private func scaledByRoot(
    _ node: Node, _ trail: inout Trail
  ) -> (x: String, axes: Int, epsilon: Double, scale: String)? {
    guard node.operation == .elementwise(Elementwise(.multiply)) else { return nil }
    for (value, scale) in node.bothOrders {
      var attempt = trail
      guard let shape = parameter(scale)?.shape,
        let (x, root) = normalized(value, &attempt),
        let (mean, epsilon) = shiftedMean(under: root, &attempt),
        isSquare(mean.inputs[0], of: x, &attempt), let type = type(of: x),
        case .reduction(let reduction) = mean.operation, reduction.keepsAxes,
        let axes = lastAxes(of: reduction, type),
        type.dimensions.suffix(axes).map(\.size) == shape.sizes
      else { continue }
      trail = attempt
      return (x, axes, epsilon, scale)
    }
    return nil
  }

  /// How many axes a mean runs over, if they are the last.
  private func lastAxes(of mean: Reduction, _ type: TensorType?) -> Int? {
    guard mean.function == .mean, let rank = type?.rank else { return nil }
    let axes = mean.reducedAxes(rank: rank).sorted()
    return !axes.isEmpty && axes == Array(rank - axes.count..<rank) ? axes.count : nil
  }

  /// What `value` is the difference of, if from its own mean.
  private func center(of value: String) -> (x: String, mean: Int, difference: Int)? {
    guard let difference = producer(of: value),
      source.nodes[difference].operation == .elementwise(Elementwise(.subtract)),
      let mean = producer(of: source.nodes[difference].inputs[1]),
      case .reduction = source.nodes[mean].operation,
      source.nodes[mean].inputs == [source.nodes[difference].inputs[0]],
      readers(of: source.nodes[mean].outputs[0]) == [difference]
    else { return nil }
    return (source.nodes[mean].inputs[0], mean, difference)
  }

  /// x and √v, where `value` is x / √v, x · 1/√v in any of its forms.
  private func normalized(_ value: String, _ trail: inout Trail) -> (x: String, root: Node)? {
    guard let node = step(to: value, "Div", "Mul", on: &trail) else { return nil }
    if node.operation == .elementwise(Elementwise(.divide)) {
      return step(to: node.inputs[1], "Sqrt", on: &trail).map { (node.inputs[0], $0) }
    }
    for (x, factor) in node.bothOrders {
      var attempt = trail
      guard let inverse = step(to: factor, "Reciprocal", "Div", on: &attempt) else { continue }
      if inverse.inputs.count == 2 {
        guard number(inverse.inputs[0], &attempt) == 1 else { continue }
      }
      guard let root = step(to: inverse.inputs[inverse.inputs.count - 1], "Sqrt", on: &attempt)
      else {
        continue
      }
      trail = attempt
      return (x, root)
    }
    return nil
  }

  /// The mean and ε of √(mean + ε).
  private func shiftedMean(
    under root: Node, _ trail: inout Trail
  ) -> (mean: Node, epsilon: Double)? {
    guard let sum = step(to: root.inputs[0], "Add", on: &trail),
      let (epsilon, other) = numberAndOther(sum, &trail),
      let mean = step(to: other, "ReduceMean", on: &trail)
    else { return nil }
    return (mean, epsilon)
  }

  private func isSquare(_ value: String, of x: String, _ trail: inout Trail) -> Bool {
    guard let node = step(to: value, "Pow", "Mul", on: &trail), node.inputs.count == 2 else {
      return false
    }
    guard node.operation == .elementwise(Elementwise(.power)) else { return node.inputs == [x, x] }
    return node.inputs[0] == x && number(node.inputs[1], &trail) == 2
  }

  /// The nodes that ``GraphExport`` writes for a group norm. Norms of other exporters, whose scale
  /// comes as (C, 1, 1), grow by the rules of their operators.
  func groupNormalization(endingIn node: Node) -> FusiblePattern? {
    guard node.operation == .elementwise(Elementwise(.add)), node.inputs.count == 2 else {
      return nil
    }
    var trail = Trail()
    guard let scaled = step(to: node.inputs[0], "Mul", on: &trail),
      let restored = step(to: scaled.inputs[0], "Reshape", on: &trail),
      let norm = step(to: restored.inputs[0], "InstanceNormalization", on: &trail),
      case .instanceNormalization(let instance) = norm.operation,
      let grouped = step(to: norm.inputs[0], "Reshape", on: &trail),
      let x = type(of: grouped.inputs[0]), x == type(of: restored.outputs[0]),
      let groups = type(of: norm.inputs[0]), groups.rank == 3,
      groups.dimensions[0] == x.dimensions[0], let count = groups.dimensions[1].size,
      isConstant(norm.inputs[1], 1, &trail), isConstant(norm.inputs[2], 0, &trail),
      let scale = perChannel(scaled.inputs[1], x, &trail),
      let shift = perChannel(node.inputs[1], x, &trail)
    else { return nil }
    return FusiblePattern(
      operation: .groupNormalization(
        GroupNormalization(groups: count, epsilon: instance.epsilon)),
      inputs: [grouped.inputs[0], scale, shift], trail: trail)
  }

  private func isConstant(_ name: String, _ value: Double, _ trail: inout Trail) -> Bool {
    guard let parameter = parameter(name),
      parameter.tensor().doubles().allSatisfy({ $0 == value })
    else { return false }
    trail.constants.append(name)
    return true
  }

  /// The parameter (C) that `value` reads as (C, 1, …); itself where x has no more axes.
  private func perChannel(_ value: String, _ x: TensorType, _ trail: inout Trail) -> String? {
    let channels = x.dimensions[1].size.map { [$0] }
    if x.rank == 2 { return parameter(value)?.shape.sizes == channels ? value : nil }
    guard let reshape = step(to: value, "Reshape", on: &trail),
      parameter(reshape.inputs[0])?.shape.sizes == channels,
      type(of: value)?.shape?.sizes == channels.map({ $0 + Array(repeating: 1, count: x.rank - 2) })
    else { return nil }
    return reshape.inputs[0]
  }
}
