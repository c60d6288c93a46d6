import Net2Net
import TestSupport
import Testing

@testable import Net2NetTorch

/// Batch norm over the batches of all ranks against libtorch's over the whole batch.
@Suite(.requiresTorch, .serialized)
struct SynchronizedNormTests {
  private static let whole = TorchOperator("aten::batch_norm")
  private static let add = TorchOperator("aten::add.Tensor")
  private static let relu = TorchOperator("aten::relu")
  private static let slice = TorchOperator("aten::slice.Tensor")
  private static let concatenate = TorchOperator("aten::cat")

  /// Numbers about 100 have 14 digits behind the point.
  static let tolerance = 1e-10

  struct Case: CustomTestStringConvertible, Sendable {
    let shape: Shape
    var adds = false
    var rectifies = false
    var isChannelsLast = false

    var testDescription: String {
      "\(shape) adds \(adds) rectifies \(rectifies) channels last \(isChannelsLast)"
    }
  }

  static let cases = [
    Case(shape: [2, 3]),  // A row for each rank.
    Case(shape: [7, 33], rectifies: true),
    Case(shape: [5, 4, 6], adds: true, rectifies: true),
    Case(shape: [5, 16, 6, 6], adds: true),
    Case(shape: [5, 16, 6, 6], adds: true, rectifies: true, isChannelsLast: true),
    Case(shape: [3, 4, 2, 3, 2]),
    // More axes than the loops know: as on other devices.
    Case(shape: [5, 4, 2, 3, 2, 2]),
    Case(shape: [5, 4, 2, 3, 2, 2], adds: true, rectifies: true),
  ]

  struct Outcome: Sendable {
    var batches: [String: [Double]] = [:]
    var sums: [String: [Double]] = [:]
    var running: [[Double]] = []
  }

  /// On the whole batch, or on rank r's part of it: the first rows are those of rank 0.
  private static func outcome(_ example: Case, among group: ProcessGroup?) throws -> Outcome {
    let count = example.shape[0]
    let half = count / 2
    func part(_ seed: UInt64) throws -> TorchTensor {
      // Far from zero, where sums of squares would lose all digits.
      let drawn = Tensor.drawn(example.shape, seed: seed)
      let moved = Tensor(elementType: .float64, shape: example.shape) {
        100 + drawn.doubles()[$0]
      }
      var tensor = try TorchTensor(moved)
      if let group {
        let rows = group.rank == 0 ? 0..<half : half..<count
        tensor = try slice(
          .tensor(tensor), .int(0), .int(rows.lowerBound), .int(rows.upperBound))
      }
      return example.isChannelsLast ? try tensor.copiedChannelsLast() : try copy(tensor)
    }
    func vector(_ seed: UInt64) throws -> TorchTensor {
      try TorchTensor(Tensor.drawn([example.shape[1]], seed: seed))
    }
    let (x, addend, slope) = (try part(1), try part(2), try part(3))
    let (weight, bias) = (try vector(4), try vector(5))
    let running = [try vector(6), try vector(7)]
    let learnt = [x, addend, weight, bias]
    for tensor in learnt { try tensor.setRequiresGradient(true) }

    var y: TorchTensor
    if let group {
      y = try ATen.batchNorm(
        .tensor(x), example.adds ? .tensor(addend) : .absent, .tensor(weight), .tensor(bias),
        .tensor(running[0]), .tensor(running[1]), .bool(true), .double(0.1), .double(1e-5),
        .bool(example.rectifies), .group(group))
    } else {
      y = try whole(
        .tensor(x), .tensor(weight), .tensor(bias), .tensor(running[0]), .tensor(running[1]),
        .bool(true), .double(0.1), .double(1e-5), .bool(false))
      if example.adds { y = try add(.tensor(y), .tensor(addend)) }
      if example.rectifies { y = try relu(.tensor(y)) }
    }
    try y.backward(from: slope)
    var outcome = Outcome()
    outcome.batches["y"] = try y.tensor().doubles()
    outcome.batches["dx"] = try x.gradient?.tensor().doubles()
    outcome.batches["da"] = try addend.gradient?.tensor().doubles()
    outcome.sums["dw"] = try weight.gradient?.tensor().doubles()
    outcome.sums["db"] = try bias.gradient?.tensor().doubles()
    outcome.running = try running.map { try $0.tensor().doubles() }
    return outcome
  }

  private static func copy(_ tensor: TorchTensor) throws -> TorchTensor {
    try TorchTensor(tensor.tensor())
  }

  private static func expectClose(_ found: [Double], _ expected: [Double]?, _ name: String) {
    let expected = expected ?? []
    #expect(found.count == expected.count, "\(name)")
    let scale = max(expected.map(abs).max() ?? 0, 1)
    let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(difference <= tolerance * scale, "\(name)")
  }

  @Test(arguments: cases)
  func resultsAndGradientsAreThoseOfTheWholeBatch(_ example: Case) async throws {
    let expected = try Self.outcome(example, among: nil)
    let found = try await onRanks { try Self.outcome(example, among: $0) }
    for (name, values) in expected.batches {
      Self.expectClose(found.flatMap { $0.batches[name] ?? [] }, values, name)
    }
    for (name, values) in expected.sums {
      let parts = found.compactMap { $0.sums[name] }
      Self.expectClose(zip(parts[0], parts[1]).map { $0 + $1 }, values, name)
    }
    for outcome in found {
      #expect(outcome.running == found[0].running)
      for (own, running) in zip(outcome.running, expected.running) {
        Self.expectClose(own, running, "running")
      }
    }
  }

  /// The loops know no float16; libtorch's operators do, and sum in float32.
  @Test func halfPrecision() async throws {
    let rows = [1.0, -2, 3, 0.5, -1.5, 4, 2.5, 0]
    let found = try await onRanks { group -> [Double] in
      let own = Array(rows[group.rank * 4..<group.rank * 4 + 4])
      let x = try TorchTensor(Tensor(own, shape: [2, 2])).converted(to: .cpu, as: .float16)
      let ones = try TorchTensor(Tensor([1.0, 1], shape: [2])).converted(to: .cpu, as: .float16)
      let y = try ATen.batchNorm(
        .tensor(x), .absent, .tensor(ones), .tensor(ones), .absent, .absent, .bool(true),
        .double(0.1), .double(1e-5), .bool(false), .group(group))
      #expect(y.elementType == .float16)
      return try y.converted(to: .cpu, as: .float64).tensor().doubles()
    }
    let expected = (0..<2).map { channel in
      let values = stride(from: channel, to: 8, by: 2).map { rows[$0] }
      let mean = values.reduce(0, +) / 4
      let deviation = (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4).squareRoot()
      return values.map { 1 + ($0 - mean) / deviation }
    }
    for (index, value) in found.flatMap(\.self).enumerated() {
      #expect(abs(value - expected[index % 2][index / 2]) < 4e-3)
    }
  }
}
