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

  @Test func everyOperatorHasACase() {
    let covered = Set(OperatorCase.all.map { $0.operation.definition.name })
    var names: Set = [
      "Conv", "BatchNormalization", "LayerNormalization", "Gemm", "MatMul", "PRelu", "Add", "Sub",
      "Mul", "Div", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "ReduceMean",
      "Softmax", "LogSoftmax", "Dropout", "Concat", "Split", "Flatten", "Reshape", "Transpose",
      "Identity", "Relu", "LeakyRelu", "Elu", "Selu", "Sigmoid", "HardSigmoid", "HardSwish",
      "Tanh", "Softplus", "Softsign", "Mish", "Gelu", "Clip", "Abs", "Neg", "Exp", "Sqrt",
      "Reciprocal", "Erf", "Gather", "GatherElements", "GatherND", "ScatterND", "Slice", "Expand",
      "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor", "Not",
      "IsNaN", "IsInf", "Where", "Cast", "Pad", "Tile", "CumSum", "Trilu", "ArgMax", "ArgMin",
      "OneHot", "Celu", "ThresholdedRelu", "Shrink", "Pow", "Mod", "Einsum",
      "InstanceNormalization", "GroupNormalization", "RMSNormalization", "Range", "Shape",
    ]
    names.formUnion(Activation.Elementary.allCases.map(\.rawValue))
    names.formUnion(Reduction.Function.allCases.map(\.rawValue))
    names.formUnion(Combination.Function.allCases.map(\.rawValue))
    #expect(covered == names)
  }
}
