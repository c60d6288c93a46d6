import Net2Net
import TestSupport

/// PyTorch in a process of its own: what the engine's numbers are held against.
enum TorchOracle {
  struct Question: Encodable {
    struct Described: Encodable {
      let type: String
      let shape: [Int]
      let values: [Double]
    }

    let code: String
    let tensors: [String: Described]
    let wanted: [String]

    init(_ code: String, tensors: [String: Tensor], wanted: [String]) {
      self.code = code
      self.wanted = wanted
      self.tensors = tensors.mapValues {
        Described(type: $0.elementType.rawValue, shape: $0.shape.sizes, values: $0.doubles())
      }
    }
  }

  struct Answer: Decodable {
    let shape: [Int]
    let values: [Double]

    var tensor: Tensor { Tensor(values, shape: Shape(shape)) }
  }

  static func answers(to questions: [Question]) async throws -> [[String: Answer]] {
    try await Python.answer(of: "torch_oracle.py", to: questions)
  }
}

extension Tensor {
  /// Close to normal, repeatable.
  static func drawn(
    _ shape: Shape, seed: UInt64, as type: ElementType = .float64
  ) -> Tensor {
    let draw = Draw(seed: seed)
    return Tensor(elementType: type, shape: shape) { draw.normal($0) }
  }

  /// max |Δ| over max |other|, both as double; nil where shapes differ or a number is missing.
  func relativeDifference(from other: TorchOracle.Answer) -> Double? {
    guard shape.sizes == other.shape else { return nil }
    let largest = other.values.map(abs).max() ?? 0
    let difference = zip(doubles(), other.values).map { abs($0 - $1) }
    guard difference.allSatisfy(\.isFinite) else { return nil }
    return (difference.max() ?? 0) / Swift.max(largest, .leastNormalMagnitude)
  }

  func relativeDifference(from other: Tensor) -> Double? {
    relativeDifference(
      from: TorchOracle.Answer(shape: other.shape.sizes, values: other.doubles()))
  }
}
