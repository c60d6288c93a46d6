internal import OrderedCollections

/// Puts one more layer into a dense block: behind B(x), wherever it is joined, comes B′ of x and
/// B(x). B′ is built as B is and drawn as in a new network.
///
/// To everything behind, the width that B makes has doubled: readers take the new half with zeros,
/// norms and other carriers take over what they have for the old one, and attributes follow, all
/// as ``WidthGrowth`` does it for a width. Nothing reads B′ at birth, so the function stays, by
/// batch statistics too.
struct BranchCopy {
  let branch: JoinedBranch
  let network: Network
  let names: CopiedNames
  let draw: Draw

  init(of branch: JoinedBranch, in network: Network, number: Int, draw: Draw) {
    self.branch = branch
    self.network = network
    names = CopiedNames(
      block: branch.name, prefix: network.unusedPrefix("\(branch.name)~\(number)"),
      number: network.origins.unusedCopy(of: branch.name, from: number))
    self.draw = draw.derived(for: names.prefix)
  }

  func inserted() throws(NetworkError) -> Network {
    var insertion = GraphInsertion(into: try withRoom())
    let joined = try appendJoin(to: &insertion)
    let copy = try widerBody()
    var renamed = [branch.input: joined]
    for node in copy.graph.nodes {
      for output in node.outputs where !output.isEmpty { renamed[output] = names.copied(output) }
      let isParameter = { (name: String) in copy.parameters[name] != nil }
      insertion.append(
        Node(
          name: names.copied(node.name), operation: node.operation,
          inputs: node.inputs.map { isParameter($0) ? names.copied($0) : renamed[$0] ?? $0 },
          outputs: node.outputs.map { $0.isEmpty ? "" : names.copied($0) }),
        from: names.origin(of: node.name))
    }
    for parameter in copy.parameters.values {
      insertion.add(
        parameter.renamed(names.copied(parameter.name)), from: names.origin(of: parameter.name))
    }
    return try insertion.finished(
      behind: branch.output, joining: renamed[branch.output] ?? branch.output)
  }

  /// x and B(x), as one value for B′ to read.
  private func appendJoin(to insertion: inout GraphInsertion) throws(NetworkError) -> String {
    guard let producer = network.graph.producers[branch.output] else {
      throw .undefinedOutput(branch.output)
    }
    let site = network.graph.nodes[producer].name
    let joined = "\(names.prefix).input"
    insertion.append(
      Node(
        name: joined, operation: .concatenation(Concatenation(axis: branch.axis)),
        inputs: branch.parts + [branch.output], outputs: [joined]),
      from: .inserted(at: site, number: network.origins.unusedNumber(at: site), part: "input"))
    return joined
  }

  // MARK: Behind the branch

  /// The network in which everything but B takes B(x) as twice as wide.
  private func withRoom() throws(NetworkError) -> Network {
    let widths = try Widths(of: network)
    let width = try widthToDouble(in: widths)
    let size = widths.all[width].size
    let map = UnitMap(
      from: size, to: 2 * size, mapping: .balanced, symmetry: .zero, draw: draw)
    var grown = try WidthGrowth(
      widths: widths, maps: [width: map], style: .copies(.zero), draw: draw
    ).applied(to: network)
    let body = branch.body.map { network.graph.nodes[$0] }
    for (index, node) in zip(branch.body, body) {
      grown.graph.nodes[index] = node
      for parameter in node.inputs.compactMap({ network.parameters[$0] }) {
        grown.setParameter(parameter)
      }
    }
    grown.takeOrigins(of: body, from: network)
    return grown
  }

  private func widthToDouble(in widths: Widths) throws(NetworkError) -> Int {
    guard let index = widths.layout(of: branch.output, axis: branch.axis)?.soleWidth else {
      throw refusal("what it makes is no width of its own")
    }
    let width = widths.all[index]
    guard width.size < UnitMap.unitLimit / 2 else {
      throw refusal("\(width.size) units are too many to double")
    }
    guard width.freedom == .free, width.copying == .plain else {
      let reasons = width.freedom.sentences.joined(separator: "; ")
      throw refusal("what it makes cannot grow unit by unit: \(reasons)")
    }
    let inside = Set(branch.body.map { network.graph.nodes[$0].name })
    if let other = width.uses.first(where: { $0.role == .writer && !inside.contains($0.node) }) {
      throw refusal("node \"\(other.node)\" writes the units that it makes, too")
    }
    let shared = Dictionary(grouping: width.uses, by: \.parameter).first { _, uses in
      Set(uses.map { inside.contains($0.node) }).count > 1
    }
    if let parameter = shared?.key {
      throw refusal("it shares \"\(parameter)\" with what comes behind it")
    }
    return index
  }

  // MARK: The new branch

  /// B by itself, reading x and B(x), with the weights of a new network. What it goes along with x
  /// by, such as a batch norm's statistics of x, is B's.
  private func widerBody() throws(NetworkError) -> Network {
    let body = try alone()
    let widths = try Widths(of: body)
    let kinds = body.kindsOfParameters
    var wider = try widened(body, widths)
    for (name, parameter) in wider.parameters where !isCarrier(name, of: body, in: wider) {
      let initialization = Initialization(
        of: name, kinds[name], shape: parameter.shape, widths: widths)
      let filling: Filling
      switch initialization {
      case .constant(let value): filling = .constant(value)
      case .normal(let deviation):
        filling = .normal(standardDeviation: deviation, draw.derived(for: name))
      case nil: continue
      }
      wider.setParameter(
        Parameter(
          name: name, elementType: parameter.elementType, shape: parameter.shape,
          filling: filling))
    }
    return wider
  }

  private func isCarrier(_ name: String, of body: Network, in wider: Network) -> Bool {
    guard let parameter = wider.parameters[name], body.kindsOfParameters[name] != .weight else {
      return false
    }
    return parameter.shape != body.parameters[name]?.shape
  }

  private func alone() throws(NetworkError) -> Network {
    let nodes = branch.body.map { network.graph.nodes[$0] }
    for node in nodes where node.renamableInputs.count < node.inputs.count {
      throw refusal("node \"\(node.name)\" holds a graph that reads values by name")
    }
    let types = try network.validate()
    let border = [branch.input, branch.output].compactMap { value in
      types[value].map { ValueDeclaration(value, $0) }
    }
    guard border.count == 2 else { throw refusal("the shapes around it are not known") }
    return Network(
      graph: Graph(name: names.prefix, inputs: [border[0]], outputs: [border[1]], nodes: nodes),
      parameters: nodes.flatMap(\.inputs).compactMap { network.parameters[$0] })
  }

  private func widened(_ body: Network, _ widths: Widths) throws(NetworkError) -> Network {
    guard let index = widths.layout(of: branch.input, axis: branch.axis)?.soleWidth,
      let made = widths.layout(of: branch.output, axis: branch.axis), !made.widths.contains(index)
    else { throw refusal("what it reads cannot grow without what it makes") }
    let pins = widths.all[index].freedom.reasons.filter {
      if case .graphInput = $0 { false } else { true }
    }
    if case .pinned = widths.all[index].freedom, let pin = pins.first {
      throw refusal("what it reads cannot grow: \(pin)")
    }
    let size = widths.all[index].size
    let added = made.size { widths.all[$0].size }
    guard size + added < UnitMap.unitLimit else {
      throw refusal("\(size + added) units are too many to read")
    }
    return try WidthGrowth(
      widths: widths, maps: [index: .fresh(from: size, to: size + added)], style: .initialised,
      draw: draw
    ).applied(to: body)
  }

  private func refusal(_ reason: String) -> NetworkError {
    .notGrowable(what: "block \"\(branch.name)\"", reason: reason)
  }
}

extension Network {
  /// Undoes what was recorded of nodes and their parameters that are again as in `earlier`.
  fileprivate mutating func takeOrigins(of nodes: [Node], from earlier: Network) {
    for node in nodes {
      origins.nodes[node.name] = earlier.origins.nodes[node.name]
      recorded.nodes[node.name] = earlier.recorded.nodes[node.name]
      for input in node.inputs {
        origins.parameters[input] = earlier.origins.parameters[input]
        recorded.parameters[input] = earlier.recorded.parameters[input]
      }
    }
  }
}
