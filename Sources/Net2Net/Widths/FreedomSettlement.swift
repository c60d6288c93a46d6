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
  /// Parameters, and values that are parameters with their axes in another order.
  let parameterValues: Set<String>
  private let operations: [String: Operator]
  /// Scales and shifts of norms that make up for what a tied parameter sums over.
  private(set) var absorbers: Set<Widths.TensorAxis> = []

  private var pinned: [Int: [Freedom.Reason]] = [:]
  private var uniform: [Int: [Freedom.Reason]] = [:]
  /// Why a width needs isometric copies.
  private var isometric: [Int: [Freedom.Reason]] = [:]

  init(
    network: Network, types: ValueTypes, layouts: [Widths.TensorAxis: AxisLayout],
    summaries: [Widths.Summary], pins: [(layout: AxisLayout, reason: Freedom.Reason)],
    contractions: [(layout: AxisLayout, node: String)], parameterValues: Set<String>
  ) {
    self.network = network
    self.types = types
    self.layouts = layouts
    self.summaries = summaries
    self.pins = pins
    self.contractions = contractions
    self.parameterValues = parameterValues
    operations = Dictionary(
      network.graph.nodes.map { ($0.name, $0.operation) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func settle(_ widths: inout [Width]) {
    for index in widths.indices where widths[index].size < 1 { pinned[index] = [.empty] }
    for (layout, reason) in pins {
      for width in layout.widths { pinned[width, default: []].append(reason) }
    }
    for summary in summaries { take(summary) }
    for (layout, node) in contractions {
      for width in layout.widths { isometric[width, default: []].append(.contracted(node: node)) }
    }
    let norms = AbsorbingNorms(of: network, summaries, parameterValues: parameterValues)
    for index in widths.indices { takeTies(of: widths[index], index, norms) }
    pinUnscalable()
    let fillable = MeanFilling(
      network: network, types: types, layouts: layouts, parameterValues: parameterValues,
      summaries: summaries
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
  private mutating func takeTies(of width: Width, _ index: Int, _ norms: AbsorbingNorms) {
    let axes = Dictionary(grouping: width.uses) {
      Widths.TensorAxis(tensor: $0.parameter, axis: $0.axis)
    }
    for uses in axes.values where uses.count > 1 {
      guard let reader = uses.first(where: { $0.role == .reader }),
        let other = uses.first(where: { $0.role != .reader })
      else { continue }
      if let absorbers = absorbers(for: uses, norms) {
        self.absorbers.formUnion(absorbers)
        continue
      }
      let tie = Freedom.Reason.tied(
        parameter: reader.parameter, writer: other.node, reader: reader.node)
      if uses.contains(where: { $0.role == .carrier }) {
        pinned[index, default: []].append(tie)
      } else {
        isometric[index, default: []].append(tie)
      }
    }
  }

  /// What makes up for all reading by one tied parameter that else writes only; nil where something
  /// is missing.
  private func absorbers(for uses: [Width.Use], _ norms: AbsorbingNorms) -> Set<Widths.TensorAxis>?
  {
    guard !uses.contains(where: { $0.role == .carrier }) else { return nil }
    var absorbers = Set<Widths.TensorAxis>()
    for use in uses where use.role == .reader {
      guard let found = norms.absorber(for: use) else { return nil }
      absorbers.formUnion(found)
    }
    return absorbers
  }

  private mutating func pinUnscalable() {
    guard !isometric.isEmpty else { return }
    let copies = ScaledCopies(
      network: network, types: types, layouts: layouts, parameterValues: parameterValues,
      summaries: summaries, contractions: contractions)
    for (width, node) in copies.obstacles(among: Set(isometric.keys)) {
      let needed = isometric[width]?.first ?? .contracted(node: node.name)
      pinned[width, default: []].append(
        .unscalable(node: node.name, name: node.operation.definition.name, needed: needed))
    }
    for (width, means) in uniform {
      guard let needed = isometric[width] else { continue }
      pinned[width, default: []] += needed.prefix(1) + means.prefix(1)
    }
  }
}

extension Array where Element: Hashable {
  fileprivate func uniqued() -> [Element] {
    var seen = Set<Element>()
    return filter { seen.insert($0).inserted }
  }
}
