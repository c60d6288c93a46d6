/// A place where a layer can be inserted: behind a node, before whatever reads its output.
public struct Site: Hashable, Sendable {
  /// The node that it lies behind.
  public var name: String
  /// The value that the inserted layer reads.
  public var value: String
  /// Of the value, and of the layer that is inserted.
  public var elementType: ElementType
  public var channels: Int
  /// Sizes of the places, some perhaps known only at run time; empty unless the layer is a
  /// convolution.
  public var spatialSizes: [Dimension]
  public var layer: Layer
  public var insertion: Insertion

  /// What suits the value.
  public enum Layer: String, Hashable, Sendable, Codable {
    /// (N, C, d…).
    case convolution
    /// (N, C).
    case dense
    /// (…, C): the same matrix for every token or place.
    case tokenwise
  }

  /// What the inserted layer ends in, so that it starts as the identity.
  public enum Insertion: Hashable, Sendable {
    /// φ(φ(v)) = φ(v): an identity layer and φ (paper §2.2; exact for ReLU and clips).
    case idempotent(Activation.Function)
    /// φ(z) − φ(−z) = c·z: a layer [I; −I], φ, and a linear layer [I, −I]/c.
    case paired(PairedActivation)
    /// No non-linearity keeps the value: an identity layer alone, a factorisation.
    case linear
  }
}

/// Activations with φ(z) − φ(−z) = c·z.
public enum PairedActivation: Hashable, Sendable {
  case function(Activation.Function)
  /// z · sigmoid(z), which ONNX writes as two nodes.
  case silu

  /// The constant c; nil for a function without one.
  static func constant(of function: Activation.Function) -> Double? {
    switch function {
    case .leakyRelu(let slope): 1 + slope
    case .gelu, .softplus, .hardSwish, .relu: 1
    default: nil
    }
  }

  var constant: Double {
    switch self {
    case .function(let function): Self.constant(of: function) ?? 1
    case .silu: 1
    }
  }
}

extension Network {
  /// Every site of the network, in the order of the graph: values with one axis of features that
  /// a weight makes, the second one of (N, C, d…) or the last one of (…, C), other than the graph's
  /// own outputs.
  public func sites() throws(NetworkError) -> [Site] {
    let features = FeatureAxes(of: self, try Widths(of: self))
    let borders = Set(graph.outputs.map(\.name))
    let readers = graph.readers
    let signs = NonNegativeValues(of: graph)
    let gates = siluGates
    return graph.nodes.compactMap { node in
      guard node.outputs.count == 1, let value = node.outputs.first, !borders.contains(value),
        readers[value] != nil, let (type, axis, layer) = features[value],
        let channels = type.dimensions[axis].size
      else { return nil }
      return Site(
        name: node.name, value: value, elementType: type.elementType, channels: channels,
        spatialSizes: layer == .convolution ? Array(type.dimensions.dropFirst(2)) : [],
        layer: layer, insertion: insertion(behind: node, signs, gates))
    }
  }

  private func insertion(
    behind node: Node, _ signs: NonNegativeValues, _ gates: [String: String]
  ) -> Site.Insertion {
    if case .activation(let activation) = node.operation {
      if activation.function.isIdempotent { return .idempotent(activation.function) }
      if PairedActivation.constant(of: activation.function) != nil {
        return .paired(.function(activation.function))
      }
    }
    if isSilu(node, gates) { return .paired(.silu) }
    return signs.contains(node.outputs[0]) ? .idempotent(.relu) : .linear
  }

  /// Values that are the sigmoid of another, with that other.
  private var siluGates: [String: String] {
    var gates: [String: String] = [:]
    for node in graph.nodes where node.operation == .activation(Activation(.sigmoid)) {
      gates[node.outputs[0]] = node.inputs[0]
    }
    return gates
  }

  private func isSilu(_ node: Node, _ gates: [String: String]) -> Bool {
    guard case .elementwise(let operation) = node.operation, operation.function == .multiply
    else { return false }
    return gates[node.inputs[0]] == node.inputs[1] || gates[node.inputs[1]] == node.inputs[0]
  }
}

/// Which axis of a value lists its features.
private struct FeatureAxes {
  private let widths: Widths
  /// Widths that some weight writes.
  private let written: Set<Int>
  /// Numbers of axes of the values that the network convolves: elsewhere axes are not places.
  private let convolvedRanks: Set<Int>

  init(of network: Network, _ widths: Widths) {
    self.widths = widths
    convolvedRanks = Set(
      network.graph.nodes.compactMap { node in
        guard case .convolution = node.operation else { return nil }
        return widths.types[node.inputs[0]]?.rank
      })
    let kinds = network.kindsOfParameters
    written = Set(
      widths.all.indices.filter { index in
        widths.all[index].uses.contains {
          $0.role == .writer && kinds[$0.parameter] == .weight
        }
      })
  }

  /// Nil where no layer could be inserted: two axes that weights make, or none.
  subscript(value: String) -> (type: TensorType, axis: Int, layer: Site.Layer)? {
    guard let type = widths.types[value], type.elementType.isFloatingPoint, type.rank >= 2
    else { return nil }
    let layouts = (0..<type.rank).map { widths.layout(of: value, axis: $0)?.widths ?? [] }
    let axes = layouts.indices.filter { axis in layouts[axis].contains(where: written.contains) }
    guard axes.count == 1, let axis = axes.first else { return nil }
    if axis == type.rank - 1 { return (type, axis, type.rank == 2 ? .dense : .tokenwise) }
    let arePlaces = (2..<type.rank).allSatisfy { layouts[$0].isEmpty }
    guard axis == 1, convolvedRanks.contains(type.rank), arePlaces else { return nil }
    return (type, axis, .convolution)
  }
}

/// Values that are never negative, whatever the input: there a ReLU changes nothing.
struct NonNegativeValues {
  private var values = Set<String>()

  init(of graph: Graph) {
    for node in graph.nodes {
      let terms = node.terms(of: node.operation.definition.nonNegative)
      if terms?.allSatisfy({ $0.contains(where: values.contains) }) ?? false {
        values.formUnion(node.outputs)
      }
    }
  }

  func contains(_ value: String) -> Bool { values.contains(value) }
}
