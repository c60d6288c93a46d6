import Net2Net
import OrderedCollections
import Testing

@testable import Net2NetFiles

/// What becomes of a graph whose values can be computed at import.
@Suite struct FoldingTests {
  typealias N = ONNXNodeProto

  /// `x.reshape(x.shape[0], -1)` as exporters write it.
  static func flattening(version: Int) -> ModelFixture {
    ModelFixture(
      version: version, input: [0, 3, 4],
      initializers: [.integers("0", [0], isScalar: true), .integers("rest", [-1])]
        + (version < 13 ? [] : [.integers("a", [0])]),
      [
        N("Shape", ["x"], ["s"]), N("Gather", ["s", "0"], ["n"]),
        version < 13
          ? N("Unsqueeze", ["n"], ["u"]) { $0.set("axes", [0]) }
          : N("Unsqueeze", ["n", "a"], ["u"]),
        N("Concat", ["u", "rest"], ["t"]) { $0.set("axis", 0) }, N("Reshape", ["x", "t"]),
      ])
  }

  @Test(arguments: [9, 13, 20]) func reshapeToAComputedTargetIsAReshape(
    version: Int
  ) async throws {
    let network = try await Self.flattening(version: version).network()
    #expect(
      network.graph.nodes == [
        Node(
          name: "reshape1", operation: .reshape(Reshape(target: [0, -1])), inputs: ["x"],
          outputs: ["y"])
      ])
    #expect(network.parameters.isEmpty)
  }

  /// What is beyond the allowance stays a node.
  @Test func constantsAreFoldedWithinAnAllowanceOnly() async throws {
    let count = 20
    var nodes = [N("Identity", ["x"], ["a0"])]
    for index in 0..<count {
      nodes.append(N("ConstantOfShape", ["s"], ["c\(index)"]))
      nodes.append(N("Add", ["a\(index)", "c\(index)"], ["a\(index + 1)"]))
    }
    nodes[nodes.count - 1].output = ["y"]
    let fixture = ModelFixture(input: [0, 100], initializers: [.integers("s", [100])], nodes)
    try await withFile(fixture.bytes) { file throws in
      var graph = try GraphImport(try ONNXContents(of: file))
      // Of 100 elements of 4 bytes along one axis, two.
      graph.foldingAllowance = 1700
      let network = try graph.network()
      let kinds = network.graph.nodes.map(\.operation.definition.name)
      #expect(kinds.count { $0 == "Expand" } == count - 3)
      #expect(kinds.count { $0 == "Add" } == count)
      #expect(graph.foldingAllowance == 0)
    }
    #expect(try await fixture.network().graph.nodes.count == count + 1)
  }

  @Test func aViewOfMorePlacesThanAreFollowedStaysAsItIs() async throws {
    let network = try await ModelFixture(
      input: [0, 2_147_483_647], initializers: [.integers("flat", [-1])],
      [
        N("Reshape", ["x", "flat"], ["f"]), N("Cast", ["x"], ["i"]) { $0.set("to", 7) },
        N("Gather", ["f", "i"]),
      ]
    ).network()
    #expect(network.graph.nodes.map(\.name) == ["reshape1", "cast1", "gather1"])
  }

  @Test func groupsAreNotRepeatedForMoreChannelsThanAreFollowed() async throws {
    let network = try await ModelFixture(
      input: [0, 2_147_483_647, 2], output: [0, 2_147_483_647, 2],
      initializers: [.floats("s", [1])],
      [N("GroupNormalization", ["x", "s", "s"]) { $0.set("num_groups", 1) }]
    ).network()
    guard case .opaque = network.graph.nodes[0].operation else {
      Issue.record("\(network.graph.nodes[0])")
      return
    }
  }

  @Test(arguments: [Int64.max, .min, 4, -5]) func aPlaceBeyondTheAxisIsNoRun(
    place: Int64
  ) async throws {
    let network = try await ModelFixture(
      input: [4, 4],
      initializers: [
        ONNXTensorProto("i", [1, 1]) { ($0.dataType, $0.int64Data) = (7, [place]) },
        .floats("u", [1, 4]),
      ], [N("ScatterND", ["x", "i", "u"])]
    ).network()
    #expect(network.graph.nodes.map(\.operation) == [.scatterND(ScatterND())])
  }

  @Test func sizesThatSomethingElseReadsAreStillComputed() async throws {
    var fixture = Self.flattening(version: 20)
    fixture.model.graph.node.append(N("Frobnicate", ["n"], ["z"]))
    let network = try await fixture.network()
    #expect(network.graph.nodes.map(\.name) == ["gather1", "reshape1", "frobnicate1"])
    #expect(
      network.graph.nodes[0].operation == .sizeList(SizeList([.symbolic("N")], isScalar: true)))
    #expect(network.parameters.isEmpty)
    try await withTemporaryDirectory { directory throws in
      try network.writeONNX(to: directory + "/out.onnx")
      #expect(try Network(onnx: directory + "/out.onnx").graph == network.graph)
    }
  }

  /// `1 / x.shape[0]`, which is computed in floats.
  @Test func sizesCastToFloatsAreNumbersOfTheRun() async throws {
    let network = try await ModelFixture(
      initializers: [.integers("0", [0])],
      [
        N("Shape", ["x"], ["s"]), N("Gather", ["s", "0"], ["n"]),
        N("Cast", ["n"], ["f"]) { $0.set("to", 1) }, N("Div", ["x", "f"]),
      ]
    ).network()
    #expect(
      network.graph.nodes.map(\.operation) == [
        .sizeList(SizeList([.symbolic("N")])), .cast(Cast(to: .float32)),
        .elementwise(Elementwise(.divide)),
      ])
  }

  /// Rows of all texts at once, and back: two sizes that only a run can tell.
  @Test func reshapeToSeveralSizesOfARunNamesThem() async throws {
    let (n, t) = (Net2Net.Dimension.symbolic("N"), Net2Net.Dimension.symbolic("T"))
    var fixture = ModelFixture(
      initializers: [
        .integers("0", [0]), .integers("1", [1]), .integers("six", [6]),
        .integers("rows", [-1, 6]),
        .integers("three", [3]), .integers("rest", [-1]),
      ],
      [
        N("Reshape", ["x", "rows"], ["r"]), N("Shape", ["x"], ["s"]),
        N("Gather", ["s", "0"], ["n"]), N("Gather", ["s", "1"], ["t"]),
        N("Concat", ["n", "t", "rest", "three"], ["heads"]) { $0.set("axis", 0) },
        N("Reshape", ["r", "heads"], ["h"]),
        N("Concat", ["n", "t", "six"], ["whole"]) { $0.set("axis", 0) },
        N("Reshape", ["h", "whole"], ["b"]),
        N("Reshape", ["r", "whole"]),
      ])
    fixture.model.graph.input = [ONNXValueInfoProto("x", TensorType(.float32, [n, t, 6]))]
    let network = try await fixture.network()
    #expect(
      network.graph.nodes.map(\.operation) == [
        .reshape(Reshape(target: [-1, 6])), .reshape(Reshape(target: [n, t, -1, 3])),
        .reshape(Reshape(target: [0, 0, 6])), .reshape(Reshape(target: [-1, t, 6])),
      ])
    try await withTemporaryDirectory { directory throws in
      try network.writeONNX(to: directory + "/out.onnx")
      #expect(try Network(onnx: directory + "/out.onnx").graph == network.graph)
    }
  }

  /// Set 9's `Unsqueeze` has no axes input, and a file of set 20 could not hold it.
  @Test func oldFormsAreRefusedOnlyWhereTheyStay() async throws {
    // The pooled size has no name that a run could tell.
    let complaint = try await ModelFixture(
      version: 9, input: [0, 3, 0], initializers: [.integers("2", [2], isScalar: true)],
      [
        N("MaxPool", ["x"], ["y"]) {
          $0.set("kernel_shape", [2])
          $0.set("strides", [2])
        },
        N("Shape", ["y"], ["s"]), N("Gather", ["s", "2"], ["n"]),
        N("Unsqueeze", ["n"], ["u"]) { $0.set("axes", [0]) }, N("Frobnicate", ["u"], ["z"]),
      ]
    ).complaint()
    #expect(
      complaint.hasPrefix("node \"unsqueeze1\" (Unsqueeze): operator set 9 defines it differently"))
  }

  @Test func sizesThatAreAllKnownBecomeAParameter() async throws {
    let network = try await ModelFixture(
      output: [2, 3], initializers: [.integers("1", [1])],
      [N("Shape", ["x"], ["s"]), N("Gather", ["s", "1"], ["f"]), N("Frobnicate", ["f"])]
    ).network()
    #expect(network.graph.nodes.map(\.name) == ["frobnicate1"])
    #expect(network.parameters["f"]?.tensor().doubles() == [4])
  }

  /// Float constants of a formula are computed on; what a bias of zeros is made from, for one.
  @Test func zerosExpandedFromANumberBecomeABias() async throws {
    let network = try await ModelFixture(
      input: [0, 2, 4, 4],
      initializers: [.floats("w", [3, 2, 1, 1]), .integers("s", [3])],
      [
        N("Constant", [], ["zero"]) { $0.set("value_float", 0.0) },
        N("CastLike", ["zero", "w"], ["like"]), N("Expand", ["like", "s"], ["b"]),
        N("Conv", ["x", "w", "b"]),
      ]
    ).network()
    #expect(network.graph.nodes.map(\.operation.definition.name) == ["Conv"])
    #expect(network.parameters["b"]?.tensor().doubles() == [0, 0, 0])
    #expect(Set(network.parameters.keys) == ["w", "b"])
  }

  /// Growth follows a rearranged weight to its parameter; a copy would hide it.
  @Test func weightsAreNeverComputedOn() async throws {
    let network = try await ModelFixture(
      initializers: [.floats("w", [3, 4])],
      [N("Transpose", ["w"], ["t"]), N("MatMul", ["x", "t"])]
    ).network()
    #expect(network.graph.nodes.map(\.operation.definition.name) == ["Transpose", "MatMul"])
    #expect(Array(network.parameters.keys) == ["w"])
  }

  /// `expand(-1)` as the legacy exporter writes it: sizes of -1 are replaced by 1.
  @Test func sizesAreChosenByWhetherTheyAreGiven() async throws {
    let network = try await ModelFixture(
      output: [3, 4],
      initializers: [
        .integers("given", [3, -1]), .integers("minus", [-1], isScalar: true),
        .floats("w", [1, 4]),
      ],
      [
        N("Shape", ["given"], ["rank"]),
        N("ConstantOfShape", ["rank"], ["ones"]).with(value: .integers("", [1])),
        N("Mul", ["ones", "minus"], ["open"]), N("Equal", ["given", "open"], ["isOpen"]),
        N("Where", ["isOpen", "ones", "given"], ["target"]), N("Frobnicate", ["target"]),
      ]
    ).network()
    #expect(network.parameters["target"]?.tensor().doubles() == [3, 1])
    #expect(network.graph.nodes.map(\.name) == ["frobnicate1"])
  }

  /// The scale of attention, 1/√d, comes from a size.
  @Test func rootsOfSizesBecomeNumbers() async throws {
    let network = try await ModelFixture(
      input: [0, 16], initializers: [.integers("1", [1], isScalar: true)],
      [
        N("Shape", ["x"], ["s"]), N("Gather", ["s", "1"], ["d"]),
        N("Cast", ["d"], ["f"]) { $0.set("to", 1) }, N("Sqrt", ["f"], ["r"]),
        N("Div", ["x", "r"]),
      ]
    ).network()
    #expect(network.graph.nodes.map(\.operation.definition.name) == ["Div"])
    #expect(network.parameters["r"]?.tensor().doubles() == [4])
  }

  /// The mask of shifted windows: regions are numbered by writing into zeros.
  @Test func masksAreComputed() async throws {
    let network = try await ModelFixture(
      output: [0, 4],
      initializers: [
        .integers("four", [4]),
        ONNXTensorProto("places", [2, 1]) {
          $0.dataType = 7
          $0.int64Data = [1, -1]
        },
      ],
      [
        N("ConstantOfShape", ["four"], ["zeros"]),
        N("Constant", [], ["one"]) { $0.set("value_float", 1.0) },
        N("Constant", [], ["two"]) { $0.set("value_ints", [2]) },
        N("Expand", ["one", "two"], ["ones"]),
        N("ScatterND", ["zeros", "places", "ones"], ["mask"]), N("Add", ["x", "mask"]),
      ]
    ).network()
    #expect(network.graph.nodes.map(\.operation.definition.name) == ["Add"])
    #expect(network.parameters["mask"]?.tensor().doubles() == [0, 1, 0, 1])
  }

  /// A file may ask for more than any mask holds; then nothing is computed.
  @Test func largeValuesAreNotComputed() async throws {
    let network = try await ModelFixture(
      output: [1], initializers: [.integers("s", [4096, 4096])],
      [N("ConstantOfShape", ["s"], ["big"]), N("Frobnicate", ["big"])]
    ).network()
    #expect(network.parameters["big"] == nil)
  }
}
