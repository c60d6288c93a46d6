/// A place where a layer can be inserted: behind a node, before whatever reads its output.
public struct Site: Hashable, Sendable {
  /// The node that it lies behind.
  public var name: String
  /// The value that the inserted layer reads.
  public var value: String
  public var channels: Int
  /// Spatial sizes; empty for a dense layer.
  public var spatialSizes: [Int]
  public var insertion: Insertion

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
  /// Every site of the network, in the order of the graph: outputs of (N, C) and of (N, C, d…)
  /// with known channels and places, other than the graph's own.
  public func sites() throws(NetworkError) -> [Site] {
    let types = try validate()
    let borders = Set(graph.outputs.map(\.name))
    let readers = graph.readers
    let signs = NonNegativeValues(of: graph)
    return graph.nodes.compactMap { node in
      guard node.outputs.count == 1, let value = node.outputs.first, !borders.contains(value),
        readers[value] != nil, let type = types[value], type.elementType.isFloatingPoint,
        type.rank == 2 || type.rank >= 4, let channels = type.dimensions[1].size
      else { return nil }
      let spatial = type.dimensions.dropFirst(2).compactMap(\.size)
      guard spatial.count == type.rank - 2 else { return nil }
      return Site(
        name: node.name, value: value, channels: channels, spatialSizes: spatial,
        insertion: insertion(behind: node, signs))
    }
  }

  private func insertion(behind node: Node, _ signs: NonNegativeValues) -> Site.Insertion {
    if case .activation(let activation) = node.operation {
      if activation.function.isIdempotent { return .idempotent(activation.function) }
      if PairedActivation.constant(of: activation.function) != nil {
        return .paired(.function(activation.function))
      }
    }
    if isSilu(node) { return .paired(.silu) }
    return signs.contains(node.outputs[0]) ? .idempotent(.relu) : .linear
  }

  private func isSilu(_ node: Node) -> Bool {
    guard case .elementwise(let operation) = node.operation, operation.function == .multiply
    else { return false }
    return zip(node.inputs, node.inputs.reversed()).contains { gate, value in
      graph.nodes.contains {
        $0.outputs == [gate] && $0.inputs == [value]
          && $0.operation == .activation(Activation(.sigmoid))
      }
    }
  }
}

extension Activation.Function {
  /// φ(φ(v)) = φ(v) for every v.
  var isIdempotent: Bool {
    switch self {
    case .relu, .clip, .absolute: true
    default: false
    }
  }

  /// φ(v) ≥ 0 for every v.
  var isNonNegative: Bool {
    switch self {
    case .relu, .sigmoid, .softplus, .absolute, .exponential, .squareRoot: true
    case .clip(let minimum, _): minimum >= 0
    case .thresholdedRelu(let threshold): threshold >= 0
    default: false
    }
  }
}

/// Values that are never negative, whatever the input: there a ReLU changes nothing.
struct NonNegativeValues {
  private var values = Set<String>()

  init(of graph: Graph) {
    for node in graph.nodes where isNonNegative(node) { values.formUnion(node.outputs) }
  }

  func contains(_ value: String) -> Bool { values.contains(value) }

  private func isNonNegative(_ node: Node) -> Bool {
    let inputsAre = node.inputs.allSatisfy { values.contains($0) }
    switch node.operation {
    case .activation(let activation):
      return activation.function.isNonNegative
    case .softmax(let softmax):
      return !softmax.isLogarithmic
    case .elementwise(let operation):
      return inputsAre && operation.function != .subtract
    case .reduction(let reduction):
      // A logarithm of what is not negative may be.
      return inputsAre && reduction.function != .logSum && reduction.function != .logSumExp
    case .pooling, .modulo, .combination, .dropout, .concatenation, .split, .flatten, .reshape,
      .transposition, .identity:
      return inputsAre
    case .einsum:
      return inputsAre
    case .gather, .gatherElements, .gatherND, .slice, .expand:
      return values.contains(node.inputs[0])
    case .scatterND:
      return values.contains(node.inputs[0]) && values.contains(node.inputs[2])
    case .selection:
      return node.inputs.dropFirst().allSatisfy { values.contains($0) }
    case .comparison, .predicate, .cast:
      return false
    case .convolution, .batchNormalization, .layerNormalization, .instanceNormalization,
      .groupNormalization, .rmsNormalization, .dense, .matrixProduct, .parametricRelu, .opaque:
      return false
    }
  }
}
