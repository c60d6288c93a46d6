import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTorch
@testable import Net2NetTraining

/// A matrix (2, 3) and a vector (3), and ten gradients of each that never repeat.
private struct Trajectory {
  static let steps = 10

  static let matrix = [0.5, -1, 0.25, 2, -0.125, 0.75]
  static let vector = [1, -0.5, 0.125]

  static func gradient(_ count: Int, step: Int) -> [Double] {
    (0..<count).map { Double(($0 * 7 + step * step * 3 + count) % 11 - 5) / 10 }
  }

  static func rate(step: Int) -> Double { 0.1 / Double(1 + step) }

  let matrix: TorchTensor
  let vector: TorchTensor

  init() throws {
    matrix = try TorchTensor(Tensor(Self.matrix, shape: [2, 3]))
    vector = try TorchTensor(Tensor(Self.vector, shape: [3]))
    for tensor in [matrix, vector] { try tensor.setRequiresGradient(true) }
  }

  var parameters: OrderedDictionary<String, TorchTensor> { ["matrix": matrix, "vector": vector] }

  func run(_ optimizer: Optimizer, _ steps: Range<Int>) throws {
    for step in steps {
      try matrix.setGradient(
        TorchTensor(Tensor(Self.gradient(6, step: step), shape: [2, 3])))
      try vector.setGradient(TorchTensor(Tensor(Self.gradient(3, step: step), shape: [3])))
      try optimizer.step(learningRate: Self.rate(step: step))
    }
  }

  func values() throws -> [[Double]] {
    [try matrix.tensor().doubles(), try vector.tensor().doubles()]
  }
}

/// One trajectory as `optimizers.py` takes it.
private struct Question: Encodable {
  let rule: String
  let settings: [String: Double]
  let sparesVectors: Bool
  let parameters: [[Double]]
  let gradients: [[[Double]]]
  let rates: [Double]

  init(_ settings: OptimizerSettings) {
    rule = settings.rule.rawValue
    sparesVectors = settings.sparesVectors
    var named = ["weight_decay": settings.weightDecay]
    switch settings.rule {
    case .sgd:
      named["momentum"] = settings.momentum
      named["nesterov"] = settings.isNesterov ? 1 : 0
    case .adam, .adamw:
      named["beta1"] = settings.meanShare
      named["beta2"] = settings.varianceShare
      named["eps"] = settings.epsilon
    }
    self.settings = named
    parameters = [Trajectory.matrix, Trajectory.vector]
    gradients = (0..<Trajectory.steps).map { step in
      [6, 3].map { Trajectory.gradient($0, step: step) }
    }
    rates = (0..<Trajectory.steps).map(Trajectory.rate)
  }
}

@Suite(.requiresTorch)
struct OptimizerTests {
  static let settings: [OptimizerSettings] = [
    OptimizerSettings(.sgd, weightDecay: 0, momentum: 0),
    OptimizerSettings(.sgd, weightDecay: 0.1, momentum: 0),
    OptimizerSettings(.sgd, weightDecay: 0.1, momentum: 0.9),
    OptimizerSettings(.sgd, weightDecay: 0.1, momentum: 0.9, isNesterov: true),
    OptimizerSettings(.sgd, weightDecay: 0.1, sparesVectors: true),
    OptimizerSettings(.adam, weightDecay: 0),
    OptimizerSettings(.adam, weightDecay: 0.1, meanShare: 0.8, varianceShare: 0.95),
    OptimizerSettings(.adamw, weightDecay: 0.1, epsilon: 1e-3),
    OptimizerSettings(.adamw, weightDecay: 0.1, sparesVectors: true),
  ]

  /// Ten steps in double; only the order of additions differs.
  static let tolerance = 1e-14

  @Test(.requiresPython)
  func trajectoriesAreThoseOfPyTorch() async throws {
    let answers: [[[Double]]] = try await Python.answer(
      of: "optimizers.py", to: Self.settings.map(Question.init))
    #expect(answers.count == Self.settings.count)
    for (settings, expected) in zip(Self.settings, answers) {
      let trajectory = try Trajectory()
      let optimizer = try Optimizer(settings, trajectory.parameters, device: .cpu)
      try trajectory.run(optimizer, 0..<Trajectory.steps)
      for (found, expected) in zip(try trajectory.values().joined(), expected.joined()) {
        #expect(abs(found - expected) <= Self.tolerance, "\(settings)")
      }
    }
  }

  @Test(arguments: settings)
  func stateTakenOverGoesOnAsIfNothingHadHappened(_ settings: OptimizerSettings) throws {
    let whole = try Trajectory()
    try whole.run(Optimizer(settings, whole.parameters, device: .cpu), 0..<10)

    let halves = try Trajectory()
    let first = try Optimizer(settings, halves.parameters, device: .cpu)
    try halves.run(first, 0..<4)
    let second = try Optimizer(
      settings, halves.parameters, device: .cpu, state: first.state())
    try halves.run(second, 4..<10)
    #expect(try halves.values() == whole.values())
    #expect(try second.state().steps == 10)
  }

  /// All threads move a large parameter, one thread a small one that repeats in it.
  @Test(arguments: settings)
  func largeParametersMoveAsSmallOnesDo(_ settings: OptimizerSettings) throws {
    func tensor(_ count: Int, _ value: (Int) -> Double) throws -> TorchTensor {
      try TorchTensor(Tensor((0..<count).map { value($0 % 4) }, shape: [count / 4, 4]))
    }
    let parameters = OrderedDictionary(
      uniqueKeysWithValues: try [("small", 4), ("large", 1 << 18)].map { name, count in
        (name, try tensor(count) { 1 + Double($0) })
      })
    for parameter in parameters.values { try parameter.setRequiresGradient(true) }
    let optimizer = try Optimizer(settings, parameters, device: .cpu)
    for step in 1...3 {
      for parameter in parameters.values {
        try parameter.setGradient(
          tensor(parameter.shape.elementCount) { Double($0 - step) / 10 })
      }
      try optimizer.step(learningRate: 0.1)
    }
    let moved = try parameters.mapValues { try $0.tensor().doubles() }
    let (small, large) = (moved["small"] ?? [], moved["large"] ?? [])
    #expect(small != [1, 2, 3, 4])
    #expect(large.count == 1 << 18)
    #expect(large.indices.allSatisfy { abs(large[$0] - small[$0 % 4]) <= Self.tolerance })
  }

  @Test func stateIsByParameterAndMoment() throws {
    let trajectory = try Trajectory()
    let optimizer = try Optimizer(
      OptimizerSettings(.sgd, weightDecay: 0, momentum: 0.5), trajectory.parameters,
      device: .cpu)
    try trajectory.run(optimizer, 0..<2)
    let momentum = try #require(try optimizer.state().moments[.momentum]?["vector"])
    let expected = zip(Trajectory.gradient(3, step: 0), Trajectory.gradient(3, step: 1))
      .map { 0.5 * $0 + $1 }
    #expect(momentum.doubles() == expected)
  }

  @Test func parameterWithoutAGradientStays() throws {
    let trajectory = try Trajectory()
    let optimizer = try Optimizer(OptimizerSettings(), trajectory.parameters, device: .cpu)
    try trajectory.vector.setGradient(TorchTensor(Tensor([1, 1, 1] as [Double], shape: [3])))
    try optimizer.step(learningRate: 0.5)
    #expect(try trajectory.values()[0] == Trajectory.matrix)
    #expect(try trajectory.values()[1] != Trajectory.vector)
  }

  @Test func stateOfAnotherShapeIsRefused() throws {
    let parameters = try Trajectory().parameters
    let wrong = Tensor([1, 2] as [Double], shape: [2])
    for (name, expected) in [("vector", "(3)"), ("bias", "no such parameter")] {
      let state = OptimizerState(steps: 1, moments: [.momentum: [name: wrong]])
      #expect(
        sentence {
          _ = try Optimizer(OptimizerSettings(), parameters, device: .cpu, state: state)
        } == "optimizer state of \"\(name)\": \(expected) expected, (2) found")
    }
  }
}
