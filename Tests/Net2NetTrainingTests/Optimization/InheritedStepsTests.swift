import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTorch
@testable import Net2NetTraining

/// A network, in double, on the same drawn batches in the same order.
private struct Lesson {
  let compiled: CompiledNetwork
  let optimizer: Optimizer

  static let batchSize = 12
  static let classes = 3

  init(_ network: Network, _ settings: OptimizerSettings, state: OptimizerState? = nil) throws {
    compiled = try CompiledNetwork(network, precision: .float64)
    optimizer = try Optimizer(
      settings, compiled.trainedParameters, device: .cpu, state: state)
  }

  private func batch(_ step: Int) throws -> (images: TorchTensor, labels: TorchTensor) {
    let draw = Draw(seed: 3).derived(for: "step \(step)")
    let shape = compiled.original.graph.inputs[0].type.shape(batch: Self.batchSize)
    let images = (0..<shape.elementCount).map { draw.normal($0) }
    let labels = (0..<Self.batchSize).map {
      Int64(draw.derived(for: "labels").integer($0, below: Self.classes))
    }
    return (
      try TorchTensor(Tensor(images, shape: shape)),
      try TorchTensor(Tensor(labels, shape: [Self.batchSize]))
    )
  }

  /// Takes steps, and returns the logits before each.
  func run(_ steps: Range<Int>, rate: Double) throws -> [[Double]] {
    var trail: [[Double]] = []
    for step in steps {
      let (images, labels) = try batch(step)
      let input = compiled.original.graph.inputs[0].name
      let outputs = try compiled.forward([input: images], mode: .training(dropoutSeed: 0))
      let logits = try #require(outputs[compiled.original.graph.outputs[0].name])
      let loss = try Operators.crossEntropy(
        .tensor(logits), .tensor(labels), .absent, .int(1), .int(-100), .double(0))
      trail.append(try logits.detached().tensor().doubles())
      try loss.backward()
      try optimizer.step(learningRate: rate)
    }
    return trail
  }
}

@Suite("Steps that a student inherits", .requiresTorch)
struct InheritedStepsTests {
  struct Case: CustomStringConvertible, Sendable {
    let name: String
    let build: @Sendable () throws -> Network
    var description: String { name }

    func network() throws -> Network {
      // In double, so that no value is rounded on the way from teacher to student.
      var network = try build()
      for parameter in network.parameters.values {
        network.setParameter(
          Parameter(name: parameter.name, tensor: parameter.tensor(as: .float64)))
      }
      return network
    }
  }

  static let cases: [Case] = [
    Case(name: "dense layers with a GELU") {
      var builder = NetworkBuilder(name: "dense", seed: 1)
      let input = builder.input([6])
      let first = try builder.activation(
        .gelu(approximate: false), builder.dense(input, features: 5))
      let second = try builder.activation(
        .gelu(approximate: false), builder.dense(first, features: 4))
      return try builder.network(output: builder.dense(second, features: Lesson.classes))
    },
    Case(name: "convolutions, pooling, flattening") {
      var builder = NetworkBuilder(name: "convolutions", seed: 2)
      let image = builder.input([2, 6, 6])
      let first = try builder.relu(builder.convolution(image, channels: 4, kernel: [3, 3]))
      let pooled = try builder.pool(.maximum, first, kernel: [2, 2])
      let second = try builder.relu(builder.convolution(pooled, channels: 5, kernel: [3, 3]))
      return try builder.network(
        output: builder.dense(builder.flatten(second), features: Lesson.classes))
    },
    Case(name: "batch norm and residual blocks") {
      try Architecture.resnet.network(
        ArchitectureOptions(inputShape: [1, 8, 8], classes: Lesson.classes, widthFactor: 0.25))
    },
  ]

  static let rules: [OptimizerSettings] = [
    OptimizerSettings(.sgd, weightDecay: 1e-2, momentum: 0.9),
    OptimizerSettings(.sgd, weightDecay: 1e-2, momentum: 0.9, isNesterov: true),
    OptimizerSettings(.adam, weightDecay: 1e-2),
    OptimizerSettings(.adamw, weightDecay: 0.1),
  ]

  private static func difference(_ found: [[Double]], _ expected: [[Double]]) -> Double {
    var largest = 0.0
    for (found, expected) in zip(found, expected) {
      let scale = expected.map(abs).max() ?? 1
      for (found, expected) in zip(found, expected) {
        largest = max(largest, abs(found - expected) / scale)
      }
    }
    return largest
  }

  /// The logits of teacher and student over 50 steps after the growth, and how far the teacher's
  /// own went meanwhile.
  private static func trails(
    _ lesson: Case, _ settings: OptimizerSettings, factor: Double, by growth: StateGrowth
  ) throws -> (difference: Double, moved: Double) {
    let rate = settings.rule == .sgd ? 0.02 : 0.002
    let teacher = try Lesson(lesson.network(), settings)
    _ = try teacher.run(0..<20, rate: rate)
    let trained = try teacher.compiled.network()
    let plan = GrowthPlan(growths: [.widen(Widen(all: factor, symmetry: .equal))])
    let student = try trained.grown(by: plan).network
    let state = try teacher.optimizer.state().grown(
      to: student, from: trained, rule: settings.rule, by: growth)
    let pupil = try Lesson(student, settings, state: state)
    let expected = try teacher.run(20..<70, rate: rate)
    let found = try pupil.run(20..<70, rate: rate)
    let frozen = try Lesson(trained, settings).run(69..<70, rate: 0)
    return (difference(found, expected), difference(frozen, [expected[49]]))
  }

  /// The second test of growth (docs/growth.md): with equal shares, the student not only computes
  /// what its teacher does, it goes where its teacher goes. 1e-10 is fifty steps of rounding in
  /// double, of gradients near zero that Adam divides by their own size.
  @Test(
    "with equal shares, the student's trajectory is its teacher's",
    arguments: cases, rules)
  func trajectory(_ lesson: Case, _ settings: OptimizerSettings) throws {
    for factor in [2, 1.5] {
      let found = try Self.trails(
        lesson, settings, factor: factor, by: StateGrowth(relaxation: .never))
      #expect(found.difference <= 1e-10, "\(lesson) \(settings.rule) ×\(factor)")
      #expect(found.moved > 0.01, "the teacher hardly moved, which proves nothing")
    }
  }

  /// So that the test above can fail: each of the two measures is needed.
  @Test(
    "without the state or the step sizes, it is another one",
    arguments: [
      StateGrowth(carriesState: false, relaxation: .never),
      StateGrowth(carriesState: true, relaxation: nil),
    ])
  func otherTrajectory(_ growth: StateGrowth) throws {
    for settings in [Self.rules[0], Self.rules[3]] {
      let found = try Self.trails(Self.cases[0], settings, factor: 2, by: growth)
      #expect(found.difference > 1e-3, "\(settings.rule)")
    }
  }
}
