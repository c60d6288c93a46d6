internal import OrderedCollections

/// Net2WiderNet (Chen et al. 2016, §2.1) over widths: writers and carriers gather the units,
/// readers share out their weights, and every attribute that names a size is worked out anew.
///
/// One growth covers any number of widths at once: a parameter axis is expanded from its layout,
/// so flattened, joined and grouped axes need no code of their own.
struct WidthGrowth {
  /// What new units hold.
  enum Style: Hashable {
    case copies(Symmetry)
    /// What a new network would have there. The function is not kept, unless nobody reads the
    /// new units.
    case initialised
    /// Zero weights, for units that nobody reads.
    case zeroed
  }

  let widths: Widths
  /// By index of the width.
  let maps: [Int: UnitMap]
  let style: Style
  let draw: Draw

  func applied(to network: Network) throws(NetworkError) -> Network {
    try checkSizes(of: network)
    try checkStatistics()
    var grown = network
    let kinds = network.kindsOfParameters
    for parameter in network.parameters.values {
      if let rewrite = rewrite(of: parameter, kinds[parameter.name]) {
        grown.setParameter(parameter.rewritten(by: rewrite))
        grown.record(.grown(from: parameter.name), ofParameter: parameter.name)
      }
    }
    grown.graph.nodes = network.graph.nodes.map(resized)
    for (old, new) in zip(network.graph.nodes, grown.graph.nodes)
    where new.operation != old.operation {
      grown.record(.grown(from: old.name), ofNode: old.name)
    }
    grown.graph.inputs = network.graph.inputs.map(resized)
    grown.graph.outputs = network.graph.outputs.map(resized)
    try grown.validate()
    return grown
  }

  /// A rewrite lists the entries of each axis that grows. A parameter without elements has no bytes
  /// that would keep its axes short.
  private func checkSizes(of network: Network) throws(NetworkError) {
    for parameter in network.parameters.values {
      for axis in 0..<parameter.shape.rank {
        guard let layout = widths.layout(of: parameter.name, axis: axis), isGrown(layout) else {
          continue
        }
        let size = newSize(of: layout)
        guard size < UnitMap.unitLimit else {
          throw .notGrowable(
            what: "parameter \"\(parameter.name)\"",
            reason: "its axis \(axis) would have \(size) entries; fewer than "
              + "\(UnitMap.unitLimit) are supported")
        }
      }
    }
  }

  /// A width summarised by an operator keeps its function only if each of its units has the
  /// same number of copies.
  private func checkStatistics() throws(NetworkError) {
    guard case .copies = style else { return }
    for summary in widths.summaries where isGrown(summary.layout) {
      guard summary.statistic.isMean, !isMeanFilled(summary.layout) else { continue }
      let entries = entries(of: summary.layout, role: .carrier, freshRoles: [.reader])
      let counts = Dictionary(grouping: entries) { $0.source }.mapValues(\.count)
      let isUniform = Set(counts.values).count == 1
      let makesCopies = summary.layout.widths.allSatisfy {
        maps[$0]?.units.contains(where: \.isFresh) != true
      }
      guard isUniform, makesCopies else {
        let names = summary.layout.widths.map { widths.all[$0].name }
        throw .unevenCopies(widths: names, node: summary.node)
      }
    }
  }

  private func isMeanFilled(_ layout: AxisLayout) -> Bool {
    layout.soleWidth.map { widths.all[$0].copying == .meanFilled } ?? false
  }

  private func isGrown(_ layout: AxisLayout) -> Bool {
    layout.widths.contains { maps[$0] != nil }
  }

  // MARK: Parameters

  private func rewrite(of parameter: Parameter, _ kind: ParameterKind?) -> Rewrite? {
    let freshRoles = freshRoles(of: parameter)
    var axes: [Rewrite.Axis] = []
    for axis in 0..<parameter.shape.rank {
      let key = Widths.TensorAxis(tensor: parameter.name, axis: axis)
      guard let layout = widths.layouts[key], isGrown(layout) else { continue }
      let role = widths.roles[key] ?? .carrier
      axes.append(
        Rewrite.Axis(
          axis: axis, role: role,
          entries: entries(of: layout, role: role, freshRoles: freshRoles)))
      axes[axes.count - 1].multiply(by: gain(at: key))
      if widths.absorbers.contains(key) { axes[axes.count - 1].absorb(copies: copies(of: layout)) }
    }
    guard !axes.isEmpty else { return nil }
    return Rewrite(
      axes: axes, noise: noise(on: axes), fresh: fresh(parameter, kind),
      draw: draw.derived(for: parameter.name))
  }

  /// What a parameter behind a norm is multiplied by to make up for the norm's divisor: the root
  /// of what is left of the variance, or of the mean of squares.
  private func gain(at key: Widths.TensorAxis) -> Double {
    guard case .copies = style, let summary = widths.summaries.first(where: { $0.gain == key })
    else { return 1 }
    let oldSize = summary.layout.size { widths.all[$0].size }
    let newSize = newSize(of: summary.layout)
    let kept = summary.statistic.isMean ? newSize / oldSize * oldSize : oldSize
    return (Double(kept) / Double(newSize)).squareRoot()
  }

  /// How many copies there are of each unit under a mean; 1 where the function is not to be kept.
  private func copies(of layout: AxisLayout) -> Int {
    guard case .copies = style else { return 1 }
    return newSize(of: layout) / layout.size { widths.all[$0].size }
  }

  /// Which roles of a fresh unit are drawn. Next to a copying symmetry's fresh writers, biases
  /// and carriers are taken over from an old unit: they are at the right scale there.
  private func freshRoles(of parameter: Parameter) -> Set<AxisRole> {
    guard case .copies = style else { return Set(AxisRole.allCases) }
    return parameter.shape.rank < 2 ? [.reader] : [.reader, .writer]
  }

  private func noise(on axes: [Rewrite.Axis]) -> Rewrite.Noise? {
    switch style {
    case .copies(.antithetic(let strength)):
      axes.first { $0.role == .reader }.map { .centred(axis: $0.axis, scale: strength) }
    case .copies(.noise(let strength)):
      axes.first { $0.role == .writer }.map { .onLaterCopies(axis: $0.axis, scale: strength) }
    case .copies, .initialised, .zeroed:
      nil
    }
  }

  private func fresh(_ parameter: Parameter, _ kind: ParameterKind?) -> Rewrite.Fresh {
    let grown = (0..<parameter.shape.rank).map { newSize(of: parameter.name, axis: $0) }
    let initialization = Initialization(
      of: parameter.name, kind, shape: Shape(grown), widths: widths)
    switch (style, initialization) {
    case (.initialised, .constant(let value)), (.zeroed, .constant(let value)):
      return .constant(value)
    case (.initialised, .normal(let deviation)): return .normal(standardDeviation: deviation)
    case (.copies, .normal(let deviation)): return .likeOld(fallback: deviation)
    case (.zeroed, .normal), (.copies, .constant), (_, .none): return .constant(0)
    }
  }

  // MARK: Layouts

  /// The new indices of an axis, expanded from its layout.
  func entries(
    of layout: AxisLayout, role: AxisRole, freshRoles: Set<AxisRole>
  ) -> [Rewrite.Entry] {
    var entries: [Rewrite.Entry] = []
    var oldOffset = 0
    for segment in layout.segments {
      let newOffset = entries.count
      entries += self.entries(of: segment, role: role, freshRoles: freshRoles).map {
        var entry = $0
        entry.source = $0.source.map { $0 + oldOffset }
        entry.averaged = $0.averaged.map { $0 + oldOffset }
        entry.drawKey += newOffset
        return entry
      }
      oldOffset += AxisLayout.size(of: segment) { widths.all[$0].size }
    }
    return entries
  }

  /// The indices of a product: those of its factors, combined row-major.
  private func entries(
    of segment: AxisLayout.Segment, role: AxisRole, freshRoles: Set<AxisRole>
  ) -> [Rewrite.Entry] {
    var product = [Rewrite.Entry(source: 0)]
    for factor in segment {
      let (oldSize, inner) = entries(of: factor, role: role, freshRoles: freshRoles)
      product = product.flatMap { outer in
        inner.map { $0.joined(toOuter: outer, oldSize: oldSize, newSize: inner.count) }
      }
    }
    return product
  }

  private func entries(
    of factor: AxisLayout.Factor, role: AxisRole, freshRoles: Set<AxisRole>
  ) -> (oldSize: Int, entries: [Rewrite.Entry]) {
    switch factor {
    case .symbol:
      return (1, [Rewrite.Entry(source: 0)])
    case .constant(let size):
      return (size, (0..<size).map { Rewrite.Entry(source: $0, drawKey: $0) })
    case .width(let width):
      let size = widths.all[width].size
      let map = maps[width]?.entries(for: role, freshRoles: freshRoles)
      return (size, map ?? (0..<size).map { Rewrite.Entry(source: $0, drawKey: $0) })
    }
  }

  // MARK: Attributes

  private func newSize(of layout: AxisLayout) -> Int {
    layout.size { maps[$0]?.newSize ?? widths.all[$0].size }
  }

  private func resized(_ node: Node) -> Node {
    let outputs = node.outputs.compactMap { widths.types[$0] }
    guard outputs.count == node.outputs.count else { return node }
    var node = node
    let old = node
    node.operation = node.operation.definition.resized(outputs: outputs) { reference in
      switch reference {
      case .input(let index, let axis): newSize(of: old.inputs[index], axis: axis)
      case .output(let index, let axis): newSize(of: old.outputs[index], axis: axis)
      case .constant(let size): size
      case .local(let name, let size):
        widths.locals[Widths.LocalWidth(node: old.name, name: name)].map(newSize) ?? size
      }
    }
    return node
  }

  private func newSize(of tensor: String, axis: Int) -> Int {
    if let layout = widths.layout(of: tensor, axis: axis) { return newSize(of: layout) }
    return widths.types[tensor]?.dimensions[axis].size ?? 0
  }

  /// Only growths that extend the graph's own inputs or outputs change their declarations.
  private func resized(_ border: ValueDeclaration) -> ValueDeclaration {
    var border = border
    for axis in border.type.dimensions.indices where border.type.dimensions[axis].size != nil {
      guard let layout = widths.layout(of: border.name, axis: axis), isGrown(layout) else {
        continue
      }
      border.type.dimensions[axis] = .fixed(newSize(of: layout))
    }
    return border
  }
}

extension Rewrite.Entry {
  /// This index of an inner factor under one of an outer factor. New wherever either is.
  fileprivate func joined(
    toOuter outer: Rewrite.Entry, oldSize: Int, newSize: Int
  ) -> Rewrite.Entry {
    // A fresh unit inside an old one, or around it, is worth what the fresh one says.
    var entry = Rewrite.Entry(
      source: nil, coefficient: outer.coefficient * coefficient,
      gradientCoefficient: outer.gradientCoefficient * gradientCoefficient,
      weight: outer.weight * weight,
      drawKey: outer.drawKey * newSize + drawKey,
      isLaterCopy: outer.isLaterCopy || isLaterCopy)
    if let outer = outer.source, let inner = source {
      entry.source = outer * oldSize + inner
    } else if !outer.isFresh, !isFresh {
      entry.averaged = outer.oldIndices.flatMap { outer in
        oldIndices.map { outer * oldSize + $0 }
      }
    }
    return entry
  }

  private var oldIndices: [Int] { source.map { [$0] } ?? averaged }
}

extension Rewrite.Axis {
  /// Lets copies add up to what one was, and means of others to nothing.
  fileprivate mutating func absorb(copies: Int) {
    multiply(by: 1 / Double(copies))
    for index in entries.indices where !entries[index].averaged.isEmpty {
      entries[index] = Rewrite.Entry(source: nil, gradientCoefficient: 0)
    }
  }

  fileprivate mutating func multiply(by factor: Double) {
    guard factor != 1 else { return }
    for index in entries.indices {
      entries[index].coefficient *= factor
      entries[index].gradientCoefficient /= factor
    }
  }
}
