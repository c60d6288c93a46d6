import Foundation
import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetFiles

/// Operators that pick, cut, expand and compare, as other programs write them.
@Suite struct IndexingImportTests {
  typealias N = ONNXNodeProto
  typealias Case = GraphImportTests.Case
  typealias Cut = Slice.Cut

  private static func slice(
    _ starts: [Int64], _ ends: [Int64], axes: [Int64]? = nil, steps: [Int64]? = nil
  ) -> ModelFixture {
    let lists = [("from", starts), ("to", ends), ("axes", axes), ("steps", steps)]
    return ModelFixture(
      input: [0, 6, 9],
      initializers: lists.compactMap { name, list in list.map { .integers(name, $0) } },
      [N("Slice", ["x"] + lists.map { $1 == nil ? "" : $0 })])
  }

  private static func cut(_ cuts: Cut...) -> Operator { .slice(Slice(cuts)) }

  static let slices: [Case] = [
    Case(
      "slice from the end", cut(Cut(axis: 1, start: 4, count: 2)),
      slice([-2], [.max], axes: [1])),
    Case(
      "slice beyond the axis", cut(Cut(axis: 2, start: 7, count: 2)),
      slice([7], [100], axes: [-1])),
    Case(
      "every second entry", cut(Cut(axis: 2, start: 1, count: 4, step: 2)),
      slice([1], [.max], axes: [2], steps: [2])),
    Case(
      "backwards to the start", cut(Cut(axis: 1, start: 5, count: 6, step: -1)),
      slice([-1], [-.max], axes: [1], steps: [-1])),
    Case(
      "backwards from beyond the end", cut(Cut(axis: 1, start: 5, count: 2, step: -3)),
      slice([.max], [0], axes: [1], steps: [-3])),
    Case("nothing", cut(Cut(axis: 1, start: 0, count: 0)), slice([4], [2], axes: [1])),
    Case(
      "two axes, one of them whole", cut(Cut(axis: 1, start: 1, count: 2)),
      slice([1, 0], [3, .max], axes: [1, 2])),
    Case(
      "all axes by default",
      cut(Cut(axis: 1, start: 0, count: 5), Cut(axis: 2, start: 1, count: 8)),
      slice([0, 0, 1], [.max, -1, 9])),
    Case("everything", .identity(Identity()), slice([.min], [.max], axes: [1])),
    Case(
      "bounds as attributes", cut(Cut(axis: 1, start: 2, count: 2)),
      ModelFixture(
        version: 9,
        [
          N("Slice") {
            $0.set("starts", [2])
            $0.set("ends", [Int.max])
            $0.set("axes", [1])
          }
        ])),
  ]

  static let others: [Case] = [
    Case(
      "is infinite", .predicate(Predicate(.isInfinite(positive: false, negative: true))),
      ModelFixture([N("IsInf") { $0.set("detect_positive", false) }])),
    Case("cast", .cast(Cast(to: .int64)), ModelFixture([N("Cast") { $0.set("to", 7) }])),
    Case(
      "cast like another", .cast(Cast(to: .int64)),
      ModelFixture(initializers: [.integers("k", [1])], [N("CastLike", ["x", "k"])])),
    Case(
      "scatter", .scatterND(ScatterND()),
      ModelFixture(
        input: [3, 4],
        initializers: [
          ONNXTensorProto("i", [2, 1]) {
            $0.dataType = 7
            $0.int64Data = [2, 0]
          },
          .floats("u", [2, 4]),
        ], [N("ScatterND", ["x", "i", "u"]) { $0.set("reduction", "none") }])),
    Case(
      "gather by coordinates", .gatherND(GatherND(batchAxes: 1)),
      ModelFixture(
        input: [2, 4],
        initializers: [
          ONNXTensorProto("i", [2, 1]) {
            $0.dataType = 7
            $0.int64Data = [2, 0]
          }
        ], [N("GatherND", ["x", "i"]) { $0.set("batch_dims", 1) }])),
    Case(
      "expand to the batch of another value", .expand(Expand(target: [.symbolic("N"), 3, 1])),
      ModelFixture(
        input: [0, 1, 4], initializers: [.integers("k", [3, 1])],
        [
          N("Shape", ["x"], ["n"]) { $0.set("end", 1) },
          N("Concat", ["n", "k"], ["t"]) { $0.set("axis", 0) }, N("Expand", ["x", "t"]),
        ])),
    Case(
      "expand by a multiple of the batch",
      .expand(Expand(target: [.product(4, ["N"]), 1])),
      ModelFixture(
        input: [1, 4], initializers: [.integers("k", [4]), .integers("one", [1])],
        batch: "b",
        [
          N("Shape", ["b"], ["n"]) { $0.set("end", 1) }, N("Mul", ["n", "k"], ["rows"]),
          N("Concat", ["rows", "one"], ["t"]) { $0.set("axis", 0) }, N("Expand", ["x", "t"]),
        ])),
  ]

  /// `ScatterND` of x (6) at `places`, with updates for each.
  private static func overwriting(_ places: [Int64]) -> ModelFixture {
    ModelFixture(
      input: [6], output: [6],
      initializers: [
        ONNXTensorProto("i", [places.count, 1]) {
          $0.dataType = 7
          $0.int64Data = places
        },
        .floats("u", [places.count]),
      ], [N("ScatterND", ["x", "i", "u"])])
  }

  @Test(
    "places in a row are a run laid between what is around it",
    arguments: [
      (places: [2, 3], operators: ["Split", "Where", "Concat"]),
      ([0, 1], ["Split", "Where", "Concat"]),
      ([-2, -1], ["Split", "Where", "Concat"]), ([0, 1, 2, 3, 4, 5], ["Where"]),
      ([3, 2], ["ScatterND"]), ([1, 3], ["ScatterND"]), ([5, 6], ["ScatterND"]),
    ])
  func overwrittenRun(_ places: [Int64], _ operators: [String]) async throws {
    let network = try await Self.overwriting(places).network()
    #expect(network.graph.nodes.map(\.operation.definition.name) == operators)
  }

  @Test("an overwritten run keeps its place")
  func overwrittenPlaces() async throws {
    let network = try await Self.overwriting([2, 3]).network()
    let nodes = network.graph.nodes
    #expect(nodes.map(\.operation.definition.name) == ["Split", "Where", "Concat"])
    #expect(nodes[0].operation == .split(Split(axis: 0, sizes: [2, 2, 2])))
    #expect(Array(nodes[1].inputs[1...]) == [nodes[0].outputs[1], "u"])
    #expect(
      nodes[2].inputs == [nodes[0].outputs[0], nodes[1].outputs[0], nodes[0].outputs[2]])
    #expect(network.parameters[nodes[1].inputs[0]]?.tensor().doubles() == [0])
    let last = try await Self.overwriting([4, 5]).network().graph.nodes
    #expect(last[0].operation == .split(Split(axis: 0, sizes: [4, 2])))
    #expect(last[2].inputs == [last[0].outputs[0], last[1].outputs[0]])
  }

  @Test(arguments: slices + others) func nodeBecomesTheOperator(_ sample: Case) async throws {
    let network = try await sample.fixture.network()
    #expect(network.graph.nodes.map(\.operation) == [sample.operation])
    // Operands that became attributes are parameters no more.
    #expect(network.parameters.keys.allSatisfy { network.graph.nodes[0].inputs.contains($0) })
  }

  @Test func constantOfShapeIsAnExpandedNumber() async throws {
    var value = ONNXAttributeProto()
    value.name = "value"
    value.type = .tensor
    value.t = .floats("", [1], [2.5])
    var node = N("ConstantOfShape", ["t"])
    node.attribute = [Data(value.encoded)]
    let network = try await ModelFixture(
      [N("Shape", ["x"], ["t"]), node]
    ).network()
    #expect(
      network.graph.nodes == [
        Node(
          name: "constantofshape1",
          operation: .expand(Expand(target: [.symbolic("N"), 4])), inputs: ["y.value"],
          outputs: ["y"])
      ])
    #expect(network.parameters["y.value"]?.tensor().doubles() == [2.5])
    #expect(network.parameters["y.value"]?.shape == [])
  }

  /// Sizes that are no product of the inputs' own stay in the graph.
  @Test func sizesThatNoInputTellsAreKeptWithTheirReason() async throws {
    let network = try await ModelFixture(
      input: [0, 1], output: [0, 1], initializers: [.integers("one", [1])],
      [
        N("Shape", ["x"], ["n"]) { $0.set("end", 1) }, N("Add", ["n", "one"], ["t"]),
        N("Expand", ["x", "t"]),
      ]
    ).network()
    guard case .opaque(let operation)? = network.graph.nodes.last?.operation else {
      Issue.record("\(network.graph.nodes)")
      return
    }
    #expect(operation.type == "Expand")
    #expect(operation.reason == "its sizes are not known, nor those of a graph input")
  }

  static let complaints: [(ModelFixture, String)] = [
    (
      slice([0], [2], axes: [3]),
      "node \"slice1\" (Slice): axes within float32(N, 6, 9) expected, axis 3 found"
    ),
    (
      slice([0], [2], axes: [1], steps: [0]),
      "node \"slice1\" (Slice): steps other than 0 expected, 0 found"
    ),
    (
      slice([0, 1], [2], axes: [1]),
      "node \"slice1\" (Slice): a start, an end, an axis and a step for each cut expected, "
        + "2, 1, 1 and 2 found"
    ),
    (
      slice([0, 1], [2, 3], axes: [1, 1]),
      "node \"slice1\" (Slice): axes [1, 1] are not all different"
    ),
    (
      ModelFixture(initializers: [.integers("t", [-3])], [N("Expand", ["x", "t"])]),
      "node \"expand1\" (Expand): the target (-3) has a negative size"
    ),
    (
      ModelFixture(
        initializers: [.integers("i", [0])], [N("Gather", ["x", "i"]) { $0.set("axis", 2) }]),
      "node \"gather1\" (Gather): axis 2 of a tensor with 2 axes"
    ),
  ]

  @Test(arguments: complaints) func whatCannotBeIsRefused(
    fixture: ModelFixture, sentence: String
  ) async throws {
    #expect(try await fixture.complaint() == sentence)
  }

  /// The sizes that a run tells are computed by nodes in the file, shared, and read back.
  @Test func runtimeSizesSurviveTheirFile() async throws {
    let rows = try #require(Net2Net.Dimension.product(of: [.symbolic("N"), 3]))
    let batch = Net2Net.Dimension.symbolic("N")
    let input = TensorType(.float32, [batch, 4])
    func expand(_ name: String, _ target: [Net2Net.Dimension]) -> Node {
      Node(
        name: name, operation: .expand(Expand(target: target)), inputs: ["one"], outputs: [name])
    }
    let network = Network(
      graph: Graph(
        name: "g", inputs: [ValueDeclaration("x", input)],
        outputs: [
          ValueDeclaration("a", TensorType(.float32, [rows, 2, 5])),
          ValueDeclaration("b", TensorType(.float32, [batch])),
          ValueDeclaration("c", TensorType(.float32, [2, batch])),
        ],
        nodes: [expand("a", [rows, 2, 5]), expand("b", [batch]), expand("c", [2, batch])]),
      parameters: [Parameter(name: "one", tensor: Tensor([1] as [Float], shape: [1]))])
    try await withTemporaryDirectory { directory async throws in
      let file = directory + "/network.onnx"
      try network.writeONNX(to: file)
      let nodes = try ONNXContents(of: file).graph.node
      #expect(
        nodes.map(\.opType) == ["Shape", "Mul", "Concat", "Expand", "Expand", "Concat", "Expand"])
      let read = try Network(onnx: file)
      #expect(read.graph.nodes == network.graph.nodes)
      #expect(Array(read.parameters.keys) == ["one"])
      let shapes = try await Python.run(
        """
        import sys, numpy, onnx, onnxruntime
        onnx.checker.check_model(sys.argv[1], full_check=True)
        session = onnxruntime.InferenceSession(sys.argv[1])
        print([y.shape for y in session.run(None, {"x": numpy.zeros((7, 4), "float32")})])
        """, file)
      #expect(shapes == "[(21, 2, 5), (7,), (2, 7)]\n")
    }
  }
}
