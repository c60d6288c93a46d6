import Net2Net
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

@Suite(.requiresTorch)
struct GradientTests {
  /// Back-propagation through eight nodes, each rounding at 1e-16.
  static let tolerance = 1e-12

  /// Convolution, batch norm, relu, a residual sum, pooling, dense: what training is made of,
  /// with every kind of memory that is used again.
  static func residualNetwork() throws -> Network {
    var builder = NetworkBuilder(name: "residual", seed: 5)
    let image = builder.input([3, 6, 6])
    var h = try builder.convolution(image, channels: 4, kernel: [3, 3], hasBias: false)
    h = try builder.relu(try builder.batchNormalization(h))
    var branch = try builder.convolution(h, channels: 4, kernel: [3, 3], hasBias: false)
    branch = try builder.batchNormalization(branch)
    h = try builder.relu(try builder.add(branch, h))
    h = try builder.pool(.maximum, h, kernel: [2, 2])
    h = try builder.dense(try builder.flatten(h), features: 5)
    return try builder.network(output: h)
  }

  static let residualCode = """
    w = {n: t.requires_grad_() for n, t in dict(
        c1=c1, s1=s1, b1=b1, c2=c2, s2=s2, b2=b2, f=f, g=g).items()}
    m1, v1, m2, v2 = (t.clone() for t in (m1, v1, m2, v2))
    h = F.relu(F.batch_norm(F.conv2d(x, c1, None, padding=1), m1, v1, s1, b1, True, 0.1))
    r = F.batch_norm(F.conv2d(h, c2, None, padding=1), m2, v2, s2, b2, True, 0.1)
    h = F.max_pool2d(F.relu(r + h), 2)
    loss = F.cross_entropy(F.linear(h.flatten(1), f, g), labels)
    loss.backward()
    for n, t in w.items(): globals()["grad_" + n] = t.grad
    """

  /// The network's parameters under the short names of `residualCode`.
  static let names = [
    "c1": "conv1.weight", "s1": "bn1.weight", "b1": "bn1.bias", "m1": "bn1.running_mean",
    "v1": "bn1.running_var", "c2": "conv2.weight", "s2": "bn2.weight",
    "b2": "bn2.bias", "m2": "bn2.running_mean", "v2": "bn2.running_var", "f": "fc1.weight",
    "g": "fc1.bias",
  ]

  /// A weight behind a transposition and a temperature behind an exponential are; a literal is not.
  @Test func whatLiesBehindAFunctionIsTrainedAndLiteralsAreNot() throws {
    let network = try #require(Fixture.named("transposed weights")).network()
    let engine = try CompiledNetwork(network)
    #expect(
      engine.trainedParameters.keys.sorted() == [
        "block.temperature.logarithm", "block.turned.weight", "fc1.bias", "fc1.weight", "fc2.bias",
        "fc2.weight",
      ])
    let x = Tensor.drawn([4, 5], seed: 1).converted(to: .float32)
    let outputs = try engine.forward(["input": try TorchTensor(x)], mode: .training(dropoutSeed: 0))
    let labels = Tensor([0, 2, 1, 0] as [Int64], shape: [4])
    try Self.crossEntropy(
      .tensor(try #require(outputs["output"])), .tensor(try TorchTensor(labels))
    ).backward()
    for (name, parameter) in engine.trainedParameters {
      let gradient = try #require(try parameter.gradient, "\(name)").tensor().doubles()
      #expect(gradient.contains { $0 != 0 }, "\(name)")
    }
  }

  static let crossEntropy = TorchOperator("aten::cross_entropy_loss")

  @Test(.requiresPython)
  func gradientsAndRunningStatisticsArePyTorchs() async throws {
    let network = try Self.residualNetwork()
    let images = Tensor.drawn([4, 3, 6, 6], seed: 1)
    let labels = Tensor([0, 3, 1, 4] as [Int64], shape: [4])

    var tensors = Self.names.compactMapValues { network.parameters[$0]?.tensor(as: .float64) }
    #expect(tensors.count == Self.names.count)
    tensors["x"] = images
    tensors["labels"] = labels
    let trained = Self.names.filter { !["m1", "v1", "m2", "v2"].contains($0.key) }
    let wanted = trained.keys.map { "grad_" + $0 } + ["loss", "m1", "v1", "m2", "v2"]
    let answer = try #require(
      try await TorchOracle.answers(
        to: [.init(Self.residualCode, tensors: tensors, wanted: wanted)]
      ).first)

    let engine = try CompiledNetwork(network, precision: .float64)
    let outputs = try engine.forward(
      ["input": try TorchTensor(images)], mode: .training(dropoutSeed: 0))
    let loss = try Self.crossEntropy(
      .tensor(try #require(outputs["output"])), .tensor(try TorchTensor(labels)))
    try loss.backward()

    #expect(abs(try loss.scalar() - (answer["loss"]?.values[0] ?? 0)) <= Self.tolerance)
    #expect(Set(engine.trainedParameters.keys) == Set(trained.values))
    for (short, name) in trained {
      let gradient = try #require(try engine.trainedParameters[name]?.gradient).tensor()
      let expected = try #require(answer["grad_" + short])
      let difference = gradient.relativeDifference(from: expected) ?? .infinity
      #expect(difference <= Self.tolerance, "gradient of \(name)")
    }
    let after = try engine.network()
    for short in ["m1", "v1", "m2", "v2"] {
      let name = try #require(Self.names[short])
      let statistic = try #require(after.parameters[name]).tensor()
      let difference = statistic.relativeDifference(from: try #require(answer[short]))
      // Read back in the network's own float32.
      #expect((difference ?? .infinity) <= 1e-7, "\(name)")
    }
  }

  @Test func gradientsAddUpUntilDropped() throws {
    let engine = try CompiledNetwork(try Self.residualNetwork())
    let weight = try #require(engine.trainedParameters["fc1.weight"])
    func gradient() throws -> [Double] {
      let images = try TorchTensor(Tensor.drawn([2, 3, 6, 6], seed: 1))
      let output = try #require(
        try engine.forward(["input": images], mode: .trainingWithoutDropout)["output"])
      try TorchOperator("aten::sum")(.tensor(output)).backward()
      return try #require(try weight.gradient).tensor().doubles()
    }
    let once = try gradient()
    let twice = try gradient()
    #expect(zip(once, twice).allSatisfy { 2 * $0 == $1 })
    try weight.setGradient(nil)
    #expect(try weight.gradient == nil)
    #expect(try gradient() == once)
  }

  /// oneDNN writes beyond its memory for such weights where channels are few.
  @Test(arguments: [1, 3, 4, 7])
  func filtersOfOnePixelThatJumpHaveTheirGradient(channels: Int) throws {
    var builder = NetworkBuilder(name: "jump", seed: 1)
    let image = builder.input([channels, 28, 28])
    let network = try builder.network(
      output: try builder.convolution(
        image, channels: 8, kernel: [1, 1], strides: [2, 2], name: "jump"))
    func gradients(_ precision: Precision) throws -> [Tensor] {
      let engine = try CompiledNetwork(network, precision: precision)
      let output = try #require(
        try engine.forward(
          ["input": try TorchTensor(Tensor.drawn([16, channels, 28, 28], seed: 2))],
          mode: .trainingWithoutDropout)["output"])
      let squares = try TorchOperator("aten::square")(.tensor(output))
      try TorchOperator("aten::sum")(.tensor(squares)).backward()
      return try ["jump.weight", "jump.bias"].map {
        try #require(try engine.trainedParameters[$0]?.gradient).tensor()
      }
    }
    let exact = try gradients(.float64)
    for _ in 0..<20 {
      for (found, expected) in zip(try gradients(.float32), exact) {
        // Sums of 3136 products.
        #expect((found.relativeDifference(from: expected) ?? .infinity) <= 1e-5)
      }
    }
  }

  @Test func fusedOptimizerStepMovesParametersAndIsReadBack() throws {
    let network = try Self.residualNetwork()
    let engine = try CompiledNetwork(network)
    let images = try TorchTensor(Tensor.drawn([2, 3, 6, 6], seed: 1))
    let output = try #require(
      try engine.forward(["input": images], mode: .training(dropoutSeed: 0))["output"])
    try TorchOperator("aten::sum")(.tensor(output)).backward()
    let weights = Array(engine.trainedParameters.values)
    let gradients = try weights.compactMap { try $0.gradient }
    try TorchOperator("aten::_fused_sgd_").results([
      .tensors(weights), .tensors(gradients), .tensors([]), .double(0), .double(0),
      .double(0.5), .double(0), .bool(false), .bool(false), .bool(false),
    ])
    let before = try #require(network.parameters["fc1.bias"]).tensor().doubles()
    let after = try #require(try engine.network().parameters["fc1.bias"]).tensor().doubles()
    // The loss is the sum over two examples of five outputs, so each bias has gradient 2.
    #expect(zip(before, after).allSatisfy { $0 - 1 == $1 })
  }
}
