/// Finds widths that can take in units which hold the mean of all others (LEMON, arXiv
/// 2310.07999), so that a residual stream under layer norms grows to any size.
///
/// Such a unit leaves the mean alone and comes out of a layer norm as the norm's shift, whatever
/// the input. It stays the mean as long as the width is only written, added up and rearranged; past
/// any other function all such units are still alike, which is enough for readers that take them
/// with opposite signs. So every norm over the width must read a value of the first kind.
struct MeanFilling {
  private enum Fill {
    /// The mean of the other units.
    case mean
    /// The same for all new units.
    case alike
  }

  let network: Network
  let types: ValueTypes
  let layouts: [Widths.TensorAxis: AxisLayout]
  /// Parameters, and values that are parameters with their axes in another order.
  let parameterValues: Set<String>
  let summaries: [Widths.Summary]

  func widths(among candidates: Set<Int>) -> Set<Int> {
    var remaining = candidates
    for summary in summaries where !summary.isFillable {
      remaining.subtract(summary.layout.widths)
    }
    guard !remaining.isEmpty else { return [] }
    let norms = Dictionary(grouping: summaries, by: \.node).mapValues { summaries in
      Set(summaries.flatMap(\.layout.widths))
    }
    var fills: [String: [Int: Fill]] = [:]
    for node in network.graph.nodes {
      let normed = norms[node.name] ?? []
      for width in normed.intersection(remaining) {
        let input = node.inputs.first.flatMap { fills[$0]?[width] }
        if input != .mean { remaining.remove(width) }
      }
      let found = self.fills(behind: node, normed, fills)
      for output in node.outputs { fills[output] = found }
    }
    return remaining
  }

  private func fills(
    behind node: Node, _ normed: Set<Int>, _ fills: [String: [Int: Fill]]
  ) -> [Int: Fill] {
    let made = node.outputs.reduce(into: Set<Int>()) { $0.formUnion(widths(of: $1)) }
    guard !made.isEmpty else { return [:] }
    let carried = node.inputs.indices.compactMap { position -> (position: Int, widths: Set<Int>)? in
      let name = node.inputs[position]
      guard types[name]?.elementType.isFloatingPoint ?? false, !parameterValues.contains(name)
      else { return nil }
      return (position, widths(of: name))
    }
    let own = node.inputs.filter(parameterValues.contains).reduce(into: Set<Int>()) {
      $0.formUnion(widths(of: $1))
    }
    // A parameter goes along with the width, unit by unit, in a product.
    let multiplied = node.operation.definition.scaling == .allOperands ? [] : own
    var found: [Int: Fill] = [:]
    for width in made {
      let activations = carried.filter { $0.widths.contains(width) }.map(\.position)
      let areMeans = activations.allSatisfy { fills[node.inputs[$0]]?[width] == .mean }
      let keepsMeans = node.keepsMeans(of: activations)
      let isCarried = multiplied.contains(width) && !activations.isEmpty
      found[width] =
        areMeans && keepsMeans && !isCarried && !normed.contains(width) ? .mean : .alike
    }
    return found
  }

  private func widths(of tensor: String) -> Set<Int> {
    var widths = Set<Int>()
    for axis in 0..<(types[tensor]?.rank ?? 0) {
      let layout = layouts[Widths.TensorAxis(tensor: tensor, axis: axis)]
      widths.formUnion(layout?.widths ?? [])
    }
    return widths
  }
}

extension Widths.Summary {
  /// A layer norm over one width and nothing else.
  fileprivate var isFillable: Bool {
    guard case .moments = statistic else { return false }
    return layout.soleWidth != nil && gain != nil
  }
}

extension Node {
  /// The result of means is the mean of the results, where `operands` are those that have the width.
  fileprivate func keepsMeans(of operands: [Int]) -> Bool {
    switch operation.definition.linearity {
    case .allOperands: true
    case .eachOperand: operands.count <= 1
    case .firstOperand: operands.allSatisfy { $0 == 0 }
    case .none: false
    }
  }
}
