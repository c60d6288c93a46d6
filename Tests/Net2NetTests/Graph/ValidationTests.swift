import Net2Net
import Testing

/// Two dense layers with a ReLU between them, broken in one way by each test.
private struct Broken {
  var inputs = [ValueDeclaration("x", float32(N, 4))]
  var outputs = [ValueDeclaration("y", float32(N, 2))]
  var nodes = [
    Node(name: "fc1", operation: .dense(Dense()), inputs: ["x", "w1"], outputs: ["h"]),
    Node(name: "relu", operation: .activation(Activation(.relu)), inputs: ["h"], outputs: ["r"]),
    Node(name: "fc2", operation: .dense(Dense()), inputs: ["r", "w2"], outputs: ["y"]),
  ]
  var parameters = [weight("w1", [3, 4]), weight("w2", [2, 3])]

  static func weight(_ name: String, _ shape: Shape) -> Parameter {
    Parameter(name: name, elementType: .float32, shape: shape, filling: .constant(0))
  }

  func sentence() -> String? {
    let graph = Graph(name: "test", inputs: inputs, outputs: outputs, nodes: nodes)
    do throws(NetworkError) {
      try Network(graph: graph, parameters: parameters).validate()
      return nil
    } catch {
      return error.description
    }
  }
}

@Suite struct ValidationTests {
  @Test func soundNetworkPasses() {
    #expect(Broken().sentence() == nil)
  }

  @Test func valueThatNobodyMakesIsNamed() {
    var network = Broken()
    network.nodes[1].inputs = ["g"]
    #expect(
      network.sentence()
        == "node \"relu\": its input \"g\" is neither a graph input, nor a parameter, nor the "
        + "output of an earlier node")
  }

  @Test func nodesOutOfOrderAreRefused() {
    var network = Broken()
    network.nodes.swapAt(0, 1)
    #expect(
      network.sentence()
        == "node \"relu\": its input \"h\" is neither a graph input, nor a parameter, nor the "
        + "output of an earlier node")
  }

  @Test func valueMadeTwiceIsRefused() {
    var network = Broken()
    network.nodes[1].outputs = ["h"]
    #expect(network.sentence() == "node \"relu\": \"h\" is already the name of another value")
  }

  @Test func valueNamedLikeAParameterIsRefused() {
    var network = Broken()
    network.nodes[1].outputs = ["w2"]
    #expect(network.sentence() == "node \"relu\": \"w2\" is already the name of another value")
  }

  @Test func twoNodesOfOneNameAreRefused() {
    var network = Broken()
    network.nodes[2].name = "fc1"
    #expect(network.sentence() == "node \"fc1\": \"fc1\" is already the name of another value")
  }

  @Test func missingOutputIsNamed() {
    var network = Broken()
    network.outputs[0].name = "z"
    #expect(network.sentence() == "the graph's output \"z\" is made by no node")
  }

  @Test func wrongNumberOfOperandsIsRefused() {
    var network = Broken()
    network.nodes[1].inputs = ["h", "h"]
    #expect(
      network.sentence() == "node \"relu\" (Relu): 2 inputs do not suit this operator")
  }

  @Test func moreOutputsThanTheOperatorMakesAreRefused() {
    var network = Broken()
    network.nodes[1].outputs = ["r", "mask"]
    #expect(network.sentence() == "node \"relu\" (Relu): 2 outputs wanted, 1 made")
  }

  @Test func misfitNamesTheNodeAndItsOperator() {
    var network = Broken()
    network.parameters[1] = Broken.weight("w2", [2, 5])
    #expect(
      network.sentence() == "node \"fc2\" (Gemm): input features: 5 expected, 3 found")
  }

  @Test func declaredOutputShapeMustBeTheComputedOne() {
    var network = Broken()
    network.outputs[0].type = float32(N, 3)
    #expect(network.sentence() == "\"y\": declared float32(N, 3), computed float32(N, 2)")
  }

  @Test func symbolicDimensionAgreesWithEverySize() {
    var network = Broken()
    network.outputs[0].type = float32(.symbolic("batch"), .symbolic("classes"))
    #expect(network.sentence() == nil)
  }

  @Test(arguments: [Int.max, -1])
  func impossibleSizeIsRefusedBeforeAnyArithmetic(size: Int) {
    var network = Broken()
    network.inputs[0].type = float32(N, .fixed(size))
    #expect(
      network.sentence() == "\"x\": float32(N, \(size)) is no size that a tensor can have")
  }

  @Test func zeroSizeDoesNotHideAnOverflow() {
    var network = Broken()
    network.inputs[0].type = float32(0, .fixed(1 << 40), .fixed(1 << 40))
    #expect(network.sentence()?.hasSuffix("is no size that a tensor can have") == true)
  }
}

@Suite struct ValueTypesTests {
  @Test func typesEndWhereAnOpaqueOperatorDoesNotSayWhatItReturns() throws {
    var network = Broken()
    network.nodes[1].operation = .opaque(
      OpaqueOperator(domain: "acme", type: "Fold", attributes: [], declaredOutputs: [nil]))
    let graph = Graph(
      name: "test", inputs: network.inputs, outputs: network.outputs, nodes: network.nodes)
    let types = try Network(graph: graph, parameters: network.parameters).validate()
    #expect(types["h"] == float32(N, 3))
    #expect(types["r"] == nil)
    #expect(types.unknown == ["r": "relu", "y": "relu"])
  }

  @Test func declaredTypeOfAnOpaqueOperatorIsTakenOnTrust() throws {
    var network = Broken()
    network.nodes[1].operation = .opaque(
      OpaqueOperator(
        domain: "acme", type: "Fold", attributes: [], declaredOutputs: [float32(N, 3)]))
    #expect(network.sentence() == nil)
  }
}
