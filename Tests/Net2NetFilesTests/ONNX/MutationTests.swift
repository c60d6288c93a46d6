import Foundation
import Net2Net
import OrderedCollections
import Testing

@testable import Net2NetFiles

/// Damaged models are read or refused in a sentence: they never trap, hang or take memory that
/// their size does not justify.
///
/// `NET2NET_MUTATIONS` and `NET2NET_SEED` ask for more cases per model and for others. The case
/// under way is noted in a file of the temporary directory, where it remains after a trap.
@Suite struct MutationTests {
  static let samples: [(name: String, bytes: [UInt8])] =
    Fixtures.all.compactMap { fixture in
      guard let export = try? GraphExport(of: fixture.network) else { return nil }
      var bytes: [UInt8] = []
      ONNXWriter(export, metadata: [:]).writeInline { bytes += $0 }
      return (fixture.name, bytes)
    } + [("sizes", sizes.bytes)]

  /// Operands that are sizes, axes, bounds and counts.
  static let sizes = ModelFixture(
    input: [0, 4, 6],
    initializers: [
      .integers("shape", [0, 2, 12]), .integers("repeats", [1, 2, 1]),
      .integers("starts", [1]), .integers("ends", [9]), .integers("axes", [2]),
      .integers("pads", [0, 1, 0, 0, 0, 1]), .integers("pieces", [2, 2]),
      .integers("target", [1, 2, 1, 1]), .integers("axis", [1]),
      .integers("start", [0], isScalar: true), .integers("limit", [7], isScalar: true),
      .integers("step", [2], isScalar: true), .integers("rows", [1, 0, -1]),
      .floats("w", [4, 3]),
    ],
    [
      ONNXNodeProto("Reshape", ["x", "shape"], ["a"]),
      ONNXNodeProto("Tile", ["a", "repeats"], ["b"]),
      ONNXNodeProto("Slice", ["b", "starts", "ends", "axes"], ["c"]),
      ONNXNodeProto("Pad", ["c", "pads"], ["d"]),
      ONNXNodeProto("Gather", ["d", "rows"], ["e"]) { $0.set("axis", 1) },
      ONNXNodeProto("Unsqueeze", ["e", "axis"], ["f"]),
      ONNXNodeProto("Expand", ["f", "target"], ["g"]),
      ONNXNodeProto("ReduceMean", ["g", "axis"], ["h"]) { $0.set("keepdims", 0) },
      ONNXNodeProto("Range", ["start", "limit", "step"], ["r"]),
      ONNXNodeProto("Split", ["x", "pieces"], ["s", "t"]) { $0.set("axis", 1) },
      ONNXNodeProto("Concat", ["t", "s"], ["u"]) { $0.set("axis", -2) },
      ONNXNodeProto("Einsum", ["u", "w"], ["v"]) { $0.set("equation", "bij,ik->bkj") },
      ONNXNodeProto("Transpose", ["v"], ["y"]) { $0.set("perm", [0, 2, 1]) },
    ])

  private static func setting(_ name: String, _ value: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? value
  }

  @Test func theSamplesAreSound() async throws {
    #expect(Self.samples.count == Fixtures.all.count + 1)
    for (name, bytes) in Self.samples {
      let complaint = try await ModelFixture.complaint(bytes)
      #expect(complaint == "(none)", "\(name): \(complaint)")
    }
  }

  /// Found by seed 7: patterns were looked for among operands that were not there.
  @Test func aNormWhoseDivisionLacksAnOperandIsRefused() async throws {
    let complaint = try await ModelFixture(
      initializers: [.floats("w", [4])],
      [
        ONNXNodeProto("Div", ["x"], ["a"]), ONNXNodeProto("Mul", ["a", "w"]),
      ]
    ).complaint()
    #expect(complaint == "node \"div1\" (Div): 1 inputs do not suit this operator")
  }

  @Test func aNodeWithoutOutputsIsRefused() async throws {
    var fixture = ModelFixture([ONNXNodeProto("Relu"), ONNXNodeProto("Shape", ["x"], [])])
    fixture.model.graph.node[1].name = "sizes"
    #expect(
      try await fixture.complaint()
        == "node \"sizes\" (Shape): an output expected, none found")
  }

  @Test(.timeLimit(.minutes(10)), arguments: samples.indices)
  func damageIsReadOrRefused(sample: Int) async throws {
    let (name, bytes) = Self.samples[sample]
    let cases = Self.setting("NET2NET_MUTATIONS", UInt64(10_000 / Self.samples.count))
    let seed = Self.setting("NET2NET_SEED", 1)
    let note = FileManager.default.temporaryDirectory.path + "/net2net-mutation-\(sample)"
    var refusals = 0
    try await withTemporaryDirectory { directory throws in
      for number in 0..<cases {
        var mutator = Mutator(seed: seed << 32 | number)
        let damaged = mutator.damaged(bytes)
        try Data("\(name), seed \(seed), case \(number)\n".utf8).write(to: URL(filePath: note))
        try Data(damaged).write(to: URL(filePath: directory + "/damaged.onnx"))
        let start = ContinuousClock.now
        let isRefused = try Self.isRefused(directory + "/damaged.onnx", size: damaged.count)
        #expect(start.duration(to: .now) < .seconds(10), "\(name), seed \(seed), case \(number)")
        refusals += isRefused ? 1 : 0
      }
    }
    try FileManager.default.removeItem(atPath: note)
    // Most damage shows, and some of it does not matter.
    #expect(refusals > cases / 4 && refusals < cases, "\(refusals) of \(cases)")
  }

  private static func isRefused(_ file: String, size: Int) throws -> Bool {
    do {
      let network = try Network(onnx: file)
      try network.validate()
      _ = try Widths(of: network)
      let bytes = network.parameters.values.reduce(0) {
        $0 + $1.elementCount * $1.elementType.byteCount
      }
      // Constants that are folded may grow, but not beyond a few thousand elements each.
      #expect(bytes <= 64 * size + (1 << 20), "\(bytes) bytes of parameters in \(size)")
      return false
    } catch let error as FilesError {
      #expect(!error.description.isEmpty)
      return true
    } catch let error as NetworkError {
      #expect(!error.description.isEmpty)
      return true
    }
  }
}
