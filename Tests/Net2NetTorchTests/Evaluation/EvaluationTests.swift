import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTorch

/// Networks compiled for evaluation alone.
@Suite(.requiresTorch)
struct EvaluationTests {
  /// Batch norms whose statistics are no longer those of a new network.
  static func trained(_ network: Network) -> Network {
    var network = network
    for (index, parameter) in network.parameters.values.enumerated()
    where parameter.name.contains("bn") && parameter.elementType == .float32 {
      let draw = Draw(seed: UInt64(index))
      let isVariance = parameter.name.hasSuffix("running_var")
      let tensor = Tensor(elementType: .float32, shape: parameter.shape) {
        isVariance ? 0.5 + abs(draw.normal($0)) : 0.5 + 0.3 * draw.normal($0)
      }
      network.setParameter(Parameter(name: parameter.name, tensor: tensor))
    }
    return network
  }

  static func inputs(of network: Network, batch: Int) throws -> [String: Tensor] {
    var drawing = Verification()
    drawing.batchSize = batch
    return try drawing.drawnInputs(for: network)
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let architecture: Architecture
    let shape: Shape
    let batch: Int
    var precision = Precision.float32
    var testDescription: String { "\(architecture) \(shape), batch \(batch), \(precision)" }
  }

  /// Batches that one thread takes, and that several take parts of.
  static let cases =
    [Architecture.mlp, .convnet, .resnet, .inception].flatMap { architecture in
      [1, 7, 96].map { Case(architecture: architecture, shape: [3, 20, 20], batch: $0) }
    } + [
      Case(architecture: .convnet, shape: [3, 20, 20], batch: 9, precision: .float64),
      Case(architecture: .resnet, shape: [1, 17, 23], batch: 3, precision: .float64),
      Case(architecture: .gpt, shape: [8], batch: 5),
    ]

  @Test(arguments: cases)
  func evaluationComputesWhatTrainingsProgramDoes(_ example: Case) throws {
    let options = ArchitectureOptions(inputShape: example.shape, depth: nil, seed: 3)
    let network = Self.trained(try example.architecture.network(options))
    let inputs = try Self.inputs(of: network, batch: example.batch)
    let (plain, fast) = (
      try CompiledNetwork(network, precision: example.precision),
      try CompiledNetwork(network, precision: example.precision, purpose: .evaluation)
    )
    let expected = try #require(try plain.run(inputs)["output"])
    let found = try #require(try fast.run(inputs)["output"])
    #expect(found.shape == expected.shape)
    let difference = found.relativeDifference(from: expected) ?? .infinity
    // Twenty layers of rounding; folded norms round elsewhere.
    #expect(difference <= (example.precision == .float64 ? 1e-12 : 2e-5))
    #expect(fast.trainedParameters.isEmpty)
  }

  /// Two sums of convolutions, one of them with itself, a relu6, a value that is an output as well
  /// and a norm that stands alone: what must not be merged.
  @Test func onlyWhatNobodyElseReadsIsMerged() throws {
    var builder = NetworkBuilder(name: "crossed", seed: 5)
    let image = builder.input([3, 6, 6])
    let a = try builder.convolution(image, channels: 4, kernel: [3, 3], hasBias: false)
    let b = try builder.batchNormalization(
      try builder.convolution(image, channels: 4, kernel: [1, 1]))
    let sum = try builder.relu(try builder.add(a, b))
    let shared = try builder.convolution(sum, channels: 4, kernel: [3, 3])
    let normed = try builder.batchNormalization(shared)
    let twice = try builder.add(shared, normed)
    let before = try builder.batchNormalization(try builder.relu(twice))
    let doubled = try builder.add(
      before, try builder.convolution(before, channels: 4, kernel: [3, 3]))
    let network = Self.trained(try builder.network(output: try builder.relu(doubled)))
    let inputs = try Self.inputs(of: network, batch: 4)
    let expected = try #require(try CompiledNetwork(network).run(inputs)["output"])
    let found = try #require(
      try CompiledNetwork(network, purpose: .evaluation).run(inputs)["output"])
    #expect((found.relativeDifference(from: expected) ?? .infinity) <= 1e-5)
  }

  /// A batch of 64 is cut into parts; no sample's result may depend on where.
  @Test func eachSampleIsComputedAsIfAlone() throws {
    let network = Self.trained(
      try Architecture.convnet.network(ArchitectureOptions(inputShape: [3, 32, 32], seed: 3)))
    let engine = try CompiledNetwork(network, purpose: .evaluation)
    #expect(try #require(engine.parts).ranges(of: 64, threads: 2).count > 1)
    let images = Tensor.drawn([64, 3, 32, 32], seed: 2, as: .float32)
    let all = try #require(try engine.run(["input": images])["output"]).doubles()
    for count in [1, 10, 63] {
      let first = try #require(images.leading(count))
      let some = try #require(try engine.run(["input": first])["output"])
      #expect(some.doubles() == Array(all.prefix(10 * count)))
    }
  }

  /// Softmax over the batch: parts would be normalised each by itself.
  @Test(arguments: [0, 1])
  func samplesThatMeetAreNotTakenApart(_ axis: Int) throws {
    var builder = NetworkBuilder(name: "meeting", seed: 1)
    let input = builder.input([512])
    let h = try builder.dense(try builder.dense(input, features: 512), features: 512)
    let network = try builder.network(output: h)
    var meeting = network
    let output = network.graph.outputs[0]
    meeting.graph.outputs[0].name = "shares"
    meeting.graph.nodes.append(
      Node(
        name: "shares", operation: .softmax(Softmax(axis: axis)), inputs: [output.name],
        outputs: ["shares"]))
    let inputs = try Self.inputs(of: meeting, batch: 64)
    let expected = try #require(try CompiledNetwork(meeting).run(inputs)["shares"])
    let found = try #require(
      try CompiledNetwork(meeting, purpose: .evaluation).run(inputs)["shares"])
    #expect((found.relativeDifference(from: expected) ?? .infinity) <= 1e-5)
  }

  @Test func whatEvaluationCannotDoIsSaid() throws {
    let engine = try CompiledNetwork(
      try GradientTests.residualNetwork(), purpose: .evaluation)
    let inputs = ["input": Tensor.drawn([2, 3, 6, 6], seed: 1)]
    for attempt in [
      { _ = try engine.run(inputs, mode: .training(dropoutSeed: 0)) }, { _ = try engine.network() },
      { _ = try engine.run(inputs) { _, _ in } },
    ] as [() throws -> Void] {
      #expect {
        try attempt()
      } throws: { error in
        "\(error)"
          == "the network was compiled for evaluation alone: it does not train, and what lies "
          + "between its layers is not computed; compile it for training"
      }
    }
    #expect {
      _ = try engine.run(["input": Tensor.drawn([2, 3, 6, 7], seed: 1)])
    } throws: {
      "\($0)" == "input \"input\": float32(2, 3, 6, 6) expected, float64(2, 3, 6, 7) found"
    }
  }
}
