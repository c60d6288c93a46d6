import Net2Net
import TestSupport
import Testing

@testable import Net2NetTorch

/// `net2net::dense` against libtorch's own product, on a thread that has never computed before: there
/// libtorch's threads are told how many they are, where that was set, which must not undo what we say.
@Suite(.requiresTorch)
struct DenseProductTests {
  private static let linear = TorchOperator("aten::linear")

  struct Case: CustomTestStringConvertible, Sendable {
    /// The last axis is that of the features.
    let input: Shape
    let features: Int
    var hasBias = true
    var type = ElementType.float32
    /// Weights come transposed from matrix products and as they are from dense layers.
    var isTransposed = false

    var testDescription: String {
      "\(input) to \(features), bias \(hasBias), \(type), transposed \(isTransposed)"
    }
  }

  static let cases = [
    Case(input: [128, 256], features: 10),
    Case(input: [128, 784], features: 33, isTransposed: true),
    Case(input: [1024, 48], features: 64, hasBias: false),
    Case(input: [4, 160, 32], features: 96, isTransposed: true),
    Case(input: [3, 37, 2, 16], features: 24, hasBias: false, isTransposed: true),
    Case(input: [5, 16], features: 7),
    Case(input: [128, 64], features: 16, type: .float64),
    Case(input: [128, 64], features: 16, type: .bfloat16),
  ]

  private static func outcome(
    _ example: Case, by product: TorchOperator, isView: Bool
  ) throws -> [[Double]] {
    func drawn(_ shape: Shape, _ seed: UInt64) throws -> TorchTensor {
      try TorchTensor(Tensor.drawn(shape, seed: seed)).converted(to: .cpu, as: example.type)
    }
    let inputs = example.input[example.input.rank - 1]
    var x = try drawn(example.input, 1)
    // Every other row of a larger tensor, which lies in memory with gaps.
    if isView { x = try ATen.slice(.tensor(x), .int(0), .int(0), .absent, .int(2)) }
    let weight = try drawn(
      example.isTransposed ? [inputs, example.features] : [example.features, inputs], 2)
    let bias = example.hasBias ? try drawn([example.features], 3) : nil
    let learnt = [x, weight] + [bias].compactMap(\.self)
    for tensor in learnt { try tensor.setRequiresGradient(true) }
    let y = try product(
      .tensor(x), .tensor(example.isTransposed ? ATen.transpose(.tensor(weight)) : weight),
      .optional(bias))
    try y.backward(from: drawn(y.shape, 4))
    let gradients = try learnt.compactMap { try $0.gradient }
    return try ([y] + gradients).map { try $0.converted(to: .cpu, as: .float64).tensor().doubles() }
  }

  @Test(.timeLimit(.minutes(2)), arguments: cases, [false, true])
  func resultsAndGradientsAreLibtorchs(_ example: Case, isView: Bool) async throws {
    let expected = try Self.outcome(example, by: Self.linear, isView: isView)
    try Engine.setThreads(max(2, Engine.threads))
    let found = try await onThreads(1) { _ in
      try Self.outcome(example, by: ATen.dense, isView: isView)
    }
    let tolerance = [.float32: 1e-5, .float64: 1e-14][example.type] ?? 1e-2
    #expect(expected.count == (example.hasBias ? 4 : 3))
    #expect(found[0].count == expected.count)
    for (own, others) in zip(found[0], expected) {
      let scale = others.map(abs).max() ?? 1
      #expect(own.count == others.count)
      #expect(zip(own, others).allSatisfy { abs($0 - $1) <= tolerance * scale })
    }
  }
}
