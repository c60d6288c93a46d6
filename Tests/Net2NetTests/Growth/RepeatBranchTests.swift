import Net2Net
import OrderedCollections
import TestSupport
import Testing

@Suite("Repeating a layer of a dense block")
struct RepeatBranchTests {
  private func denseBlock() throws -> Network {
    try #require(Fixture.named("dense block")).network()
  }

  private func repeated(_ block: String, in network: Network) throws -> Network {
    try network.grown(
      by: GrowthPlan(seed: 3, growths: [.repeatBlock(RepeatBlock(block: block))])
    ).network
  }

  @Test("layers are found by what joins them to what they read")
  func found() throws {
    #expect(try denseBlock().joinedBranches().map(\.name) == ["layer1", "layer2"])
    let skips = try #require(Fixture.named("joined skips")).network()
    #expect(try skips.joinedBranches().map(\.name) == ["outer.inner.conv1", "outer.conv1"])
    // Branches of one value that is not joined itself are no layers of a dense block.
    let inception = try Architecture.inception.network()
    #expect(try inception.joinedBranches().isEmpty)
  }

  @Test("the new layer reads all before it, and all behind it join it")
  func joins() throws {
    let grown = try repeated("layer1", in: denseBlock())
    let joins = grown.graph.nodes.filter {
      if case .concatenation = $0.operation { true } else { false }
    }
    let (stem, first, new, second) = (
      "conv1", "layer1.conv2", "layer1~2.conv2", "layer2.conv2"
    )
    #expect(
      joins.map(\.inputs) == [
        [stem], [stem, first], [stem, first, new], [stem, first, new, second],
      ])
  }

  @Test("readers take its units with zeros, norms with what they have for the layer's own")
  func readers() throws {
    let network = try denseBlock()
    let grown = try repeated("layer1", in: network)
    // (6, 4 + 3, 1, 1) becomes (6, 4 + 3 + 3, 1, 1).
    let old = try #require(network.parameters["layer2.conv1.weight"]).tensor().doubles()
    let new = try #require(grown.parameters["layer2.conv1.weight"]).tensor()
    #expect(new.shape == [6, 10, 1, 1])
    #expect(Array(new.doubles()[..<10]) == Array(old[..<7]) + [0, 0, 0])
    let mean = try #require(network.parameters["layer2.bn1.running_mean"]).tensor().doubles()
    #expect(
      grown.parameters["layer2.bn1.running_mean"]?.tensor().doubles() == mean + mean.suffix(3))
    // What the layer's own batch norm knows of its inputs, then what a new one has.
    let own = try #require(network.parameters["layer1.bn1.running_var"]).tensor().doubles()
    #expect(
      grown.parameters["layer1~2.bn1.running_var"]?.tensor().doubles() == own + [1, 1, 1])
    #expect(
      grown.parameters["layer1~2.bn2.running_mean"]?.tensor().doubles() == [0, 0, 0, 0, 0, 0])
  }

  @Test("its weights are drawn as in a new network")
  func weights() throws {
    let network = try denseBlock()
    let grown = try repeated("layer2", in: network)
    let weight = try #require(grown.parameters["layer2~2.conv1.weight"]).tensor()
    #expect(weight.shape == [6, 10, 1, 1])
    let values = weight.doubles()
    let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    // √(2 / 10) = 0.45, over 60 draws.
    #expect(deviation > 0.3 && deviation < 0.6)
    #expect(
      network.parameters["layer2.conv1.weight"]?.tensor().doubles()
        == grown.parameters["layer2.conv1.weight"]?.tensor().doubles())
  }

  @Test("a layer norm over the joined width refuses it, naming the norm")
  func layerNorm() throws {
    var builder = NetworkBuilder(name: "normed", seed: 1)
    let x = try builder.dense(builder.input([3]), features: 4)
    let y = try builder.within("layer") { (b) throws(NetworkError) in
      try b.relu(b.dense(x, features: 4))
    }
    let norm = try builder.layerNormalization(builder.concatenate([x, y]))
    let network = try builder.network(output: builder.dense(norm, features: 2))
    let error = #expect(throws: NetworkError.self) { try repeated("layer.fc1", in: network) }
    #expect(
      error?.description
        == "block \"layer.fc1\" cannot grow so: what it makes cannot grow unit by unit: "
        + "LayerNormalization \"norm1\": mean and variance")
  }

  @Test("an unknown block names the nearest, also among layers of dense blocks")
  func unknown() throws {
    let network = try denseBlock()
    #expect(throws: NetworkError.unknownBlock("layer3", nearest: ["layer1", "layer2"])) {
      try repeated("layer3", in: network)
    }
  }

  @Test("a block keeps its name when layers go in at its sites")
  func nameAfterDeepening() throws {
    let residual = try #require(Fixture.named("residual")).network()
    let grown = try residual.grown(
      by: GrowthPlan(growths: [.deepen(Deepen(after: ["block.relu1"], batchNorm: false))])
    ).network
    #expect(try grown.residualBlocks().map(\.name) == ["block"])
    let twice = try repeated("block", in: grown)
    #expect(twice.parameters["block~2.relu1.deeper.conv.weight"] != nil)
  }
}
