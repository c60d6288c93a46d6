internal import OrderedCollections

/// Decides, once all widths are known, how each may grow and what its copies hold.
///
/// A width is pinned by whatever pins an axis of it. One that a mean runs over needs equal numbers
/// of copies. One that two activations are contracted over, whose squares are summed, or that a
/// tied parameter both writes and reads needs isometric copies, and these reach only as far as
/// operators let scaled units through (``Scaling``).
struct FreedomSettlement {
  let network: Network
  let types: ValueTypes
  let layouts: [Widths.TensorAxis: AxisLayout]
  let summaries: [Widths.Summary]
  let pins: [(layout: AxisLayout, reason: Freedom.Reason)]
  let contractions: [(layout: AxisLayout, node: String)]
  private let operations: [String: Operator]

  private var pinned: [Int: [Freedom.Reason]] = [:]
  private var uniform: [Int: [Freedom.Reason]] = [:]
  /// Why a width needs isometric copies.
  private var isometric: [Int: [Freedom.Reason]] = [:]

  init(
    network: Network, types: ValueTypes, layouts: [Widths.TensorAxis: AxisLayout],
    summaries: [Widths.Summary], pins: [(layout: AxisLayout, reason: Freedom.Reason)],
    contractions: [(layout: AxisLayout, node: String)]
  ) {
    self.network = network
    self.types = types
    self.layouts = layouts
    self.summaries = summaries
    self.pins = pins
    self.contractions = contractions
    operations = Dictionary(
      network.graph.nodes.map { ($0.name, $0.operation) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func settle(_ widths: inout [Width]) {
    for (layout, reason) in pins {
      for width in layout.widths { pinned[width, default: []].append(reason) }
    }
    for summary in summaries { take(summary) }
    for (layout, node) in contractions {
      for width in layout.widths { isometric[width, default: []].append(.contracted(node: node)) }
    }
    for index in widths.indices { takeTies(of: widths[index], index) }
    pinUnscalable()
    let fillable = MeanFilling(
      network: network, types: types, layouts: layouts, summaries: summaries
    )
    .widths(among: Set(uniform.keys).subtracting(isometric.keys).subtracting(pinned.keys))
    for index in widths.indices {
      if isometric[index] != nil { widths[index].copying = .isometric }
      if fillable.contains(index) {
        widths[index].copying = .meanFilled
        continue
      }
      if let reasons = pinned[index] {
        widths[index].freedom = .pinned(reasons.uniqued())
      } else if let reasons = uniform[index] {
        widths[index].freedom = .uniform(reasons.uniqued())
      }
    }
  }

  private mutating func take(_ summary: Widths.Summary) {
    let reason = Freedom.Reason.operation(
      node: summary.node, name: operations[summary.node]?.definition.name ?? "",
      reason: summary.statistic.reason)
    let widths = summary.layout.widths
    // Next to units that cannot grow, no others can: the summary would weigh them anew.
    let isGrowable = summary.layout.segments.allSatisfy { !AxisLayout([$0]).widths.isEmpty }
    for width in widths {
      switch summary.statistic {
      case .mean, .moments:
        if isGrowable {
          uniform[width, default: []].append(reason)
        } else {
          pinned[width, default: []].append(reason)
        }
      case .sumOfSquares, .meanOfSquares: isometric[width, default: []].append(reason)
      }
    }
  }

  /// A parameter that both writes and reads a width can do so with one and the same factor; one
  /// that is also multiplied elementwise, where it is not to be scaled, cannot.
  private mutating func takeTies(of width: Width, _ index: Int) {
    let axes = Dictionary(grouping: width.uses) {
      Widths.TensorAxis(tensor: $0.parameter, axis: $0.axis)
    }
    for uses in axes.values where uses.count > 1 {
      guard let reader = uses.first(where: { $0.role == .reader }),
        let other = uses.first(where: { $0.role != .reader })
      else { continue }
      let tie = Freedom.Reason.tied(
        parameter: reader.parameter, writer: other.node, reader: reader.node)
      if uses.contains(where: { $0.role == .carrier }) {
        pinned[index, default: []].append(tie)
      } else {
        isometric[index, default: []].append(tie)
      }
    }
  }

  private mutating func pinUnscalable() {
    guard !isometric.isEmpty else { return }
    let parameters = network.parameters
    let summariesByNode = Dictionary(grouping: summaries, by: \.node)
    for node in network.graph.nodes {
      let passage = ScaledPassage(
        node, layouts: layouts, types: types,
        isParameter: { parameters[$0] != nil },
        summaries: summariesByNode[node.name] ?? [])
      for width in passage.blocked where isometric[width] != nil {
        let needed = isometric[width]?.first ?? .contracted(node: node.name)
        pinned[width, default: []].append(
          .unscalable(
            node: node.name, name: node.operation.definition.name, needed: needed))
      }
    }
    for (width, means) in uniform {
      guard let needed = isometric[width] else { continue }
      pinned[width, default: []] += needed.prefix(1) + means.prefix(1)
    }
  }
}

/// Which widths a node lets through with their units scaled.
private struct ScaledPassage {
  let node: Node
  let layouts: [Widths.TensorAxis: AxisLayout]
  let types: ValueTypes
  let isParameter: (String) -> Bool
  let summaries: [Widths.Summary]

  init(
    _ node: Node, layouts: [Widths.TensorAxis: AxisLayout], types: ValueTypes,
    isParameter: @escaping (String) -> Bool, summaries: [Widths.Summary]
  ) {
    self.node = node
    self.layouts = layouts
    self.types = types
    self.isParameter = isParameter
    self.summaries = summaries
  }

  /// Widths that run through the node and would not come out scaled as they went in.
  var blocked: Set<Int> {
    let operands = node.inputs.filter { types[$0]?.elementType.isFloatingPoint ?? false }
    let carried = operands.map(widths)
    let made = node.outputs.reduce(into: Set<Int>()) { $0.formUnion(widths(of: $1)) }
    let activations = zip(operands, carried).filter { !isParameter($0.0) }.map(\.1)
    let all = carried.reduce(made) { $0.union($1) }
    switch node.operation.definition.scaling {
    case .allOperands:
      // Pieces laid end to end do not mix their units.
      return isJoining ? [] : made.filter { width in !carried.allSatisfy { $0.contains(width) } }
    case .eachOperand:
      return made.filter { width in activations.filter { $0.contains(width) }.count > 1 }
    case .firstOperand:
      let others = zip(operands, carried).dropFirst().filter { !isParameter($0.0) }
      return others.reduce(into: []) { $0.formUnion($1.1) }
    case .none:
      let squared = summaries.filter { !$0.statistic.isMean }.flatMap(\.layout.widths)
      return activations.reduce(all) { $0.union($1) }.subtracting(squared)
    }
  }

  private var isJoining: Bool {
    switch node.operation {
    case .concatenation, .split: true
    default: false
    }
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

extension Array where Element: Hashable {
  fileprivate func uniqued() -> [Element] {
    var seen = Set<Element>()
    return filter { seen.insert($0).inserted }
  }
}
