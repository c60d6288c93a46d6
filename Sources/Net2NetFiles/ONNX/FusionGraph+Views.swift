internal import Net2Net

extension FusionGraph {
  /// All elements of x picked by number, in their order: how torch's newer exporter writes a view
  /// (`as_strided`) of a batch, n · s + c as the index of place c of example n. It is a reshape, and
  /// lets widths through that picking by number would pin.
  ///
  /// - Parameter allowance: what may still be spent on comparing numbers, in elements for each axis.
  func view(endingIn node: Node, within allowance: inout Int) -> FusiblePattern? {
    var trail = Trail()
    guard case .gather(let gather) = node.operation, gather.axis == 0, node.inputs.count == 2,
      type(of: node.inputs[0])?.rank == 1, let result = type(of: node.outputs[0]),
      let flat = step(to: node.inputs[0], "Reshape", on: &trail),
      let x = type(of: flat.inputs[0]),
      Dimension.product(of: x.dimensions) == Dimension.product(of: result.dimensions),
      let batch = result.dimensions.first, batch == x.dimensions.first, batch.size == nil,
      let places = places(of: result), KnownTensor.follows(places),
      countsThrough(node.inputs[1], places, batch, &trail, &allowance)
    else { return nil }
    return FusiblePattern(
      operation: .reshape(Reshape(target: [0] + Array(places.sizes.dropFirst()))),
      inputs: [flat.inputs[0]], trail: trail)
  }

  /// The places of one example, an axis of size 1 for the batch in front.
  private func places(of type: TensorType) -> Shape? {
    let sizes = type.dimensions.dropFirst().compactMap(\.size)
    guard sizes.count == type.rank - 1, !sizes.contains(0) else { return nil }
    return Shape([1] + sizes)
  }

  /// True when `value` numbers the places of each example after those of the one before: constants
  /// that add up to the places' numbers, and the examples' times their count.
  private func countsThrough(
    _ value: String, _ places: Shape, _ batch: Dimension, _ trail: inout Trail,
    _ allowance: inout Int
  ) -> Bool {
    allowance -= places.elementCount
    guard allowance > 0 else { return false }
    var value = value
    var numbers = [Int](repeating: 0, count: places.elementCount)
    while let sum = step(to: value, "Add", on: &trail) {
      allowance -= numbers.count * (1 + places.rank)
      guard allowance > 0,
        let (constant, other) = sum.bothOrders.first(where: { parameter($0.0) != nil }),
        let offsets = parameter(constant).flatMap({ KnownTensor($0) })?
          .expanded(to: places)?.integers, offsets.count == numbers.count
      else { return false }
      trail.constants.append(constant)
      numbers = zip(numbers, offsets).map { $0 &+ $1 }
      value = other
    }
    let spread = [batch] + places.sizes.dropFirst().map { _ in 1 }
    guard numbers == Array(numbers.indices), type(of: value)?.dimensions == spread,
      let column = step(to: value, "Reshape", on: &trail),
      let product = step(to: column.inputs[0], "Mul", on: &trail),
      let (stride, examples) = numberAndOther(product, &trail),
      stride == Double(places.elementCount),
      let range = step(to: examples, "Range", on: &trail)
    else { return false }
    return range.operation == .range(CountingRange(limit: batch))
  }
}
