import Net2Net
import OrderedCollections
import TestSupport
import Testing

@Suite struct NetworkTests {
  let network: Network

  init() throws {
    var builder = NetworkBuilder(name: "pair", seed: 3)
    let x = builder.input([4])
    let h = try builder.relu(try builder.dense(x, features: 3))
    network = try builder.network(output: try builder.dense(h, features: 2))
  }

  @Test func readersAndProducersAreNodeIndices() {
    #expect(network.graph.producers == ["fc1": 0, "relu1": 1, "output": 2])
    #expect(network.graph.readers["relu1"] == [2])
    #expect(network.graph.readers["fc1.weight"] == [0])
    #expect(network.graph.readers["output"] == nil)
  }

  @Test func conversionChangesParametersAndBorders() throws {
    let double = network.converted(to: .float64)
    #expect(double.parameters.values.allSatisfy { $0.elementType == .float64 })
    #expect(double.graph.inputs[0].type == TensorType(.float64, [N, 4]))
    #expect(double.graph.outputs[0].type == TensorType(.float64, [N, 2]))
    try double.validate()
  }

  @Test func evaluationKeepsValuesAndLeavesNothingPending() {
    let evaluated = network.evaluated()
    #expect(network.parameters.values.allSatisfy { $0.isPending })
    #expect(!evaluated.parameters.values.contains { $0.isPending })
    for (name, parameter) in network.parameters {
      #expect(evaluated.parameters[name]?.tensor().doubles() == parameter.tensor().doubles())
    }
  }

  @Test func literalsAreNotCountedAndAreForNothing() throws {
    let teacher = try #require(Fixture.named("transposed weights")).network()
    // fc1, the block's weight and temperatures, fc2; not the half.
    #expect(teacher.parameterCount == 5 * 4 + 4 + 4 * 4 + 4 + 4 * 3 + 3)
    #expect(try teacher.cost().parameters == teacher.parameterCount)
    let layers = try teacher.layerCosts().map(\.cost.parameters)
    #expect(layers.reduce(0, +) == teacher.parameterCount)
    #expect(teacher.parameters["block.scaled.half"]?.isLiteral == true)
    #expect(teacher.kind(ofParameter: "block.scaled.half") == nil)
    #expect(teacher.kind(ofParameter: "block.turned.weight") == .weight)
  }

  @Test func parametersAreForWhatReadsThemJoinedAndInPart() throws {
    let overwritten = try #require(Fixture.named("overwritten bias")).network()
    #expect(overwritten.parameterKinds["overwritten"] == [.bias])
    #expect(overwritten.kind(ofParameter: "overwritten") == .bias)
    #expect(overwritten.parameterKinds["place1"] == nil)
    // A token in front of the others, copied for every example.
    let tokens = try #require(Fixture.named("embedded tokens")).network()
    #expect(tokens.parameterKinds["start1.token"] == [.weight])
  }

  @Test func integerParametersAreNotCounted() {
    var network = network
    network.setParameter(Parameter(name: "shape", tensor: Tensor([Int64(1), 2], shape: [2])))
    #expect(network.parameterCount == 4 * 3 + 3 + 3 * 2 + 2)
  }
}
