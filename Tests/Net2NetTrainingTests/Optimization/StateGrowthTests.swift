import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTorch
@testable import Net2NetTraining

@Suite("State that is carried over a growth", .requiresTorch)
struct StateGrowthTests {
  /// Every parameter's moments are its own place, counted from 1, so that copies show.
  private static func state(of network: Network) -> OptimizerState {
    var state = OptimizerState(steps: 100)
    for name in network.trainedParameterNames.sorted() {
      guard let shape = network.parameters[name]?.shape else { continue }
      let values = Tensor((0..<shape.elementCount).map { Double($0 + 1) }, shape: shape)
      for moment in [OptimizerState.Moment.mean, .variance] {
        state.moments[moment, default: [:]][name] = values
      }
    }
    return state
  }

  private static func network() throws -> Network {
    try Architecture.resnet.network(
      ArchitectureOptions(inputShape: [1, 8, 8], classes: 3, widthFactor: 0.25))
  }

  static let symmetries: [Symmetry] = [.antithetic, .zero, .pairs, .unequal, .noise, .equal]

  private static func growths(of network: Network) throws -> [Growth] {
    let block = try #require(try network.residualBlocks().first).name
    let others: [Growth] = [
      .deepen(Deepen(all: true, batchNorm: false)),
      .repeatBlock(RepeatBlock(block: block)),
      .growKernel(GrowKernel(node: "conv1", kernel: [5, 5])),
      .addClasses(AddClasses(count: 2)),
      .replaceClasses(ReplaceClasses(count: 5)),
      .randomPad(RandomPad(all: 1.5)),
      .randomInit(RandomInit()),
    ]
    return symmetries.map { .widen(Widen(all: 1.5, symmetry: $0)) } + others
  }

  @Test("every growth, by every symmetry, has a state that its optimizer takes")
  func everyGrowth() throws {
    let teacher = try Self.network()
    for growth in try Self.growths(of: teacher) {
      let student = try teacher.grown(by: GrowthPlan(growths: [growth])).network
      for relaxation in [nil, StateGrowth.Relaxation.steps(10)] {
        let state = Self.state(of: teacher).grown(
          to: student, from: teacher, rule: .adamw, by: StateGrowth(relaxation: relaxation))
        for tensor in state.moments.values.flatMap(\.values) {
          #expect(tensor.doubles().allSatisfy { $0.isFinite && $0 >= 0 }, "\(growth.name)")
        }
        let compiled = try CompiledNetwork(student)
        let optimizer = try Optimizer(
          OptimizerSettings(.adamw), compiled.trainedParameters, device: .cpu, state: state)
        try optimizer.step(learningRate: 0)
        let settled = try optimizer.state()
        #expect(settled.steps == 101, "\(growth.name)")
        if relaxation == nil { #expect(settled.inherited == nil, "\(growth.name)") }
      }
    }
  }

  /// fc1 has 2 units; 4 with equal shares. Its weight's moments are [1, 2].
  private static func settled(
    _ rule: OptimizerSettings.Rule, _ moment: OptimizerState.Moment, symmetry: Symmetry = .equal
  ) throws -> [Double] {
    var builder = NetworkBuilder(name: "two units", seed: 0)
    let hidden = try builder.dense(builder.input([1]), features: 2, hasBias: false)
    let teacher = try builder.network(
      output: builder.dense(builder.relu(hidden), features: 1, hasBias: false))
    var state = OptimizerState(steps: 9)
    state.moments[moment] = ["fc1.weight": Tensor([1, 2] as [Double], shape: [2, 1])]
    let widen = Widen(widths: ["fc1": .size(4)], symmetry: symmetry)
    let student = try teacher.grown(by: GrowthPlan(growths: [.widen(widen)])).network
    let grown = state.grown(
      to: student, from: teacher, rule: rule, by: StateGrowth(relaxation: nil))
    let compiled = try CompiledNetwork(student)
    let optimizer = try Optimizer(
      OptimizerSettings(rule), compiled.trainedParameters, device: .cpu, state: grown)
    return try #require(optimizer.state().moments[moment]?["fc1.weight"]).doubles()
  }

  @Test("means of gradients are shared out over copies, means of squares by squares")
  func transposed() throws {
    #expect(try Self.settled(.sgd, .momentum) == [0.5, 1, 0.5, 1])
    #expect(try Self.settled(.adam, .mean) == [0.5, 1, 0.5, 1])
    #expect(try Self.settled(.adam, .variance) == [0.25, 0.5, 0.25, 0.5])
  }

  @Test("fresh units begin without a mean and with the mean variance")
  func fresh() throws {
    #expect(try Self.settled(.adam, .mean, symmetry: .zero) == [1, 2, 0, 0])
    #expect(try Self.settled(.adam, .variance, symmetry: .zero) == [1, 2, 1.5, 1.5])
  }

  @Test("parameters of new layers count their own steps")
  func births() throws {
    let teacher = try Self.network()
    let plan = GrowthPlan(growths: [.deepen(Deepen(all: true, batchNorm: false))])
    let student = try teacher.grown(by: plan).network
    let state = Self.state(of: teacher).grown(
      to: student, from: teacher, rule: .adamw, by: StateGrowth())
    let new = student.trainedParameterNames.subtracting(teacher.trainedParameterNames)
    #expect(!new.isEmpty && Set(state.births.keys) == new)
    #expect(state.births.values.allSatisfy { $0 == 100 })
  }
}
