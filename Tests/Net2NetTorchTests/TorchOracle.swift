import Foundation
import Net2Net
import Subprocess
import Testing

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
  }

  private static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let python = repository.appending(path: ".venv/bin/python").path

  static let isPresent = FileManager.default.isExecutableFile(atPath: python)

  static func answers(to questions: [Question]) async throws -> [[String: Answer]] {
    let script = repository.appending(path: "Tests/Oracles/torch_oracle.py").path
    let asked = String(decoding: try JSONEncoder().encode(questions), as: UTF8.self)
    let result = try await run(
      .name("env"), arguments: [python, script], input: .string(asked),
      output: .string(limit: 1 << 28), error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess else {
      throw Failure(description: result.standardError)
    }
    let answer = Data(result.standardOutput.utf8)
    return try JSONDecoder().decode([[String: Answer]].self, from: answer)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}

extension Trait where Self == ConditionTrait {
  static var requiresPython: Self {
    .enabled(if: TorchOracle.isPresent, "needs .venv/bin/python with torch; run `make setup`")
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
}
