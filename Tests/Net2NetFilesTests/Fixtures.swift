import Net2Net
import OrderedCollections

/// Small networks in which every operator occurs, with attributes away from their defaults.
enum Fixtures {
  static let all: [(name: String, network: Network)] = [
    ("convolutional", convolutional), ("dense", dense), ("branched", branched),
    ("activations", activations), ("opaque", opaque), ("elementary", elementary),
    ("arithmetic", arithmetic), ("reductions", reductions), ("norms", norms),
  ]

  static let image = TensorType(.float32, [.symbolic("N"), 3, 8, 8])

  static var convolutional: Network {
    network(
      "convolutional", input: image,
      nodes: [
        Node(
          name: "conv1",
          operation: .convolution(
            Convolution(
              strides: [1, 1], padding: .explicit([1, 1, 1, 1]), dilations: [1, 1], groups: 1)),
          inputs: ["x", "w1", "b1"], outputs: ["c1"]),
        Node(
          name: "bn1",
          operation: .batchNormalization(BatchNormalization(epsilon: 1e-3, momentum: 0.8)),
          inputs: ["c1", "scale", "shift", "mean", "variance"], outputs: ["n1"]),
        node("relu1", .activation(Activation(.relu)), ["n1"], "r1"),
        Node(
          name: "conv2",
          operation: .convolution(
            Convolution(strides: [2, 1], padding: .sameUpper, dilations: [1, 1], groups: 2)),
          inputs: ["r1", "w2"], outputs: ["c2"]),
        node(
          "pool1",
          .pooling(
            Pooling(.maximum, kernel: [2, 3], strides: [1, 2], padding: .explicit([0, 1, 1, 0]))),
          ["c2"], "p1"),
        node(
          "pool2",
          .pooling(
            Pooling(
              .average, kernel: [2, 2], strides: [1, 1], padding: .explicit([1, 0, 0, 1]),
              countsPadding: true)), ["p1"], "p2"),
        node("pool3", .pooling(Pooling(.average, kernel: nil)), ["p2"], "p3"),
        node("flatten1", .flatten(Flatten(axis: 1)), ["p3"], "y"),
      ], output: TensorType(.float32, [.symbolic("N"), 6]),
      parameters: [
        weight("w1", [4, 3, 3, 3]), weight("b1", [4]), weight("scale", [4]), weight("shift", [4]),
        weight("mean", [4]), constant("variance", [4], 0.5), weight("w2", [6, 2, 3, 3]),
      ])
  }

  static var dense: Network {
    network(
      "dense", input: TensorType(.float32, [.symbolic("N"), 6]),
      nodes: [
        node(
          "dense1",
          .dense(Dense(alpha: 0.5, beta: 0.25, transposesInput: false, transposesWeight: true)),
          ["x", "w1", "b1"], "d1"),
        node("dropout1", .dropout(Dropout(ratio: 0.1)), ["d1"], "o1"),
        node("reshape1", .reshape(Reshape(target: [0, 4, -1])), ["o1"], "s1"),
        node(
          "norm1", .layerNormalization(LayerNormalization(axis: -1, epsilon: 1e-6)),
          ["s1", "g1", "h1"], "l1"),
        node("product1", .matrixProduct(MatrixProduct()), ["l1", "w2"], "m1"),
        node("transpose1", .transposition(Transposition(permutation: [0, 2, 1])), ["m1"], "t1"),
        node("mean1", .reduction(Reduction(axes: [1], keepsAxes: false)), ["t1"], "e1"),
        node("softmax1", .softmax(Softmax(axis: -1, isLogarithmic: true)), ["e1"], "y"),
      ], output: TensorType(.float32, [.symbolic("N"), 4]),
      parameters: [
        weight("w1", [8, 6]), weight("b1", [8]), weight("g1", [2]), weight("h1", [2]),
        weight("w2", [2, 5]),
      ])
  }

  static var branched: Network {
    network(
      "branched", input: image,
      nodes: [
        Node(
          name: "split1", operation: .split(Split(axis: 1, sizes: [1, 2])), inputs: ["x"],
          outputs: ["a", "b"]),
        node("concat1", .concatenation(Concatenation(axis: 1)), ["b", "a"], "c"),
        node("add1", .elementwise(Elementwise(.add)), ["c", "x"], "d"),
        node("sub1", .elementwise(Elementwise(.subtract)), ["d", "s"], "e"),
        node("mul1", .elementwise(Elementwise(.multiply)), ["e", "c"], "f"),
        node("div1", .elementwise(Elementwise(.divide)), ["f", "k"], "g"),
        node("prelu1", .parametricRelu(ParametricRelu()), ["g", "slope"], "h"),
        node("identity1", .identity(Identity()), ["h"], "i"),
        node("pool1", .pooling(Pooling(.maximum, kernel: nil)), ["i"], "j"),
        node("mean1", .reduction(Reduction(axes: [], keepsAxes: true)), ["j"], "k1"),
        node("softmax1", .softmax(Softmax(axis: 1)), ["j"], "y"),
        node("add2", .elementwise(Elementwise(.add)), ["y", "k1"], "z"),
      ], output: TensorType(.float32, [.symbolic("N"), 3, 1, 1]), outputName: "z",
      parameters: [
        weight("s", [3, 1, 1]), constant("k", [], 2), weight("slope", [3, 1, 1]),
      ])
  }

  static var activations: Network {
    let functions: [Activation.Function] = [
      .leakyRelu(slope: 0.2), .elu(alpha: 0.7), .selu(), .selu(alpha: 2, gamma: 3),
      .sigmoid,
      .hardSigmoid(alpha: 0.3, beta: 0.4), .hardSwish, .tanh, .softplus, .softsign, .mish,
      .gelu(approximate: false), .gelu(approximate: true), .clip(minimum: 0, maximum: 6),
      .clip(minimum: -0.1, maximum: .infinity), .clip(minimum: -.infinity, maximum: 0.3),
      .absolute, .exponential, .reciprocal, .squareRoot, .errorFunction, .negate, .relu,
    ]
    var nodes: [Node] = []
    for (index, function) in functions.enumerated() {
      nodes.append(
        node(
          "act\(index)", .activation(Activation(function)), [index == 0 ? "x" : "v\(index)"],
          index == functions.count - 1 ? "y" : "v\(index + 1)"))
    }
    return network(
      "activations", input: TensorType(.float32, [.symbolic("N"), 5]), nodes: nodes,
      output: TensorType(.float32, [.symbolic("N"), 5]), parameters: [])
  }

  /// `ReverseSequence` is no operator of ours; the attribute is `batch_axis = 1` as protobuf.
  static var opaque: Network {
    let batchAxis: [UInt8] = [0x0A, 10] + Array("batch_axis".utf8) + [0x18, 1, 0xA0, 0x01, 2]
    let type = TensorType(.float32, [.symbolic("N"), 5])
    return network(
      "opaque", input: type,
      nodes: [
        node(
          "reverse",
          .opaque(
            OpaqueOperator(
              domain: "", type: "ReverseSequence", attributes: [batchAxis],
              declaredOutputs: [type])), ["x", "lengths"], "s"),
        node("relu", .activation(Activation(.relu)), ["s"], "y"),
      ], output: type,
      parameters: [
        Parameter(name: "lengths", tensor: Tensor([1, 2, 2, 1, 1] as [Int64], shape: [5]))
      ])
  }

  static func node(
    _ name: String, _ operation: Operator, _ inputs: [String], _ output: String
  ) -> Node {
    Node(name: name, operation: operation, inputs: inputs, outputs: [output])
  }

  static func weight(_ name: String, _ shape: Shape) -> Parameter {
    let draw = Draw(seed: 7).derived(for: name)
    return Parameter(
      name: name, tensor: Tensor(elementType: .float32, shape: shape) { draw.normal($0) / 4 })
  }

  static func constant(_ name: String, _ shape: Shape, _ value: Double) -> Parameter {
    Parameter(name: name, tensor: Tensor(elementType: .float32, shape: shape) { _ in value })
  }

  static func network(
    _ name: String, input: TensorType, nodes: [Node], output: TensorType,
    outputName: String = "y", parameters: [Parameter]
  ) -> Network {
    Network(
      graph: Graph(
        name: name, inputs: [ValueDeclaration("x", input)],
        outputs: [ValueDeclaration(outputName, output)], nodes: nodes),
      parameters: parameters, metadata: ["made by": "a test"])
  }
}

extension Network {
  /// Names, shapes, types and bytes of all parameters, to compare by.
  var parameterBytes: [String] {
    parameters.values.map { parameter in
      let bytes = parameter.tensor().withUnsafeBytes { Array($0) }
      return "\(parameter.name) \(parameter.elementType) \(parameter.shape) \(bytes)"
    }
  }
}
