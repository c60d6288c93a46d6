import Foundation
import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetFiles

/// Nodes that hold graphs are kept with all that those read.
@Suite struct NestedGraphsTests {
  /// x → Relu → a; c ? a + w : a − v → y, where the branches read a, w and v by name.
  static func conditional(version: Int = 20, type: String = "Add") -> ModelFixture {
    var fixture = ModelFixture(
      version: version, output: [0, 4],
      initializers: [
        .floats("w", [4]), .floats("v", [4]),
        ONNXTensorProto("c", []) {
          $0.dataType = 9
          $0.int32Data = [1]
        },
      ],
      [
        ONNXNodeProto("Relu", ["x"], ["a"]),
        ONNXNodeProto("If", ["c"], ["y"])
          .holding("then_branch", branch(ONNXNodeProto(type, ["a", "w"], ["p"], name: "plus")))
          .holding("else_branch", branch(ONNXNodeProto("Sub", ["a", "v"], ["p"], name: "minus"))),
      ])
    fixture.model.graph.node[0].name = "relu"
    return fixture
  }

  static func branch(_ node: ONNXNodeProto) -> ONNXGraphProto {
    var graph = ONNXGraphProto()
    graph.name = node.name
    graph.node = [node]
    graph.output = [ONNXValueInfoProto(node.output[0], ModelFixture.type([0, 4]))]
    return graph
  }

  @Test func whatBranchesReadAreOperandsOfTheirNode() async throws {
    let network = try await Self.conditional().network()
    let node = try #require(network.graph.nodes.last)
    #expect(node.operation.definition.name == "If")
    #expect(node.inputs == ["c", "a", "w", "v"])
    #expect(Set(network.parameters.keys) == ["w", "v", "c"])
  }

  @Test func whatBranchesReadIsPinned() async throws {
    var fixture = Self.conditional()
    fixture.model.graph.node[0] = ONNXNodeProto("MatMul", ["x", "k"], ["a"])
    fixture.model.graph.initializer.append(.floats("k", [4, 4]))
    let widths = try Widths(of: try await fixture.network())
    let made = try #require(
      widths.all.first { $0.uses.contains { $0.parameter == "k" && $0.axis == 1 } })
    #expect(
      made.freedom.reasons.map(\.description).contains(
        "If \"if1\": the node holds a graph of its own"))
  }

  @Test(.requiresPython) func theFileWrittenAgainIsSoundAndComputesTheSame() async throws {
    let network = try await Self.conditional().network()
    try await withTemporaryDirectory { directory async throws in
      let file = directory + "/again.onnx"
      try network.writeONNX(to: file)
      #expect(try Network(onnx: file).graph == network.graph)
      let output = try await Python.run(
        """
        import sys, numpy, onnx, onnxruntime
        onnx.checker.check_model(sys.argv[1], full_check=True)
        session = onnxruntime.InferenceSession(sys.argv[1])
        print(session.run(None, {"x": numpy.float32([[-1, 0, 1, 2]])})[0].tolist())
        """, file)
      // w is 0.5 throughout.
      #expect(output == "[[0.5, 0.5, 1.5, 2.5]]\n")
    }
  }

  @Test func operatorsThatChangedTheirMeaningAreRefusedInsideToo() async throws {
    let complaint = try await Self.conditional(version: 12, type: "Softmax").complaint()
    #expect(complaint.contains("(Softmax): operator set 12 defines it differently from set 13"))
  }

  @Test func aCapturedValueThatNobodyMakesIsRefused() async throws {
    var fixture = Self.conditional()
    fixture.model.graph.initializer.removeFirst()
    #expect(try await fixture.complaint().contains("node \"if1\": its input \"w\" is neither"))
  }
}

extension ONNXNodeProto {
  fileprivate func holding(_ name: String, _ graph: ONNXGraphProto) -> Self {
    var attribute = ONNXAttributeProto()
    attribute.name = name
    attribute.type = .graph
    attribute.g = Data(graph.encoded)
    var node = self
    node.attribute.append(Data(attribute.encoded))
    return node
  }
}
