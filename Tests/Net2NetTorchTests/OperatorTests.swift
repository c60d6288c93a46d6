import Net2Net
import Net2NetTorch
import TestSupport
import Testing

@Suite(.requiresTorch)
struct OperatorTests {
  /// Each operator sums at most a few hundred products, in another order than PyTorch may.
  static let tolerances: [(Precision, Double)] = [(.float32, 2e-6), (.float64, 1e-14)]

  @Test(.requiresPython, arguments: [0, 1])
  func everyOperatorComputesWhatPyTorchComputes(precision index: Int) async throws {
    let (precision, tolerance) = Self.tolerances[index]
    let type = precision.elementType
    let answers = try await TorchOracle.answers(
      to: OperatorCase.all.map {
        .init($0.code, tensors: $0.tensors(as: type), wanted: $0.outputs)
      })
    for (example, answer) in zip(OperatorCase.all, answers) {
      let engine = try CompiledNetwork(try example.network(as: type), precision: precision)
      let mode: RunMode = example.mode == .training ? .trainingWithoutDropout : .evaluation
      let results = try engine.run(
        ["a": try #require(example.tensors(as: type)["a"])], mode: mode)
      for output in example.outputs {
        let expected = try #require(answer[output])
        let difference = try #require(results[output]).relativeDifference(from: expected)
        #expect(
          (difference ?? .infinity) <= tolerance,
          "\(example.name) in \(precision): \(String(describing: difference))")
      }
    }
  }

  /// Kinds that are not compared with PyTorch, and why.
  static let withoutCase: [Operator.Kind: String] = [
    .opaque: "nothing runs an operator that is not known"
  ]

  @Test(arguments: Operator.Kind.allCases)
  func everyKindHasACase(kind: Operator.Kind) {
    let hasCase = OperatorCase.all.contains { $0.operation.kind == kind }
    #expect(hasCase == (Self.withoutCase[kind] == nil), "\(kind)")
  }

  /// A family is one kind with several names.
  @Test func everyMemberOfAFamilyHasACase() {
    var names = Set(Activation.Elementary.allCases.map(\.rawValue))
    names.formUnion(Elementwise.Function.allCases.map(\.rawValue))
    names.formUnion(Combination.Function.allCases.map(\.rawValue))
    names.formUnion(Reduction.Function.allCases.map(\.rawValue))
    names.formUnion(Comparison.Function.allCases.map(\.rawValue))
    names.formUnion(ExtremePlace.Function.allCases.map(\.rawValue))
    // Those with settings cannot be listed by their type.
    names.formUnion([
      "Relu", "LeakyRelu", "Elu", "Selu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus",
      "Softsign", "Mish", "Gelu", "Clip", "Abs", "Neg", "Exp", "Sqrt", "Reciprocal", "Erf", "Celu",
      "ThresholdedRelu", "Shrink", "Not", "IsNaN", "IsInf", "MaxPool", "AveragePool",
      "GlobalMaxPool", "GlobalAveragePool", "Softmax", "LogSoftmax",
    ])
    let covered = Set(OperatorCase.all.map { $0.operation.definition.name })
    #expect(names.subtracting(covered).sorted() == [])
  }
}
