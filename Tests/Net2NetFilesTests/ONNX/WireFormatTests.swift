import Foundation
import Net2Net
import OrderedCollections
import Testing

@testable import Net2NetFiles

/// Forms that protobuf allows and few programs write: they are read like the usual ones.
@Suite struct WireFormatTests {
  static let plain = ModelFixture([ONNXNodeProto("Relu")]).bytes

  /// A length-delimited field; number and length below 16 and 128 take one byte each.
  static func field(_ number: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [number << 3 | 2, UInt8(payload.count)] + payload
  }

  static func network(_ bytes: [UInt8]) async throws -> Network {
    try await withFile(bytes) { file throws in try Network(onnx: file) }
  }

  @Test(
    arguments: [
      // Fields 1000 (bytes), 1001 (a group in a group), 1002 (32 bits) and 1003 (64 bits).
      [0xC2, 0x3E, 2, 1, 2], [0xCB, 0x3E, 0xCB, 0x3E, 0xCC, 0x3E, 0xCC, 0x3E],
      [0xD5, 0x3E, 1, 2, 3, 4], [0xD9, 0x3E, 1, 2, 3, 4, 5, 6, 7, 8],
      // The graph's field, as a number.
      [0x38, 1],
    ] as [[UInt8]])
  func unknownFieldsArePassedOver(field: [UInt8]) async throws {
    let network = try await Self.network(Self.plain + field)
    #expect(network.graph.nodes.map(\.name) == ["relu1"])
    #expect(try await Self.network(field + Self.plain).graph == network.graph)
  }

  @Test func ofAFieldThatComesTwiceTheLastCountsAndMessagesAreMerged() async throws {
    // Two more pieces of the graph, with a name each.
    let pieces = ["early", "late"].map { Self.field(7, Self.field(2, Array($0.utf8))) }
    let network = try await Self.network(Self.plain + pieces[0] + pieces[1])
    #expect(network.graph.name == "late")
    #expect(network.graph.nodes.map(\.name) == ["relu1"])
  }

  @Test func textThatIsNotUTF8IsRefused() async throws {
    let complaint = try await ModelFixture.complaint(
      Self.plain + Self.field(7, Self.field(2, [0xC3, 0x28])))
    #expect(complaint.hasPrefix("the graph: a protobuf message expected, one that cannot be"))
  }

  @Test(
    arguments: [
      // dims and float_data, packed and one by one.
      [0x0A, 1, 2] + [0x22, 8, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40],
      [0x08, 2] + [0x25, 0, 0, 0x80, 0x3F, 0x25, 0, 0, 0, 0x40],
      [0x0A, 1, 2] + [0x25, 0, 0, 0x80, 0x3F] + [0x22, 4, 0, 0, 0, 0x40],
    ] as [[UInt8]])
  func numbersArePackedOrNot(fields: [UInt8]) async throws {
    let fixture = ModelFixture(input: [0, 2], [ONNXNodeProto("Add", ["x", "w"])])
    // data_type 1, name "w".
    let tensor = fields + [0x10, 1] + Self.field(8, Array("w".utf8))
    let network = try await Self.network(fixture.bytes + Self.field(7, Self.field(5, tensor)))
    #expect(network.parameters["w"]?.tensor().doubles() == [1, 2])
  }

  @Test func laterFormatsAndNoFormatAreRead() async throws {
    for version in [nil, 3, 9999] as [Int64?] {
      var fixture = ModelFixture([ONNXNodeProto("Relu")])
      if let version { fixture.model.irVersion = version } else { fixture.model.clearIrVersion() }
      #expect(try await fixture.network().graph.nodes.count == 1)
    }
  }
}

/// Models that look wrong and are right.
@Suite struct UnusualModelTests {
  typealias N = ONNXNodeProto

  /// Files before format 4 list initializers among the inputs.
  @Test func anInitializerMayBeAGraphInputToo() async throws {
    var fixture = ModelFixture(
      initializers: [.floats("w", [4])], [ONNXNodeProto("Add", ["x", "w"])])
    fixture.model.graph.input.append(ONNXValueInfoProto("w", ModelFixture.type([4])))
    let network = try await fixture.network()
    #expect(network.graph.inputs.map(\.name) == ["x"])
    #expect(network.parameters["w"]?.shape == [4])
  }

  @Test func operandsLeftOutInTheMiddleAreKeptOut() async throws {
    let high = ONNXTensorProto.floats("high", [], [6])
    let network = try await ModelFixture(
      initializers: [high], [ONNXNodeProto("Clip", ["x", "", "high"])]
    ).network()
    #expect(network.graph.nodes.map(\.operation.definition.name) == ["Clip"])
  }

  @Test(
    arguments: [
      // 1.5 and -2 as they are in half precision and in bfloat16.
      (10, [0x3E00, 0xC000]), (16, [0x3FC0, 0xC000]),
    ] as [(Int32, [Int32])])
  func halvesMayLieInIntegers(type: Int32, bits: [Int32]) async throws {
    let tensor = ONNXTensorProto("w", [2]) {
      $0.dataType = type
      $0.int32Data = bits
    }
    let network = try await ModelFixture(initializers: [tensor], [ONNXNodeProto("Relu")]).network()
    #expect(network.parameters["w"]?.tensor().doubles() == [1.5, -2])
  }

  @Test func constantsMayBeWrittenAsNumbersOrLists() async throws {
    func values(_ fill: (inout AttributeList) -> Void) async throws -> (Shape, [Double])? {
      let nodes = [N("Constant", [], ["k"], fill), N("Cast", ["k"], ["f"]) { $0.set("to", 1) }]
      let network = try await ModelFixture(nodes + [N("Add", ["x", "f"])]).network()
      return network.parameters["f"].map { ($0.shape, $0.tensor().doubles()) }
    }
    let number = try #require(try await values { $0.set("value_float", 0.5) })
    #expect(number == ([], [0.5]))
    let integer = try #require(try await values { $0.set("value_int", -3) })
    #expect(integer == ([], [-3]))
    let integers = try #require(try await values { $0.set("value_ints", [1, 2, 3, 4]) })
    #expect(integers == ([4], [1, 2, 3, 4]))
  }

  @Test func constantsThatAreNoDenseNumbersAreKept() async throws {
    for attribute in ["sparse_value", "value_string", "value_strings"] {
      let network = try await ModelFixture(
        output: [0, 4],
        [
          N("Constant", [], ["k"]) { $0.set(attribute, "text") },
          N("StringNormalizer", ["k"], ["y"]),
        ]
      ).network()
      guard case .opaque = network.graph.nodes[0].operation else {
        Issue.record("a constant by \(attribute) is taken for something known")
        continue
      }
    }
  }

  /// As files before format 3 do.
  @Test func attributesMayLeaveTheirTypeOut() async throws {
    var alpha = ONNXAttributeProto()
    alpha.name = "alpha"
    alpha.f = 0.5
    var node = N("Elu")
    node.attribute = [Data(alpha.encoded)]
    let network = try await ModelFixture([node]).network()
    #expect(network.graph.nodes[0].operation == .activation(Activation(.elu(alpha: 0.5))))
    alpha.clearF()
    alpha.i = 1
    node.attribute = [Data(alpha.encoded)]
    #expect(try await ModelFixture([node]).complaint().contains("\"alpha\" of type float expected"))
  }

  @Test func tensorsMayBeEmpty() async throws {
    let empty = ONNXTensorProto("w", [0, 4]) { $0.dataType = 1 }
    let network = try await ModelFixture(initializers: [empty], [N("Relu")]).network()
    #expect(network.parameters["w"]?.elementCount == 0)
  }

  @Test func textAsAnInitializerIsRefused() async throws {
    let tensor = ONNXTensorProto("w", [1]) {
      $0.dataType = 8
      $0.stringData = [Data("one".utf8)]
    }
    let complaint = try await ModelFixture(
      initializers: [tensor], [ONNXNodeProto("Relu")]
    ).complaint()
    #expect(complaint == "tensor \"w\": a known element type expected, type 8 found")
  }

  /// Quantised values, sequences and text: nobody here runs them, everybody may keep them.
  @Test(
    arguments: [
      ["QuantizeLinear", "DequantizeLinear"], ["SplitToSequence", "ConcatFromSequence"],
      ["SequenceConstruct", "SequenceAt"], ["DynamicQuantizeLinear", "DequantizeLinear"],
      ["Cast", "StringNormalizer"],
    ])
  func operatorsThatNobodyHereRunsAreKept(types: [String]) async throws {
    let network = try await ModelFixture(
      output: [0, 4], initializers: [.floats("s", [])],
      [
        ONNXNodeProto(types[0], ["x", "s"], ["a"]) { $0.set("to", 8) },
        ONNXNodeProto(types[1], ["a", "s"]),
      ]
    ).network()
    #expect(network.graph.nodes.map(\.operation.definition.name) == types)
    for node in network.graph.nodes {
      guard case .opaque = node.operation else {
        Issue.record("\(node.name) is taken for something known")
        continue
      }
    }
  }
}
