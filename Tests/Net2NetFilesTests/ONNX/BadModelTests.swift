import Foundation
import Net2Net
import Testing

@testable import Net2NetFiles

@Suite struct BadModelTests {
  typealias N = ONNXNodeProto

  struct Case: CustomTestStringConvertible {
    let fixture: ModelFixture
    let complaint: String

    init(_ complaint: String, _ fixture: ModelFixture) {
      self.fixture = fixture
      self.complaint = complaint
    }

    init(
      _ complaint: String, changing change: (inout ONNXModelProto) -> Void
    ) {
      var fixture = ModelFixture(initializers: [.floats("w", [4])], [N("Add", ["x", "w"])])
      change(&fixture.model)
      self.init(complaint, fixture)
    }

    /// A model whose only initializer is `tensor`.
    init(_ complaint: String, tensor: ONNXTensorProto) {
      self.init(complaint) { $0.graph.initializer = [tensor] }
    }

    var testDescription: String { complaint }
  }

  static let models = [
    Case("the model: a graph expected, none found") { $0.clearGraph() },
    Case("node \"add1\" (Add): an import of operator set \"\" expected, none found") {
      $0.opsetImport = []
    },
    Case("the model: it uses ONNX operator set 1; sets 7 to 27 are known;") {
      $0.opsetImport[0].version = 1
    },
    Case("the model: it uses ONNX operator set 0; sets 7 to 27 are known;") {
      $0.opsetImport[0].version = 0
    },
    Case("the model: it uses ONNX operator set 9999;") { $0.opsetImport[0].version = 9999 },
    Case("the model: it uses ONNX operator set -9223372036854775808;") {
      $0.opsetImport[0].version = .min
    },
    Case("the model: one import of \"\" expected, several found") {
      $0.opsetImport.append(.init("ai.onnx", 19))
    },
    Case("an import of operator set \"com.example\" expected, none found") {
      $0.graph.node[0].domain = "com.example"
    },
    Case("the graph: sparse initializers; store them as dense tensors") {
      $0.graph.sparseInitializer = [Data()]
    },
    Case("it calls the model's own function Twice; inline functions") {
      $0.graph.node[0].opType = "Twice"
      $0.graph.node[0].domain = "local"
      $0.opsetImport.append(.init("local", 1))
      var function = ONNXFunctionProto()
      function.name = "Twice"
      function.domain = "local"
      $0.functions = [function]
    },
  ]

  static let graphs = [
    Case("node \"add1\": its input \"z\" is neither a graph input, nor a parameter") {
      $0.graph.node[0].input = ["x", "z"]
    },
    Case(
      "its input \"b\" is neither",
      ModelFixture([N("Add", ["x", "b"], ["y"]), N("Relu", ["y"], ["b"])])),
    Case("\"y\" is already the name", ModelFixture([N("Relu"), N("Tanh")])),
    Case("\"w\" is already the name") { $0.graph.node[0].output = ["w"] },
    Case("the graph's output \"z\" is made by no node") {
      $0.graph.output[0] = ONNXValueInfoProto("z", ModelFixture.type([0, 4]))
    },
    Case("(Add): 1 inputs do not suit this operator") { $0.graph.node[0].input = ["x"] },
    Case(
      "(Conv): 0 inputs do not suit", ModelFixture([N("Conv", []) { $0.set("kernel_shape", [3]) }])),
    Case("(Add): (N, 4) and (3) cannot be broadcast together") {
      $0.graph.initializer = [.floats("w", [3])]
    },
    Case("\"y\": declared float32(N, 5), computed float32(N, 4)") {
      $0.graph.output[0] = ONNXValueInfoProto("y", ModelFixture.type([0, 5]))
    },
    Case("tensor \"w\": one of its name expected, several found") {
      $0.graph.initializer.append(.floats("w", [4]))
    },
    Case("an initializer: a name expected, none found") { $0.graph.initializer[0].name = "" },
    Case("input \"x\": one of its name expected, several found") {
      $0.graph.input.append($0.graph.input[0])
    },
    Case("value \"x\": a tensor with a shape expected") { $0.graph.input[0].clearType() },
    Case("value \"x\": a known element type expected, type 8 found") {
      $0.graph.input[0].type.tensorType.elemType = 8
    },
    Case("value \"x\": sizes from 0 to 2147483647 expected, -1 at axis 1 found") {
      $0.graph.input[0].type.tensorType.shape.dim[1].dimValue = -1
    },
    Case("value \"x\": at most 64 axes expected, 66 found") {
      let axis = $0.graph.input[0].type.tensorType.shape.dim[1]
      $0.graph.input[0].type.tensorType.shape.dim += Array(repeating: axis, count: 64)
    },
    Case("value \"x\": fewer than 2⁴⁸ elements expected, float32(N, 4, 2147483647, 2147483647") {
      var axis = $0.graph.input[0].type.tensorType.shape.dim[1]
      axis.dimValue = 2_147_483_647
      $0.graph.input[0].type.tensorType.shape.dim += [axis, axis]
    },
    Case("value \"x\": sizes from 0 to 2147483647 expected, 9223372036854775807 at axis 1") {
      $0.graph.input[0].type.tensorType.shape.dim[1].dimValue = .max
    },
  ]

  static let nodes = [
    Case(
      "node \"loop1\" (Loop): it holds a graph that cannot be decoded; simplify the graph",
      ModelFixture([
        {
          var body = ONNXAttributeProto()
          body.name = "body"
          body.type = .graph
          body.g = Data([1, 2, 3])
          var node = N("Loop")
          node.attribute = [Data(body.encoded)]
          return node
        }()
      ])),
    Case(
      "(Conv): attribute \"strides\" of type ints expected, float found",
      ModelFixture(
        input: [0, 2, 9], initializers: [.floats("w", [3, 2, 3])],
        [N("Conv", ["x", "w"]) { $0.set("strides", 1.0) }])),
    Case(
      "attribute \"group\" within ±2147483647 expected, 9223372036854775807 found",
      ModelFixture(
        input: [0, 2, 9], initializers: [.floats("w", [3, 2, 3])],
        [N("Conv", ["x", "w"]) { $0.set("group", Int.max) }])),
    Case(
      "3 output channels do not divide into 2 groups",
      ModelFixture(
        input: [0, 2, 9], initializers: [.floats("w", [3, 1, 3])],
        [N("Conv", ["x", "w"]) { $0.set("group", 2) }])),
    Case(
      "a window of 11 does not fit 9 padded by 0 and 0",
      ModelFixture(
        input: [0, 2, 9], initializers: [.floats("w", [3, 2, 11])], [N("Conv", ["x", "w"])])),
    Case(
      "kernel sizes, strides and dilations must be at least 1",
      ModelFixture(
        input: [0, 2, 9], initializers: [.floats("w", [3, 2, 3])],
        [N("Conv", ["x", "w"]) { $0.set("strides", [0]) }])),
    Case(
      "kernel sizes, strides and dilations must be at least 1",
      ModelFixture(
        input: [0, 2, 9], initializers: [.floats("w", [3, 2, 3])],
        [N("Conv", ["x", "w"]) { $0.set("dilations", [0]) }])),
    Case(
      "a kernel of [5] expected, a weight of shape (3, 2, 3) found",
      ModelFixture(
        input: [0, 2, 9], initializers: [.floats("w", [3, 2, 3])],
        [N("Conv", ["x", "w"]) { $0.set("kernel_shape", [5]) }])),
    Case(
      "(MaxPool): attribute \"kernel_shape\" expected, none found",
      ModelFixture(input: [0, 2, 9], [N("MaxPool")])),
    Case(
      "a known \"auto_pad\" expected, \"SOME\" found",
      ModelFixture(
        input: [0, 2, 9],
        [
          N("MaxPool") {
            $0.set("kernel_shape", [2])
            $0.set("auto_pad", "SOME")
          }
        ])),
    Case(
      "has more than one unknown size",
      ModelFixture(initializers: [.integers("s", [-1, -1])], [N("Reshape", ["x", "s"])])),
    Case(
      "shape within ±2147483647 expected, [9223372036854775807, 1] found",
      ModelFixture(initializers: [.integers("s", [.max, 1])], [N("Reshape", ["x", "s"])])),
    Case(
      "3 outputs expected, 2 found",
      ModelFixture(
        initializers: [.integers("s", [1, 1, 2])], [N("Split", ["x", "s"], ["y", "z"])])),
    Case(
      "over axis 1 and all after it, as before operator set 13; convert the file",
      ModelFixture(version: 11, input: [0, 4, 5], [N("Softmax")])),
    Case(
      "over axis -5 and all after it, as before operator set 13",
      ModelFixture(
        version: 11, input: [0, 4, 1, 1, 5, 6], [N("Softmax") { $0.set("axis", -5) }])),
    Case(
      "node \"softmax1\" (Softmax): axis -5 of a tensor with 3 axes",
      ModelFixture(version: 11, input: [0, 4, 1], [N("Softmax") { $0.set("axis", -5) }])),
    Case(
      "node \"logsoftmax1\" (LogSoftmax): axis 3 of a tensor with 3 axes",
      ModelFixture(version: 11, input: [0, 4, 1], [N("LogSoftmax") { $0.set("axis", 3) }])),
    Case(
      "\"a\": float32(2147483647, 2147483647) is no size that a tensor can have",
      ModelFixture(
        initializers: [.integers("s", [2_147_483_647, 2_147_483_647])],
        [N("ConstantOfShape", ["s"], ["a"]), N("Add", ["x", "a"])])),
    Case(
      "\"a\": float32(9223372036854775807) is no size that a tensor can have",
      ModelFixture(
        initializers: [.integers("s", [.max]), .integers("p", [1, 1])],
        [N("ConstantOfShape", ["s"], ["a"]), N("Pad", ["a", "p"])])),
    Case(
      "\"y\": 100 axes; at most 64 are supported",
      ModelFixture(
        initializers: [.integers("s", Array(repeating: 1, count: 98) + [-1, 4])],
        [N("Reshape", ["x", "s"])])),
    Case(
      "node \"flatten1\" (Flatten): the flattened axis is too long",
      ModelFixture(
        input: Array(repeating: 0, count: 40), [N("Flatten") { $0.set("axis", 40) }])),
    Case(
      "(Tile): 9223372036854775807 times 0 is too long",
      ModelFixture(
        initializers: [.integers("r", [.max, 1]), .floats("e", [0, 4])],
        [N("Relu", ["e"], ["a"]), N("Tile", ["a", "r"])])),
    Case(
      "2 channels do not divide into 2147483647 groups",
      ModelFixture(
        version: 21, input: [0, 2, 9], initializers: [.floats("s", [2])],
        [N("GroupNormalization", ["x", "s", "s"]) { $0.set("num_groups", 2_147_483_647) }])),
    Case(
      "(Upsample): operator set 9 defines it differently from set 10",
      ModelFixture(version: 9, [N("Upsample", ["x", "x"])])),
    Case(
      "axis 7 of a tensor with 2 axes",
      ModelFixture([N("Concat", ["x", "x"]) { $0.set("axis", 7) }])),
    Case(
      "attribute \"approximate\" none or tanh expected, \"erf\" found",
      ModelFixture([N("Gelu") { $0.set("approximate", "erf") }])),
    Case(
      "one attribute \"alpha\" expected, several found",
      ModelFixture([
        N("Elu") {
          $0.set("alpha", 1.0)
          $0.set("alpha", 2.0)
        }
      ])),
    Case(
      "a value for \"alpha\" expected, a reference to a function's found",
      ModelFixture([
        {
          var alpha = ONNXAttributeProto()
          alpha.name = "alpha"
          alpha.refAttrName = "outer"
          var node = N("Elu")
          node.attribute = [Data(alpha.encoded)]
          return node
        }()
      ])),
  ]

  static let tensors = [
    Case(
      "tensor \"w\": 4 elements for shape (4) expected, 3 found",
      tensor: .floats("w", [4], [1, 2, 3])),
    Case(
      "tensor \"w\": 16 bytes for its shape expected, 15 found",
      tensor: ONNXTensorProto("w", [4]) {
        $0.dataType = 1
        $0.rawData = Data(count: 15)
      }),
    Case(
      "tensor \"w\": 16 bytes for its shape expected, 17 found",
      tensor: ONNXTensorProto("w", [4]) {
        $0.dataType = 1
        $0.rawData = Data(count: 17)
      }),
    Case(
      "tensor \"w\": its elements in one field expected, them in several found",
      tensor: ONNXTensorProto("w", [4]) {
        $0.dataType = 1
        $0.rawData = Data(count: 16)
        $0.floatData = [1, 2, 3, 4]
      }),
    Case(
      "tensor \"w\": a known element type expected, type 0 found",
      tensor: ONNXTensorProto("w", [4]) { _ in }),
    Case(
      "tensor \"w\": a known element type expected, type 99 found",
      tensor: ONNXTensorProto("w", [4]) { $0.dataType = 99 }),
    Case(
      "tensor \"w\": sizes from 0 to 2147483647 expected, shape (-4) found",
      tensor: ONNXTensorProto("w", [-4]) { $0.dataType = 1 }),
    Case(
      "shape (9223372036854775807) found",
      tensor: ONNXTensorProto("w", [.max]) { $0.dataType = 1 }),
    Case(
      "shape (2147483647, 2147483647, 2147483647) found",
      tensor: ONNXTensorProto("w", [2_147_483_647, 2_147_483_647, 2_147_483_647]) {
        $0.dataType = 1
      }),
    Case(
      "tensor \"w\": fewer than 2⁴⁸ elements expected, shape (2147483647, 2147483647, 0) found",
      tensor: ONNXTensorProto("w", [2_147_483_647, 2_147_483_647, 0]) { $0.dataType = 1 }),
    Case(
      "tensor \"w\": fewer than 2⁴⁸ elements expected, shape (0, 2147483647, 2147483647) found",
      tensor: ONNXTensorProto("w", [0, 2_147_483_647, 2_147_483_647]) { $0.dataType = 1 }),
    Case(
      "tensor \"w\": at most 64 axes expected, 65 found",
      tensor: .floats("w", Array(repeating: 1, count: 65))),
    Case(
      "tensor \"w\": a whole tensor expected, a segment of one found",
      tensor: ONNXTensorProto("w", [4]) {
        $0.dataType = 1
        $0.segment = Data([1])
      }),
  ]

  @Test func sentencesStayShortHoweverLongWhatTheyQuote() async throws {
    let name = String(repeating: "n", count: 1 << 20)
    let complaint = try await ModelFixture([N("Softmax", name: name) { $0.set("axis", 9) }])
      .complaint()
    #expect(complaint.utf8.count < 4000 && complaint.hasPrefix("node \"nnn"))
    #expect(complaint.hasSuffix("nnn\" (Softmax): axis 9 of a tensor with 2 axes"))
  }

  @Test(arguments: models + graphs + nodes + tensors)
  func isRefusedInOneSentence(_ sample: Case) async throws {
    let complaint = try await sample.fixture.complaint()
    #expect(complaint.contains(sample.complaint))
    #expect(!complaint.contains("\n"))
  }
}

/// Bytes that are no ONNX model.
@Suite struct BadBytesTests {
  static let sound = ModelFixture(
    initializers: [.floats("w", [4])],
    [
      ONNXNodeProto("Add", ["x", "w"], ["a"]),
      ONNXNodeProto("Elu", ["a"], ["y"]) { $0.set("alpha", 0.5) },
    ]
  ).bytes

  @Test(
    arguments: [
      ([], "an ONNX model expected, an empty file found"),
      (
        Array("version https://git-lfs.github.com/spec/v1\n".utf8), "a Git LFS pointer found; fetch"
      ),
      (Array("\n<!DOCTYPE html><html>".utf8), "an HTML page found; download the file itself"),
      ([0x50, 0x4B, 3, 4, 0], "a zip archive (PyTorch's own format?) found; export it"),
      ([0x80, 2, 0x63], "a Python pickle found"), ([0x1F, 0x8B, 8], "a gzip archive found"),
      (Array("GGUF".utf8), "a GGUF file found"), ([0x93] + Array("NUMPY".utf8), "a NumPy array"),
      ([0x89, 0x48, 0x44, 0x46], "an HDF5 file found"),
      ([0, 0, 0, 0], "nothing but zero bytes found; the copy is damaged"),
      ([8], "the protobuf field at byte 1: 2 bytes expected, the file has 1"),
      ([8, 7], "the model: a graph expected, none found"),
      ([0x3A, 0x7F, 1], "the protobuf field at byte 2: 129 bytes expected, the file has 3"),
      ([0x08] + Array(repeating: 0xFF, count: 11), "a number of more than ten bytes found"),
      (
        [0x3A] + Array(repeating: 0xFF, count: 9) + [1],
        "the protobuf field at byte 11: 9223372036854775807 bytes expected, the file has 11"
      ),
      ([0x0F], "byte 0: an ONNX model (protobuf) expected, wire type 7 found"),
      ([0x04], "wire type 4 found"), ([0x02, 0], "field number 0 found"),
      (Array(repeating: 0x0B, count: 100_000), "the protobuf field at byte 100000"),
      ([0x12, 1, 0xFF, 0x3A, 0], "the model: a protobuf message expected"),
    ] as [([UInt8], String)])
  func isRefusedForWhatItIs(bytes: [UInt8], complaint: String) async throws {
    let found = try await ModelFixture.complaint(bytes)
    #expect(found.contains(complaint))
  }

  /// Attributes may nest graphs without end; they are entered so far only.
  @Test func nestedGraphsDoNotRecurse() async throws {
    var attribute: [UInt8] = []
    for _ in 0..<20_000 {
      // AttributeProto.g, GraphProto.node, NodeProto.attribute, innermost last.
      for field: UInt8 in [5, 1, 6] {
        var length: [UInt8] = []
        var rest = attribute.count
        repeat {
          length.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
          rest >>= 7
        } while rest > 0
        attribute.insert(contentsOf: [field << 3 | 2] + length, at: 0)
      }
      if attribute.count > 1 << 16 { break }
    }
    var node = ONNXNodeProto("Frobnicate")
    node.attribute = [Data(attribute)]
    let complaint = try await ModelFixture([node]).complaint()
    #expect(complaint.contains("it holds graphs nested more than 32 deep; simplify"))
  }

  @Test func fileTruncatedAtAnyByteIsReadWholeOrRefused() async throws {
    #expect(try await ModelFixture.complaint(Self.sound) == "(none)")
    var refusals = 0
    for count in Self.sound.indices {
      let complaint = try await ModelFixture.complaint(Array(Self.sound[..<count]))
      #expect(!complaint.hasPrefix("(no file name)"))
      if complaint != "(none)" { refusals += 1 }
    }
    // What can be lost without notice is what follows the graph: the operator set's import.
    #expect(refusals >= Self.sound.count - 2)
  }

  @Test func aFlippedBitIsReadOrRefusedButNeverTraps() async throws {
    var refusals = 0
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/damaged.onnx"
      for bit in 0..<Self.sound.count * 8 {
        var damaged = Self.sound
        damaged[bit / 8] ^= 1 << (bit % 8)
        try Data(damaged).write(to: URL(filePath: file))
        do { _ = try Network(onnx: file) } catch is FilesError { refusals += 1 }
      }
    }
    // Most bytes are names, sizes and lengths that must agree with others.
    #expect(refusals > Self.sound.count * 4)
  }
}
