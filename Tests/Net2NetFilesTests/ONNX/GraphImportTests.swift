import Foundation
import Net2Net
import OrderedCollections
import Testing

@testable import Net2NetFiles

/// What other programs write, and what it becomes here.
@Suite struct GraphImportTests {
  typealias N = ONNXNodeProto

  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let fixture: ModelFixture
    let operation: Operator

    init(_ description: String, _ operation: Operator, _ fixture: ModelFixture) {
      testDescription = description
      self.fixture = fixture
      self.operation = operation
    }
  }

  static let cases: [Case] = [
    Case(
      "clip with attributes", .activation(Activation(.clip(minimum: 0, maximum: 6))),
      ModelFixture(
        version: 7,
        [
          N("Clip") {
            $0.set("min", 0.0)
            $0.set("max", 6.0)
          }
        ])),
    Case(
      "clip with the largest float for no bound",
      .activation(Activation(.clip(minimum: 0.1, maximum: .infinity))),
      ModelFixture(
        version: 7,
        [
          N("Clip") {
            $0.set("min", 0.1)
            $0.set("max", Double(Float.greatestFiniteMagnitude))
          }
        ])),
    Case(
      "clip with a left-out bound",
      .activation(Activation(.clip(minimum: -.infinity, maximum: 0.3))),
      ModelFixture(initializers: [.floats("m", [], [0.3])], [N("Clip", ["x", "", "m"])])),
    Case(
      "dropout with an attribute", .dropout(Dropout(ratio: 0.1)),
      ModelFixture(version: 7, [N("Dropout") { $0.set("ratio", 0.1) }])),
    Case("dropout by default", .dropout(Dropout(ratio: 0.5)), ModelFixture([N("Dropout")])),
    Case(
      "dropout with inputs", .dropout(Dropout(ratio: 0.2)),
      ModelFixture(
        version: 13,
        initializers: [
          .floats("r", [], [0.2]),
          ONNXTensorProto("t", []) {
            $0.dataType = 9
            $0.int32Data = [1]
          },
        ], [N("Dropout", ["x", "r", "t"], ["y", "mask"])])),
    Case(
      "mean with axes as attribute", .reduction(Reduction(axes: [-1], keepsAxes: false)),
      ModelFixture(
        version: 13,
        [
          N("ReduceMean") {
            $0.set("axes", [-1])
            $0.set("keepdims", false)
          }
        ])),
    Case(
      "mean with axes as input", .reduction(Reduction(axes: [1], keepsAxes: true)),
      ModelFixture(version: 18, initializers: [.integers("a", [1])], [N("ReduceMean", ["x", "a"])])),
    Case(
      "mean over nothing", .identity(Identity()),
      ModelFixture([N("ReduceMean") { $0.set("noop_with_empty_axes", true) }])),
    Case(
      "sum with axes as attribute", .reduction(Reduction(.sum, axes: [0, 1], keepsAxes: true)),
      ModelFixture(version: 11, [N("ReduceSum") { $0.set("axes", [0, 1]) }])),
    Case(
      "norm with axes as input", .reduction(Reduction(.l2, axes: [1], keepsAxes: true)),
      ModelFixture(initializers: [.integers("a", [1])], [N("ReduceL2", ["x", "a"])])),
    Case(
      "norm over nothing", .activation(Activation(.absolute)),
      ModelFixture([N("ReduceL1") { $0.set("noop_with_empty_axes", true) }])),
    Case(
      "power", .elementwise(Elementwise(.power)),
      ModelFixture(initializers: [.floats("p", [], [3])], [N("Pow", ["x", "p"])])),
    Case("largest of one", .combination(Combination(.maximum)), ModelFixture([N("Max")])),
    Case(
      "modulo as in C", .modulo(Modulo(truncates: true)),
      ModelFixture(
        initializers: [.floats("d", [4])], [N("Mod", ["x", "d"]) { $0.set("fmod", true) }])),
    Case(
      "shrinking by default", .activation(Activation(.shrink(threshold: 0.5, bias: 0))),
      ModelFixture([N("Shrink")])),
    Case(
      "rounding", .activation(Activation(.elementary(.round))), ModelFixture([N("Round")])),
    Case(
      "instance norm", .instanceNormalization(InstanceNormalization(epsilon: 0.001)),
      ModelFixture(
        input: [0, 4, 3], initializers: [.floats("s", [4]), .floats("b", [4])],
        [N("InstanceNormalization", ["x", "s", "b"]) { $0.set("epsilon", 0.001) }])),
    Case(
      "softmax of old over the last axis", .softmax(Softmax(axis: 1)),
      ModelFixture(version: 11, [N("Softmax")])),
    Case(
      "softmax by default", .softmax(Softmax(axis: -1, isLogarithmic: true)),
      ModelFixture(version: 13, [N("LogSoftmax")])),
    Case(
      "transpose by default", .transposition(Transposition(permutation: [1, 0])),
      ModelFixture([N("Transpose")])),
    Case(
      "squeeze", .reshape(Reshape(target: [0])),
      ModelFixture(version: 11, input: [0, 1], [N("Squeeze") { $0.set("axes", [1]) }])),
    Case(
      "squeeze of all ones", .reshape(Reshape(target: [0, 3])),
      ModelFixture(input: [0, 3, 1, 1], [N("Squeeze")])),
    Case(
      "unsqueeze", .reshape(Reshape(target: [0, 4, 1])),
      ModelFixture(initializers: [.integers("a", [-1])], [N("Unsqueeze", ["x", "a"])])),
    Case(
      "unsqueeze in front of the batch", .reshape(Reshape(target: [1, -1, 4])),
      ModelFixture(initializers: [.integers("a", [0])], [N("Unsqueeze", ["x", "a"])])),
    Case(
      "leaky relu", .activation(Activation(.leakyRelu(slope: 0.01))),
      ModelFixture([N("LeakyRelu") { $0.set("alpha", 0.01) }])),
    Case(
      "pooling with VALID padding",
      .pooling(Pooling(.maximum, kernel: [2, 2], strides: [2, 2])),
      ModelFixture(
        input: [0, 3, 8, 8],
        [
          N("MaxPool") {
            $0.set("kernel_shape", [2, 2])
            $0.set("strides", [2, 2])
            $0.set("auto_pad", "VALID")
          }
        ])),
    Case(
      "convolution in one dimension",
      .convolution(
        Convolution(strides: [1], padding: .explicit([0, 0]), dilations: [1], groups: 1)),
      ModelFixture(
        input: [0, 2, 9], initializers: [.floats("w", [3, 2, 3])], [N("Conv", ["x", "w"])])),
  ]

  @Test(arguments: cases) func nodeBecomesTheOperator(_ sample: Case) async throws {
    let network = try await sample.fixture.network()
    #expect(network.graph.nodes.map(\.operation) == [sample.operation])
    #expect(network.graph.nodes[0].inputs.first == "x")
    // Operands that became attributes are parameters no more.
    #expect(network.parameters.keys.allSatisfy { network.graph.nodes[0].inputs.contains($0) })
  }

  @Test(arguments: [
    (["a", "b"], 11, [2, 2]), (["a", "b", "c"], 18, [2, 2, 0]),
    (["a", "b", "c", "d"], 20, [1, 1, 1, 1]),
  ])
  func splitWithoutSizesIsEven(outputs: [String], version: Int, sizes: [Int]) async throws {
    var fixture = ModelFixture(
      version: version, [N("Split", ["x"], outputs) { $0.set("axis", 1) }, N("Relu", ["a"])])
    if version >= 18 {
      fixture.model.graph.node[0] = N("Split", ["x"], outputs) {
        $0.set("axis", 1)
        $0.set("num_outputs", outputs.count)
      }
    }
    let network = try await fixture.network()
    #expect(network.graph.nodes[0].operation == .split(Split(axis: 1, sizes: sizes)))
  }

  @Test func splitWithSizesKeepsThem() async throws {
    let old = ModelFixture(
      version: 11,
      [
        N("Split", ["x"], ["y", "z"]) {
          $0.set("axis", -1)
          $0.set("split", [1, 3])
        }
      ])
    let new = ModelFixture(
      version: 13, initializers: [.integers("s", [1, 3])],
      [N("Split", ["x", "s"], ["y", "z"]) { $0.set("axis", -1) }])
    for fixture in [old, new] {
      let network = try await fixture.network()
      #expect(network.graph.nodes.map(\.operation) == [.split(Split(axis: -1, sizes: [1, 3]))])
    }
  }

  @Test(arguments: [1, 3, 5]) func trainingFormOfBatchNormalizationIsRead(
    outputs count: Int
  ) async throws {
    let outputs = Array(["y", "m", "v", "sm", "sv"].prefix(count))
    let network = try await ModelFixture(
      version: count == 5 ? 9 : 15,
      initializers: ["s", "b", "m0", "v0"].map { .floats($0, [4]) },
      [
        N("BatchNormalization", ["x", "s", "b", "m0", "v0"], outputs) {
          $0.set("momentum", 0.8)
          if count == 3 { $0.set("training_mode", true) }
        }
      ]
    ).network()
    #expect(
      network.graph.nodes == [
        Node(
          name: "batchnormalization1",
          operation: .batchNormalization(BatchNormalization(epsilon: 1e-5, momentum: 0.8)),
          inputs: ["x", "s", "b", "m0", "v0"], outputs: ["y"])
      ])
  }

  @Test func nodesWithoutNamesAreNumberedByOperator() async throws {
    let network = try await ModelFixture([
      N("Relu", ["x"], ["a"]), N("Relu", ["a"], ["b"], name: "relu1"),
      N("Tanh", ["b"], ["c"], name: "relu1"), N("Relu", ["c"], ["y"]),
    ]).network()
    #expect(network.graph.nodes.map(\.name) == ["relu2", "relu1", "tanh1", "relu3"])
  }

  @Test func constantsAndAliasesBecomeParametersOfTheirOwn() async throws {
    let constant = N("Constant", [], ["k"]).with(value: .floats("", [4], [1, 2, 3, 4]))
    let network = try await ModelFixture(
      initializers: [.floats("w", [4])],
      [
        constant, N("Cast", ["k"], ["k16"]) { $0.set("to", 10) }, N("Identity", ["w"], ["w2"]),
        N("Add", ["x", "w"], ["a"]),
        N("Add", ["a", "w2"], ["b"]), N("Mul", ["b", "k"], ["y"]),
      ]
    ).network()
    // Nobody reads the cast constant.
    #expect(Array(network.parameters.keys) == ["w", "k", "w2"])
    #expect(network.parameters["k"]?.tensor().doubles() == [1, 2, 3, 4])
    #expect(network.parameters["w2"]?.tensor().doubles() == [0.5, 0.5, 0.5, 0.5])
    #expect(network.graph.nodes.map(\.name) == ["add1", "add2", "mul1"])
  }

  @Test func initializerThatIsAlsoAnInputIsAParameter() async throws {
    var fixture = ModelFixture(
      version: 7, initializers: [.floats("w", [4])], [N("Add", ["x", "w"])])
    fixture.model.graph.input.append(ONNXValueInfoProto("w", ModelFixture.type([4])))
    let network = try await fixture.network()
    #expect(network.graph.inputs.map(\.name) == ["x"])
    #expect(Array(network.parameters.keys) == ["w"])
  }

  @Test func dimensionsKeepTheirNamesOrGetSome() async throws {
    var fixture = ModelFixture([N("Relu")])
    fixture.model.graph.input[0].type.tensorType.shape.dim = [.init(), .init()]
    fixture.model.graph.input[0].type.tensorType.shape.dim[1].dimParam = "features"
    let network = try await fixture.network()
    let dimensions: [Net2Net.Dimension] = [.symbolic("x.0"), .symbolic("features")]
    #expect(network.graph.inputs[0].type.dimensions == dimensions)
    #expect(network.graph.outputs[0].type.dimensions == dimensions)
  }

  /// Each element type from the field that ONNX names for it: 1, 2, 3.
  @Test func typedFieldsAreReadForEveryElementType() async throws {
    for type in ElementType.allCases {
      let tensor = ONNXTensorProto("w", [3]) { proto in
        proto.dataType = type.onnxCode
        switch type {
        case .float32: proto.floatData = [1, 2, 3]
        case .float64: proto.doubleData = [1, 2, 3]
        case .int64: proto.int64Data = [1, 2, 3]
        case .uint64, .uint32: proto.uint64Data = [1, 2, 3]
        case .float16: proto.int32Data = [0x3C00, 0x4000, 0x4200]
        case .bfloat16: proto.int32Data = [0x3F80, 0x4000, 0x4040]
        case .int32, .int16, .int8, .uint16, .uint8, .bool: proto.int32Data = [1, 2, 3]
        }
      }
      let network = try await ModelFixture(
        initializers: [tensor], [N("Relu"), N("Frobnicate", ["x", "w"], ["z"])]
      ).network()
      let values = network.parameters["w"]?.tensor().doubles()
      #expect(values == (type == .bool ? [1, 1, 1] : [1, 2, 3]), "\(type)")
    }
  }

  @Test func unpackedAndRepeatedFieldsAreReadByProtobufsRules() async throws {
    var bytes = ModelFixture([N("Relu")]).bytes
    // A second graph field is merged into the first: one more node, z = Tanh(y).
    var graph = ONNXGraphProto()
    graph.node = [N("Tanh", ["y"], ["z"])]
    bytes += [7 << 3 | 2, UInt8(graph.encoded.count)] + graph.encoded
    // An unknown field, an unknown group, and a scalar said again.
    bytes += [0xA2, 0x1F, 1, 0xFF] + [0xA3, 0x1F, 0x08, 5, 0xA4, 0x1F] + [0x08, 9]
    try await withFile(bytes) { file throws in
      let network = try Network(onnx: file)
      #expect(network.graph.nodes.map(\.name) == ["relu1", "tanh1"])
    }
  }
}

/// What is not understood stays as it was.
@Suite struct OpaqueImportTests {
  typealias N = ONNXNodeProto

  @Test(arguments: [
    N("Frobnicate") { $0.set("knob", 3) },
    N("Relu") { $0.set("leak", 1) },
    N("LayerNormalization", ["x", "s"]) { $0.set("stash_type", 10) },
    N("Clip", ["x", "s"]),
    N("Shrink") { $0.set("lambd", -1.0) },
    N("Einsum") { $0.set("equation", "ii") },
    N("Einsum", ["x", "s"]) { $0.set("equation", "ij,jk") },
    N("ReduceSumSquare") { $0.set("noop_with_empty_axes", true) },
  ])
  func nodeKeepsItsAttributesBytes(_ node: ONNXNodeProto) async throws {
    var fixture = ModelFixture(output: [0, 4], [N("Sigmoid", ["x"], ["s"]), node])
    fixture.model.graph.node[1].name = "strange"
    let network = try await fixture.network()
    #expect(
      network.graph.nodes[1]
        == Node(
          name: "strange",
          operation: .opaque(
            OpaqueOperator(
              domain: "", type: node.opType, attributes: node.attribute.map(Array.init),
              declaredOutputs: [ModelFixture.type([0, 4])])),
          inputs: node.input, outputs: ["y"]))
  }

  @Test func reshapeToNumbersThatARunComputesSaysSo() async throws {
    let network = try await ModelFixture(
      output: [0, 4],
      [N("Cast", ["x"], ["c"]) { $0.set("to", 7) }, N("Reshape", ["x", "c"])]
    ).network()
    guard case .opaque(let operation)? = network.graph.nodes.last?.operation else {
      Issue.record("the reshape is understood")
      return
    }
    #expect(operation.reason == "its sizes are not known, nor those of a graph input")
  }

  @Test func foreignDomainsKeepTheirVersions() async throws {
    var fixture = ModelFixture(output: [0, 4], [N("Fused", domain: "com.example")])
    fixture.model.opsetImport.append(.init("com.example", 3))
    let network = try await fixture.network()
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/out.onnx"
      try network.writeONNX(to: file)
      let contents = try ONNXContents(of: file)
      #expect(contents.model.opsetImport == [.init("", 20), .init("com.example", 3)])
      #expect(contents.graph.node[0].domain == "com.example")
      #expect(try Network(onnx: file).graph == network.graph)
    }
  }

  @Test func laterOperatorSetsAreKeptForOperatorsThatNeedThem() async throws {
    let network = try await ModelFixture(
      version: 23, output: [0, 4], initializers: [.floats("s", [4])],
      [N("RotaryEmbedding", ["x", "s"])]
    ).network()
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/out.onnx"
      try network.writeONNX(to: file)
      let model = try ONNXContents(of: file).model
      #expect(model.opsetImport == [.init("", 23)])
      #expect(model.irVersion == 11)
    }
  }

  /// An operator that is understood, but not all of whose results.
  @Test func nodeWhoseFurtherResultsAreReadIsKept() async throws {
    let network = try await ModelFixture(
      version: 13, output: [0, 4],
      [N("Dropout", ["x"], ["d", "mask"]), N("Cast", ["mask"], ["y"])]
    ).network()
    #expect(network.graph.nodes[0].outputs == ["d", "mask"])
    guard case .opaque = network.graph.nodes[0].operation else {
      Issue.record("\(network.graph.nodes[0])")
      return
    }
  }
}
