import Net2Net
import OrderedCollections
import Testing

@testable import Net2NetFiles

/// Pads, ranges and places, as other programs write them.
@Suite struct PositionalImportTests {
  typealias N = ONNXNodeProto
  typealias Case = GraphImportTests.Case

  private static func integers(_ values: [(String, [Int64])]) -> [ONNXTensorProto] {
    values.map { .integers($0, $1) }
  }

  static let cases: [Case] = [
    Case(
      "pads as an attribute",
      .pad(Pad(begins: [0, 1], ends: [0, 2], value: 0.5)),
      ModelFixture(
        version: 10,
        [
          N("Pad") {
            $0.set("pads", [0, 1, 0, 2])
            $0.set("value", 0.5)
          }
        ])),
    Case(
      "pads of some axes", .pad(Pad(.edge, begins: [0, 1], ends: [0, 2])),
      ModelFixture(
        initializers: integers([("p", [1, 2]), ("a", [-1])]),
        [N("Pad", ["x", "p", "", "a"]) { $0.set("mode", "edge") }])),
    Case(
      "pads with a number", .pad(Pad(begins: [0, 1], ends: [0, 0], value: -2)),
      ModelFixture(
        initializers: [.integers("p", [0, 1, 0, 0]), .floats("v", [], [-2])],
        [N("Pad", ["x", "p", "v"])])),
    Case(
      "cumulative sum", .cumulativeSum(CumulativeSum(axis: 1, isExclusive: true)),
      ModelFixture(
        initializers: [.integers("a", [1], isScalar: true)],
        [N("CumSum", ["x", "a"]) { $0.set("exclusive", true) }])),
    Case(
      "lower triangle", .triangle(Triangle(isUpper: false, diagonal: -1)),
      ModelFixture(
        initializers: [.integers("k", [-1], isScalar: true)],
        [N("Trilu", ["x", "k"]) { $0.set("upper", false) }])),
    Case("upper triangle", .triangle(Triangle()), ModelFixture([N("Trilu")])),
    Case(
      "place of the smallest",
      .extremePlace(ExtremePlace(.smallest, axis: 1, keepsAxis: false, prefersLast: true)),
      ModelFixture([
        N("ArgMin") {
          $0.set("axis", 1)
          $0.set("keepdims", false)
          $0.set("select_last_index", true)
        }
      ])),
    Case(
      "tile", .tile(Tile(repeats: [1, 3])),
      ModelFixture(initializers: integers([("r", [1, 3])]), [N("Tile", ["x", "r"])])),
  ]

  @Test(arguments: cases) func nodeBecomesTheOperator(_ sample: Case) async throws {
    let network = try await sample.fixture.network()
    #expect(network.graph.nodes.map(\.operation) == [sample.operation])
    #expect(Array(network.parameters.keys) == [])
  }

  @Test func rangeToASizeCounts() async throws {
    var fixture = ModelFixture(
      initializers: [
        .integers("zero", [0], isScalar: true), .integers("one", [1], isScalar: true),
      ],
      [
        N("Shape", ["x"], ["s"]) { $0.set("end", 1) }, N("Squeeze", ["s"], ["n"]),
        N("Range", ["zero", "n", "one"]),
      ])
    fixture.model.graph.output[0].type.tensorType.elemType = 7
    let network = try await fixture.network()
    #expect(
      network.graph.nodes == [
        Node(
          name: "range1", operation: .range(CountingRange(limit: .symbolic("N"))), inputs: [],
          outputs: ["y"])
      ])
    #expect(network.parameters.isEmpty)
    try await withTemporaryDirectory { directory throws in
      try network.writeONNX(to: directory + "/out.onnx")
      #expect(try Network(onnx: directory + "/out.onnx").graph == network.graph)
    }
  }

  @Test func rangeOfKnownNumbersIsAConstant() async throws {
    let network = try await ModelFixture(
      initializers: [
        .floats("start", [], [1]), .floats("limit", [], [2]), .floats("delta", [], [0.25]),
      ], [N("Range", ["start", "limit", "delta"], ["r"]), N("Add", ["x", "r"])]
    ).network()
    #expect(network.parameters["r"]?.tensor().doubles() == [1, 1.25, 1.5, 1.75])
    #expect(Array(network.parameters.keys) == ["r"])
  }

  static let complaints: [(ModelFixture, String)] = [
    (
      ModelFixture(initializers: integers([("p", [0, -1, 0, 0])]), [N("Pad", ["x", "p"])]),
      "node \"pad1\" (Pad): pads of -1 and 0 cut entries off; cut them with a Slice"
    ),
    (
      ModelFixture(initializers: integers([("p", [0, 1, 0])]), [N("Pad", ["x", "p"])]),
      "node \"pad1\" (Pad): two pads for each of its axes expected, pads [0, 1, 0] for axes "
        + "[0, 1] of 2 found"
    ),
    (
      ModelFixture(
        initializers: integers([("p", [1, 1]), ("a", [7])]), [N("Pad", ["x", "p", "", "a"])]),
      "node \"pad1\" (Pad): two pads for each of its axes expected, pads [1, 1] for axes [7] of "
        + "2 found"
    ),
    (
      ModelFixture(
        initializers: integers([("p", [0, 0, 0, 0])]),
        [N("Pad", ["x", "p"]) { $0.set("mode", "guess") }]),
      "node \"pad1\" (Pad): a known mode expected, \"guess\" found"
    ),
    (
      ModelFixture(
        initializers: ["a", "b", "c"].map { .floats($0, [], [0]) },
        [N("Range", ["a", "b", "c"], ["r"]), N("Add", ["x", "r"])]),
      "node \"range1\" (Range): numbers, and steps other than 0 expected, 0.0, 0.0, 0.0 found"
    ),
    (
      ModelFixture(initializers: integers([("r", [1, -2])]), [N("Tile", ["x", "r"])]),
      "node \"tile1\" (Tile): repeats of (1, -2) do not suit float32(N, 4)"
    ),
  ]

  @Test(arguments: complaints) func whatCannotBeIsRefused(
    fixture: ModelFixture, sentence: String
  ) async throws {
    #expect(try await fixture.complaint() == sentence)
  }

  @Test func padsOfTheBatchAreKeptWithTheirReason() async throws {
    let network = try await ModelFixture(
      output: [0, 4], initializers: Self.integers([("p", [1, 0, 0, 0])]), [N("Pad", ["x", "p"])]
    ).network()
    guard case .opaque(let operation) = network.graph.nodes[0].operation else {
      Issue.record("\(network.graph.nodes)")
      return
    }
    #expect(operation.reason == "axis 0 is padded, whose size is known only at run time")
  }
}
