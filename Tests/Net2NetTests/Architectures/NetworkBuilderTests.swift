import Net2Net
import OrderedCollections
import Testing

@Suite struct NetworkBuilderTests {
  private func sentence(
    _ build: (inout NetworkBuilder) throws(NetworkError) -> Void
  ) -> String? {
    var builder = NetworkBuilder(name: "test", seed: 1)
    do throws(NetworkError) {
      try build(&builder)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func automaticNamesCountLayersOfAKindWithinTheirScope() throws {
    var builder = NetworkBuilder(name: "test", seed: 1)
    var h = builder.input([3, 8, 8])
    h = try builder.convolution(h, channels: 4, kernel: [3, 3])
    h = try builder.within("block2") { (builder) throws(NetworkError) in
      let h = try builder.convolution(h, channels: 4, kernel: [3, 3])
      return try builder.relu(try builder.convolution(h, channels: 4, kernel: [1, 1]))
    }
    h = try builder.convolution(h, channels: 4, kernel: [3, 3])
    let network = try builder.network(output: h)
    #expect(
      network.graph.nodes.map(\.name)
        == ["conv1", "block2.conv1", "block2.conv2", "block2.relu1", "conv2"])
    #expect(network.parameters.keys.contains("block2.conv2.weight"))
  }

  @Test func defaultPaddingKeepsTheSizeOfOddKernels() throws {
    var builder = NetworkBuilder(name: "test", seed: 1)
    let x = builder.input([3, 9, 9])
    let h = try builder.convolution(x, channels: 4, kernel: [5, 3], dilations: [1, 2])
    #expect(h.type == TensorType(.float32, [.symbolic("N"), 4, 9, 9]))
  }

  @Test func weightsHaveHesVarianceAndBiasesAreZero() throws {
    var builder = NetworkBuilder(name: "test", seed: 1)
    let h = try builder.dense(builder.input([200]), features: 500)
    let network = try builder.network(output: h)
    let weight = try #require(network.parameters["fc1.weight"]).tensor().doubles()
    let variance = weight.reduce(0) { $0 + $1 * $1 } / Double(weight.count)
    // 2 / 200, with a standard error of 0.4 % for 100 000 values: four of it.
    #expect(abs(variance / 0.01 - 1) < 0.016)
    #expect(network.parameters["fc1.bias"]?.tensor().doubles() == Array(repeating: 0, count: 500))
  }

  @Test func groupedConvolutionSumsOverItsGroupOnly() throws {
    var builder = NetworkBuilder(name: "test", seed: 1)
    let h = try builder.convolution(
      builder.input([6, 8, 8]), channels: 6, kernel: [3, 3], groups: 3, hasBias: false)
    let network = try builder.network(output: h)
    #expect(network.parameters["conv1.weight"]?.shape == [6, 2, 3, 3])
    #expect(Array(network.parameters.keys) == ["conv1.weight"])
  }

  @Test func addedLayerLeavesTheOthersValuesAlone() throws {
    func firstWeight(layers: Int) throws -> [Double] {
      var builder = NetworkBuilder(name: "test", seed: 9)
      var h = builder.input([4])
      for _ in 0..<layers { h = try builder.dense(h, features: 4) }
      return try #require(builder.network(output: h).parameters["fc1.weight"]).tensor().doubles()
    }
    #expect(try firstWeight(layers: 1) == firstWeight(layers: 3))
  }

  @Test func misfitIsReportedByTheLayerThatMakesIt() {
    let message = sentence { (builder) throws(NetworkError) in
      let x = builder.input([3, 4, 4])
      _ = try builder.pool(.maximum, x, kernel: [5, 5], name: "huge")
    }
    #expect(message == "node \"huge\" (MaxPool): a window of 5 does not fit 4 padded by 0 and 0")
  }

  @Test func emptyWidthIsRefused() {
    let message = sentence { (builder) throws(NetworkError) in
      _ = try builder.dense(builder.input([3]), features: 0)
    }
    #expect(
      message
        == "node \"fc1\" (Gemm): fc1.weight would be (0, 3); every size must be at least 1")
  }

  @Test func nameGivenTwiceIsRefused() {
    let message = sentence { (builder) throws(NetworkError) in
      let h = try builder.dense(builder.input([3]), features: 3, name: "same")
      _ = try builder.network(output: try builder.dense(h, features: 3, name: "same"))
    }
    #expect(message?.contains("\"same\"") == true)
  }

  @Test func everyLayerOfTheBuilderFitsTogether() throws {
    var builder = NetworkBuilder(name: "test", seed: 1)
    let x = builder.input([4, 6])
    var h = try builder.layerNormalization(try builder.transpose(x, permutation: [0, 2, 1]))
    h = try builder.multiply(h, try builder.activation(.sigmoid, h))
    h = try builder.softmax(try builder.dropout(try builder.reshape(h, to: [0, 24]), ratio: 0.1))
    let network = try builder.network(output: h, named: "shares")
    #expect(network.graph.outputs == [ValueDeclaration("shares", float32(N, 24))])
    #expect(
      network.graph.nodes.map(\.name)
        == ["transpose1", "norm1", "act1", "mul1", "reshape1", "dropout1", "softmax1"])
  }
}
