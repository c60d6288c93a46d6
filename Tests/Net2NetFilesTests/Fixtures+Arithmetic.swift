import Net2Net

extension Fixtures {
  private static let volume = TensorType(.float32, [.symbolic("N"), 4, 3])

  /// Functions of one element that have no attributes, one after the other.
  static var elementary: Network {
    let functions: [Activation.Function] =
      Activation.Elementary.allCases.map { .elementary($0) }
      + [.celu(alpha: 0.7), .thresholdedRelu(threshold: 0.1), .shrink(threshold: 0.2, bias: 0.1)]
    let nodes = functions.enumerated().map { index, function in
      node(
        "f\(index)", .activation(Activation(function)), [index == 0 ? "x" : "v\(index)"],
        index == functions.count - 1 ? "y" : "v\(index + 1)")
    }
    return network("elementary", input: volume, nodes: nodes, output: volume, parameters: [])
  }

  static var arithmetic: Network {
    let einsum = (try? Einsum("ncl,dc->ndl")).map(Operator.einsum)
    return network(
      "arithmetic", input: volume,
      nodes: [
        node(
          "norm", .instanceNormalization(InstanceNormalization(epsilon: 1e-3)),
          ["x", "scale", "shift"], "n"),
        node("power", .elementwise(Elementwise(.power)), ["n", "two"], "p"),
        node("modulo", .modulo(Modulo(truncates: true)), ["p", "two"], "m"),
        node("largest", .combination(Combination(.maximum)), ["m", "n", "two"], "l"),
        node("einsum", einsum ?? .identity(Identity()), ["l", "w"], "y"),
      ], output: TensorType(.float32, [.symbolic("N"), 5, 3]),
      parameters: [
        weight("scale", [4]), weight("shift", [4]), constant("two", [], 2), weight("w", [5, 4]),
      ])
  }

  /// Operators that operator set 20 lacks.
  static var norms: Network {
    let image = TensorType(.float32, [.symbolic("N"), 4, .symbolic("H"), 3])
    return network(
      "norms", input: image,
      nodes: [
        node(
          "group", .groupNormalization(GroupNormalization(groups: 2, epsilon: 1e-3)),
          ["x", "s1", "b1"], "g"),
        node("rms", .rmsNormalization(RMSNormalization(epsilon: 1e-3)), ["g", "s2"], "r"),
        node("wide", .rmsNormalization(RMSNormalization(axis: -1)), ["r", "s3"], "y"),
      ], output: image,
      parameters: [weight("s1", [4]), weight("b1", [4]), weight("s2", [3]), weight("s3", [3])])
  }

  /// Every reduction of the same value, joined.
  static var reductions: Network {
    let functions = Reduction.Function.allCases
    let nodes = functions.enumerated().map { index, function in
      node(
        "r\(index)", .reduction(Reduction(function, axes: [1], keepsAxes: true)), ["x"],
        "v\(index)")
    }
    let joined = node(
      "joined", .concatenation(Concatenation(axis: 1)), functions.indices.map { "v\($0)" }, "y")
    return network(
      "reductions", input: volume, nodes: nodes + [joined],
      output: TensorType(.float32, [.symbolic("N"), .fixed(functions.count), 3]), parameters: [])
  }
}
