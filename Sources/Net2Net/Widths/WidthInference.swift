internal import OrderedCollections

extension Widths {
  /// Finds the widths of a network: one variable an axis, one walk over what the operators say
  /// of their own tensors, unification. Knows no architecture and no operator by name.
  public init(of network: Network) throws(NetworkError) {
    var inference = WidthInference(network, types: try network.validate())
    try inference.walk()
    self = try inference.result()
  }
}

private struct WidthInference {
  typealias TensorAxis = Widths.TensorAxis
  typealias LocalWidth = Widths.LocalWidth

  struct RoleUse {
    var layout: AxisLayout
    var use: Width.Use
    /// Makes the units by itself, rather than adding to what others made.
    var isMaker: Bool
  }

  let network: Network
  let types: ValueTypes
  let nodes: [String: Node]
  var unifier = Unifier()
  var layouts: OrderedDictionary<TensorAxis, AxisLayout> = [:]
  var locals: OrderedDictionary<LocalWidth, AxisLayout> = [:]
  var pins: [(layout: AxisLayout, reason: Freedom.Reason)] = []
  var summaries: [Widths.Summary] = []
  /// Layouts over which two activations are multiplied and summed.
  var contractions: [(layout: AxisLayout, node: String)] = []
  var views: ParameterViews
  var roleUses: [RoleUse] = []

  init(_ network: Network, types: ValueTypes) {
    self.network = network
    self.types = types
    views = ParameterViews(of: network, types: types)
    nodes = Dictionary(
      network.graph.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for input in network.graph.inputs { addAxes(of: input.name) }
    for parameter in network.parameters.keys { addAxes(of: parameter) }
    for node in network.graph.nodes {
      for output in node.outputs where !output.isEmpty { addAxes(of: output) }
    }
  }

  private mutating func addAxes(of tensor: String) {
    guard let type = types[tensor] else { return }
    for (axis, dimension) in type.dimensions.enumerated() {
      let key = TensorAxis(tensor: tensor, axis: axis)
      switch dimension {
      case .fixed, .product: layouts[key] = unifier.variable(size: dimension)
      case .symbolic(let name): layouts[key] = AxisLayout(.symbol(name))
      }
    }
  }

  // MARK: The walk

  mutating func walk() throws(NetworkError) {
    for input in network.graph.inputs {
      pinAll(of: input.name, because: .graphInput(input.name))
    }
    for node in network.graph.nodes {
      apply(node)
      try check(unifier, at: "node \"\(node.name)\"")
    }
    for output in network.graph.outputs {
      pinAll(of: output.name, because: .graphOutput(output.name))
    }
  }

  private mutating func pinAll(of tensor: String, because reason: Freedom.Reason) {
    for axis in 0..<(types[tensor]?.rank ?? 0) {
      guard let layout = layouts[TensorAxis(tensor: tensor, axis: axis)] else { continue }
      pins.append((layout, reason))
    }
  }

  private mutating func apply(_ node: Node) {
    let inputs = node.inputs.map { types[$0] }
    let outputs = node.outputs.compactMap { types[$0] }
    let operation = node.operation.definition
    let isKnown = zip(node.inputs, inputs).allSatisfy { $0.isEmpty || $1 != nil }
    guard isKnown, outputs.count == node.outputs.count else {
      let reason = Freedom.Reason.operation(
        node: node.name, name: operation.name,
        reason: "the shapes around it are not known")
      for tensor in node.inputs + node.outputs { pinAll(of: tensor, because: reason) }
      return
    }
    views.follow(node)
    var mentioned = Set<TensorAxis>()
    for relation in operation.axisRelations(inputs: inputs, outputs: outputs) {
      apply(relation, of: node, mentioned: &mentioned)
    }
    pinUnmentioned(node, outputs, mentioned)
  }

  /// An operator that says nothing of an axis must not have it grown behind its back.
  private mutating func pinUnmentioned(
    _ node: Node, _ outputs: [TensorType], _ mentioned: Set<TensorAxis>
  ) {
    for tensor in node.inputs + node.outputs {
      for axis in 0..<(types[tensor]?.rank ?? 0) {
        let key = TensorAxis(tensor: tensor, axis: axis)
        guard !mentioned.contains(key), let layout = layouts[key] else { continue }
        pins.append(
          (
            layout,
            .operation(
              node: node.name, name: node.operation.definition.name,
              reason: "it does not say what axis \(axis) of \"\(tensor)\" means")
          ))
      }
    }
  }

  private mutating func apply(
    _ relation: AxisRelation, of node: Node, mentioned: inout Set<TensorAxis>
  ) {
    func layout(_ reference: AxisReference) -> AxisLayout {
      if let key = key(of: reference, node) { mentioned.insert(key) }
      return self.layout(of: reference, node)
    }
    switch relation {
    case .same(let a, let b):
      unify(layout(a), layout(b), node)
      // What is added to a width has to be scaled as the width is: it writes.
      let isAdded = node.operation.definition.scaling == .allOperands
      for reference in [a, b] {
        addRole(isAdded ? .writer : .carrier, reference, node, isMaker: false)
      }
    case .concatenated(let parts, let whole):
      unify(AxisLayout(parts.flatMap { layout($0).segments }), layout(whole), node)
    case .regrouped(let from, let to):
      unify(product(from.map(layout)), product(to.map(layout)), node)
    case .written(let axis, let parameter):
      unify(layout(axis), layout(parameter), node)
      addRole(.writer, parameter, node)
    case .carried(let axis, let parameter):
      unify(layout(axis), layout(parameter), node)
      addRole(.carrier, parameter, node)
    case .summed(let a, let b):
      unify(layout(a), layout(b), node)
      if !parameterAxes(b, node).isEmpty {
        addRole(.reader, b, node)
      } else if !parameterAxes(a, node).isEmpty {
        addRole(.reader, a, node)
      } else {
        contractions.append((layout(a), node.name))
      }
    case .statistic(let axis, let statistic):
      addSummary(layout(axis), statistic, node)
    case .extent(let axis):
      let size = self.size(of: axis, node)
      unify(layout(axis), size.map { AxisLayout(.constant($0)) } ?? layout(axis), node)
    case .pinned(let axis, let reason):
      pins.append((layout(axis), self.reason(node, reason)))
    }
  }

  private func reason(_ node: Node, _ text: String) -> Freedom.Reason {
    .operation(node: node.name, name: node.operation.definition.name, reason: text)
  }

  private mutating func unify(_ left: AxisLayout, _ right: AxisLayout, _ node: Node) {
    guard let failed = unifier.unify(left, right) else { return }
    let reason = Freedom.Reason.mismatch(node: node.name, name: node.operation.definition.name)
    pins += failed.map { ($0, reason) }
  }

  private func product(_ layouts: [AxisLayout]) -> AxisLayout {
    guard layouts.count != 1 else { return layouts[0] }
    // Axes multiply as wholes: one that is itself a concatenation stays the variable it was.
    return AxisLayout([layouts.flatMap { $0.segments.count == 1 ? $0.segments[0] : [] }])
  }

  // MARK: References

  private func key(of reference: AxisReference, _ node: Node) -> TensorAxis? {
    switch reference {
    case .input(let index, let axis): TensorAxis(tensor: node.inputs[index], axis: axis)
    case .output(let index, let axis): TensorAxis(tensor: node.outputs[index], axis: axis)
    case .local, .constant: nil
    }
  }

  private mutating func layout(of reference: AxisReference, _ node: Node) -> AxisLayout {
    switch reference {
    case .input, .output:
      let known = key(of: reference, node).flatMap { layouts[$0] }
      return known ?? unifier.variable(size: 1)
    case .constant(let size):
      return AxisLayout(.constant(size))
    case .local(let name, let size):
      let key = LocalWidth(node: node.name, name: name)
      if let known = locals[key] { return known }
      let variable = unifier.variable(size: .fixed(size))
      locals[key] = variable
      return variable
    }
  }

  private func size(of reference: AxisReference, _ node: Node) -> Int? {
    guard let key = key(of: reference, node) else { return nil }
    return types[key.tensor]?.dimensions[key.axis].size
  }

  /// The axes of parameters that an operand's axis is, if the operand is a view of some.
  private func parameterAxes(_ reference: AxisReference, _ node: Node) -> [TensorAxis] {
    guard case .input(let index, let axis) = reference, index < node.inputs.count else { return [] }
    return views.axes(of: node.inputs[index], axis: axis)
  }

  private mutating func addRole(
    _ role: AxisRole, _ reference: AxisReference, _ node: Node, isMaker: Bool = true
  ) {
    guard !views.isMade(by: node) else { return }
    for key in parameterAxes(reference, node) {
      guard let layout = layouts[key] else { continue }
      roleUses.append(
        RoleUse(
          layout: layout,
          use: Width.Use(parameter: key.tensor, axis: key.axis, role: role, node: node.name),
          isMaker: isMaker))
    }
  }

  private mutating func addSummary(_ layout: AxisLayout, _ statistic: Statistic, _ node: Node) {
    let gain = statistic.gain.flatMap { parameterAxes($0, node).first }
    if case .meanOfSquares = statistic, gain == nil {
      pins.append((layout, reason(node, "its gain, which would have to grow, is computed")))
    }
    summaries.append(
      Widths.Summary(layout: layout, statistic: statistic, node: node.name, gain: gain))
  }

  // MARK: The result

  /// A few nodes can join an axis from itself so often that its pieces cannot be listed.
  private func check(_ unifier: Unifier, at place: String) throws(NetworkError) {
    guard unifier.isExhausted else { return }
    throw .tooIntricate(
      "the axes that \(place) joins and cuts are made of too many pieces; join and cut fewer")
  }

  mutating func result() throws(NetworkError) -> Widths {
    unifier.bindSymbols()
    pinPartlyExpanded()
    var numbering = WidthNumbering(unifier: unifier)
    // Names come from first writers, so these are numbered first, in the order of the graph.
    for roleUse in namingOrder() {
      numbering.number(roleUse.layout, name: name(of: roleUse.use))
    }
    for (key, layout) in layouts { numbering.number(layout, name: key.tensor) }
    for (key, layout) in locals { numbering.number(layout, name: key.node) }
    var widths = numbering.widths
    for roleUse in roleUses {
      for index in Set(numbering.layout(roleUse.layout).widths) {
        widths[index].uses.append(roleUse.use)
      }
    }
    let numbered = Dictionary(
      uniqueKeysWithValues: layouts.map { ($0.key, numbering.layout($0.value)) })
    try check(numbering.unifier, at: "the network")
    let summaries = summaries.map { summary in
      var summary = summary
      summary.layout = numbering.layout(summary.layout)
      return summary
    }
    var settlement = FreedomSettlement(
      network: network, types: types, layouts: numbered, summaries: summaries,
      pins: pins.map { (numbering.layout($0.layout), $0.reason) },
      contractions: contractions.map { (numbering.layout($0.layout), $0.node) },
      parameterValues: views.values)
    settlement.settle(&widths)
    return Widths(
      all: widths, types: types, layouts: numbered,
      locals: Dictionary(
        uniqueKeysWithValues: locals.map { ($0.key, numbering.layout($0.value)) }),
      roles: Dictionary(
        roleUses.map { (TensorAxis(tensor: $0.use.parameter, axis: $0.use.axis), $0.use.role) },
        uniquingKeysWith: { first, second in first == .carrier ? second : first }),
      summaries: summaries, absorbers: settlement.absorbers)
  }

  private func namingOrder() -> [RoleUse] {
    let makers = roleUses.filter { $0.use.role == .writer && $0.isMaker }
    let adders = roleUses.filter { $0.use.role == .writer && !$0.isMaker }
    return makers + adders + roleUses.filter { $0.use.role == .carrier }
      + roleUses.filter { $0.use.role == .reader }
  }

  /// A width that nothing writes is named after the value it comes with.
  private func name(of use: Width.Use) -> String {
    guard use.role == .reader, let node = nodes[use.node] else {
      return use.node
    }
    return node.inputs.first { network.parameters[$0] == nil && !$0.isEmpty } ?? use.node
  }

  /// A bound variable that could not be multiplied out stands for what it is bound to in one
  /// place and for itself in another: neither may grow.
  private mutating func pinPartlyExpanded() {
    for (key, layout) in layouts {
      for width in unifier.resolved(layout).widths where unifier.isBound(width) {
        let reason = Freedom.Reason.operation(
          node: key.tensor, name: "layout",
          reason: "a joined axis is repeated by a number that is not fixed")
        pins.append((layout, reason))
        pins.append((unifier.resolved(AxisLayout(.width(width))), reason))
        if let binding = unifier.binding(of: width) { pins.append((binding, reason)) }
      }
    }
  }
}
