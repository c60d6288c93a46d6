internal import OrderedCollections

/// The values that a parameter has in a new network, from the slot it fills.
enum Initialization: Hashable {
  case constant(Double)
  /// He et al. 2015: standard deviation √(2 / fan-in).
  case normal(standardDeviation: Double)

  /// Nil for a parameter that is a plain operand of whatever reads it.
  init?(of parameter: String, _ kind: ParameterKind?, shape: Shape, widths: Widths) {
    guard let kind else { return nil }
    switch kind {
    case .bias, .runningMean: self = .constant(0)
    case .scale, .runningVariance: self = .constant(1)
    case .weight:
      let fanIn = (0..<shape.rank).reduce(1) { product, axis in
        switch widths.roles[Widths.TensorAxis(tensor: parameter, axis: axis)] {
        case .writer, .carrier: product
        case .reader, nil: product * shape[axis]
        }
      }
      self = .normal(standardDeviation: (2 / Double(max(fanIn, 1))).squareRoot())
    }
  }
}

extension Network {
  /// What a parameter is for: the slot it fills in the first node that gives it one.
  public func kind(ofParameter name: String) -> ParameterKind? { kindsOfParameters[name] }

  /// The same for all parameters that are for something; literals are for nothing.
  var kindsOfParameters: [String: ParameterKind] {
    kinds { $0.definition.moved.positions(of: $1) }.compactMapValues(\.first)
  }

  /// What each parameter is for, once for each node that reads it, or a function of parameters
  /// alone, for something: a weight that an exporter transposes in the graph, a temperature behind
  /// its exponential, a bias of which a third is overwritten. Literals are for nothing.
  package var parameterKinds: [String: Set<ParameterKind>] {
    kinds { Array(0..<$1) }.mapValues(Set.init)
  }

  /// Parameters' kinds in the order of the nodes; what an operator makes of parameters alone stands
  /// for those `kept` of its operands.
  private func kinds(
    through kept: (Operator, _ operandCount: Int) -> [Int]
  ) -> [String: [ParameterKind]] {
    var kinds: [String: [ParameterKind]] = [:]
    /// Floating-point parameters by the values that are made of parameters alone.
    var sources = parameters.mapValues { $0.elementType.isFloatingPoint ? [$0.name] : [] }
    sources[""] = []
    for node in graph.nodes {
      let operands = node.inputs.map { sources[$0] }
      let isOfParameters = !operands.isEmpty && !operands.contains(nil)
      for (position, kind) in node.kindsOfOperands(besideOthers: !isOfParameters) {
        for name in operands[position] ?? [] where parameters[name]?.isLiteral == false {
          kinds[name, default: []].append(kind)
        }
      }
      guard isOfParameters else { continue }
      let positions = kept(node.operation, operands.count)
      // A function of more parameters than these is followed no further: each node of a chain
      // would list them all again.
      guard !positions.isEmpty, operands.reduce(0, { $0 + ($1?.count ?? 0) }) <= 256 else {
        continue
      }
      let united = Array(OrderedSet(positions.flatMap { operands[$0] ?? [] }))
      for output in node.outputs { sources[output] = united }
    }
    return kinds
  }
}

extension Node {
  /// By position. A parameter laid end to end with what a run computes is what an embedding's rows
  /// are: a token for the class in front of those of an image.
  fileprivate func kindsOfOperands(besideOthers: Bool) -> [(Int, ParameterKind)] {
    if case .concatenation = operation {
      return besideOthers ? inputs.indices.map { ($0, .weight) } : []
    }
    return operation.definition.parameterKinds.filter { inputs.indices.contains($0.key) }
      .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
