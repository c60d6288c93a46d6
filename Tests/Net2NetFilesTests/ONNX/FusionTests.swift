import Foundation
import Net2Net
import OrderedCollections
import Testing

@testable import Net2NetFiles

/// Subgraphs that are read as one operator, in the forms that exporters give them.
@Suite struct FusionTests {
  typealias N = ONNXNodeProto

  static let constants: [ONNXTensorProto] = [
    .floats("w", [4]), .floats("two", [], [2]), .floats("eps", [], [0.001]),
    .floats("one", [], [1]),
    .integers("axes", [-1]),
  ]

  /// The mean of squares plus ε, of x.
  static func shiftedMean(square: N) -> [N] {
    [square, N("ReduceMean", ["s", "axes"], ["m"]), N("Add", ["m", "eps"], ["a"])]
  }

  static let forms: [(name: String, nodes: [N])] = [
    (
      "torch's newer exporter",
      shiftedMean(square: N("Pow", ["x", "two"], ["s"])) + [
        N("Sqrt", ["a"], ["r"]), N("Reciprocal", ["r"], ["i"]), N("Mul", ["x", "i"], ["n"]),
        N("Mul", ["n", "w"], ["y"], name: "norm"),
      ]
    ),
    (
      "scale first, a quotient of one",
      shiftedMean(square: N("Mul", ["x", "x"], ["s"])) + [
        N("Sqrt", ["a"], ["r"]), N("Div", ["one", "r"], ["i"]), N("Mul", ["i", "x"], ["n"]),
        N("Mul", ["w", "n"], ["y"], name: "norm"),
      ]
    ),
    (
      "a division",
      shiftedMean(square: N("Mul", ["x", "x"], ["s"])) + [
        N("Sqrt", ["a"], ["r"]), N("Div", ["x", "r"], ["n"]),
        N("Mul", ["n", "w"], ["y"], name: "norm"),
      ]
    ),
  ]

  @Test(arguments: forms)
  func rootMeanSquareNormIsReadAsOne(name: String, nodes: [N]) async throws {
    let read = Set(nodes.flatMap(\.input))
    let network = try await ModelFixture(
      initializers: Self.constants.filter { read.contains($0.name) }, nodes
    ).network()
    #expect(
      network.graph.nodes == [
        Node(
          name: "norm",
          operation: .rmsNormalization(RMSNormalization(axis: -1, epsilon: 0.001)),
          inputs: ["x", "w"], outputs: ["y"])
      ])
    #expect(Array(network.parameters.keys) == ["w"])
  }

  static let center = [
    N("ReduceMean", ["x", "axes"], ["mean"]), N("Sub", ["x", "mean"], ["z"]),
    N("Pow", ["z", "two"], ["s"]), N("ReduceMean", ["s", "axes"], ["m"]),
    N("Add", ["m", "eps"], ["a"]), N("Sqrt", ["a"], ["r"]), N("Div", ["z", "r"], ["n"]),
    N("Mul", ["n", "w"], ["p"]),
  ]

  @Test func layerNormOfOldIsReadAsOne() async throws {
    let constants = Self.constants.filter { $0.name != "one" } + [.floats("b", [4])]
    let network = try await ModelFixture(
      initializers: constants, Self.center + [N("Add", ["p", "b"], ["y"], name: "norm")]
    ).network()
    #expect(
      network.graph.nodes == [
        Node(
          name: "norm",
          operation: .layerNormalization(LayerNormalization(axis: -1, epsilon: 0.001)),
          inputs: ["x", "w", "b"], outputs: ["y"])
      ])
    #expect(Array(network.parameters.keys) == ["w", "b"])
  }

  /// Nor as an RMS norm of what is centred, whose copies would have to be isometric and equal.
  @Test func layerNormWhoseCenterIsReadElsewhereStaysInPieces() async throws {
    let network = try await ModelFixture(
      initializers: Self.constants + [.floats("b", [4])],
      Self.center + [N("Add", ["p", "b"], ["q"]), N("Add", ["q", "z"], ["y"])]
    ).network()
    #expect(network.graph.nodes.count == 10)
  }

  /// Each differs from the norm in one place.
  static let others: [(name: String, nodes: [N])] = [
    (
      "a cube",
      shiftedMean(square: N("Pow", ["x", "one"], ["s"])) + [
        N("Sqrt", ["a"], ["r"]), N("Div", ["x", "r"], ["n"]), N("Mul", ["n", "w"], ["y"]),
      ]
    ),
    (
      "the mean of something else",
      [N("Sigmoid", ["x"], ["z"])] + shiftedMean(square: N("Mul", ["z", "z"], ["s"])) + [
        N("Sqrt", ["a"], ["r"]), N("Div", ["x", "r"], ["n"]), N("Mul", ["n", "w"], ["y"]),
      ]
    ),
    (
      "a root that is read twice",
      shiftedMean(square: N("Mul", ["x", "x"], ["s"])) + [
        N("Sqrt", ["a"], ["r"]), N("Div", ["x", "r"], ["n"]), N("Mul", ["n", "w"], ["p"]),
        N("Add", ["p", "r"], ["y"]),
      ]
    ),
    (
      "an axis that is not kept",
      [
        N("Mul", ["x", "x"], ["s"]),
        N("ReduceMean", ["s", "axes"], ["m"]) { $0.set("keepdims", false) },
        N("Add", ["m", "eps"], ["a"]), N("Sqrt", ["a"], ["r"]),
        N("Div", ["x", "r"], ["n"]), N("Mul", ["n", "w"], ["y"]),
      ]
    ),
  ]

  @Test(arguments: others)
  func whatIsNoNormStaysAsItIs(name: String, nodes: [N]) async throws {
    var fixture = ModelFixture(input: [4, 4], initializers: Self.constants, nodes)
    fixture.model.graph.output[0].type = ONNXValueInfoProto("y", ModelFixture.type([4, 4])).type
    let network = try await fixture.network()
    #expect(network.graph.nodes.count == nodes.count)
  }

  /// One draw u for each sample of x, compared with the share of samples that are kept.
  static func stochasticDepth(high: Double = 1) -> ModelFixture {
    ModelFixture(
      input: [0, 4, 3], output: [0, 4, 3],
      initializers: [
        .floats("p", [], [0.75]), .integers("rest", [1, 1]), .integers("first", [0]),
      ],
      [
        N("Shape", ["x"], ["shape"]), N("Gather", ["shape", "first"], ["batch"]),
        N("Concat", ["batch", "rest"], ["sizes"]) { $0.set("axis", 0) },
        N("ConstantOfShape", ["sizes"], ["zeros"]),
        N("RandomUniformLike", ["zeros"], ["u"]) {
          $0.set("dtype", 1)
          $0.set("low", 0.0)
          $0.set("high", high)
        },
        N("Less", ["u", "p"], ["l"]), N("Cast", ["l"], ["c"]) { $0.set("to", 1) },
        N("Div", ["c", "p"], ["d"]), N("Mul", ["x", "d"], ["y"]),
      ])
  }

  @Test func stochasticDepthIsADropoutOfOneNumberASample() async throws {
    let network = try await Self.stochasticDepth().network()
    #expect(
      network.graph.nodes.map(\.operation) == [
        .expand(Expand(target: [.symbolic("N"), 1, 1])), .dropout(Dropout(ratio: 0.25)),
        .elementwise(Elementwise(.multiply)),
      ])
  }

  @Test func drawsBeyondOneStayAsTheyAre() async throws {
    let network = try await Self.stochasticDepth(high: 2).network()
    #expect(network.graph.nodes.count == 6)
  }

  @Test func groupNormOfOldHasOneScaleAGroup() async throws {
    let network = try await ModelFixture(
      version: 18, input: [0, 4, 3],
      initializers: [.floats("s", [2], [1, 2]), .floats("b", [2], [3, 4])],
      [N("GroupNormalization", ["x", "s", "b"], name: "norm") { $0.set("num_groups", 2) }]
    ).network()
    let node = network.graph.nodes[0]
    #expect(node.operation == .groupNormalization(GroupNormalization(groups: 2)))
    #expect(network.parameters[node.inputs[1]]?.tensor().doubles() == [1, 1, 2, 2])
    #expect(network.parameters[node.inputs[2]]?.tensor().doubles() == [3, 3, 4, 4])
    #expect(network.parameters.count == 2)
  }

  @Test func groupNormOfTodayHasOneScaleAChannel() async throws {
    let network = try await ModelFixture(
      version: 21, input: [0, 4, 3], initializers: [.floats("s", [4]), .floats("b", [4])],
      [
        N("GroupNormalization", ["x", "s", "b"]) {
          $0.set("num_groups", 2)
          $0.set("epsilon", 0.001)
        }
      ]
    ).network()
    #expect(
      network.graph.nodes[0].operation
        == .groupNormalization(GroupNormalization(groups: 2, epsilon: 0.001)))
    #expect(network.graph.nodes[0].inputs == ["x", "s", "b"])
  }

  /// `as_strided` of an image's means, as torch's newer exporter writes it.
  static func view(numbers: [Int64]) -> ModelFixture {
    ModelFixture(
      input: [0, 3, 1, 1],
      initializers: [
        .integers("all", [-1]), .integers("0", [0], isScalar: true),
        .integers("1", [1], isScalar: true),
        .integers("3", [3], isScalar: true), .integers("axes", [1, 2, 3]),
        ONNXTensorProto("channels", [1, 3, 1, 1]) {
          $0.dataType = 7
          $0.int64Data = numbers
        },
      ],
      [
        N("Reshape", ["x", "all"], ["flat"]), N("Shape", ["x"], ["s"]),
        N("Gather", ["s", "0"], ["n"]), N("Range", ["0", "n", "1"], ["r"]),
        N("Mul", ["r", "3"], ["m"]), N("Unsqueeze", ["m", "axes"], ["u"]),
        N("Add", ["u", "channels"], ["a"]), N("Gather", ["flat", "a"], ["y"], name: "view"),
      ])
  }

  @Test func pickingEverythingInOrderIsAReshape() async throws {
    let network = try await Self.view(numbers: [0, 1, 2]).network()
    #expect(
      network.graph.nodes == [
        Node(
          name: "view", operation: .reshape(Reshape(target: [0, 3, 1, 1])), inputs: ["x"],
          outputs: ["y"])
      ])
    #expect(network.parameters.isEmpty)
  }

  @Test func pickingInAnotherOrderStays() async throws {
    let network = try await Self.view(numbers: [0, 2, 1]).network()
    #expect(network.graph.nodes.last?.operation == .gather(Gather(axis: 0)))
  }
}
