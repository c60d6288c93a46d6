import Foundation
import Net2Net
import OrderedCollections
import SwiftProtobuf
import Testing

@testable import Net2NetFiles

/// Small models of one operator each, whose integers are replaced by extreme ones: they are read,
/// measured, grown and written, or refused in a sentence. Nothing traps or takes long.
///
/// `NET2NET_MUTATIONS` and `NET2NET_SEED` ask for more cases per model and for others; the case
/// under way is noted as ``MutationTests`` does.
@Suite struct ExtremeIntegersTests {
  typealias N = ONNXNodeProto

  /// `y` of a graph input, and of a constant of the same sizes.
  static let models: [(name: String, model: ONNXModelProto)] =
    MutationTests.samples.compactMap { sample in
      (try? ONNXModelProto(serializedBytes: sample.bytes, partial: true)).map { (sample.name, $0) }
    }
    + nodes.flatMap { node in
      [("\(node.opType) of x", model(node, isFolded: false))]
        + (node.input.contains("x") ? [("\(node.opType) of k", model(node, isFolded: true))] : [])
    }

  private static func model(_ node: N, isFolded: Bool) -> ONNXModelProto {
    var node = node
    if isFolded { node.input = node.input.map { $0 == "x" ? "k" : $0 } }
    // Softmax and the like had axes of another meaning before operator set 13.
    let version = node.domain == "old" ? 11 : 20
    node.domain = ""
    let isInteger = node.opType != "Conv" && isFolded
    let constant = ONNXTensorProto("k", [2, 3, 4, 4]) {
      $0.dataType = isInteger ? 7 : 1
      if isInteger { $0.int64Data = (0..<96).map { Int64($0) } }
      if !isInteger { $0.floatData = Array(repeating: 1, count: 96) }
    }
    let add = N("Identity", ["v"])
    node.output[0] = "v"
    return ModelFixture(
      version: version, input: [2, 3, 4, 4], initializers: [constant] + operands, [node, add]
    ).model
  }

  private static let operands: [ONNXTensorProto] = [
    .integers("one", [1]), .integers("two", [2, 1]), .integers("ends", [3, 2]),
    .integers("axes", [2, 3]), .integers("steps", [1, 2]), .integers("sizes", [2, 3, 4, 4]),
    .integers("repeats", [1, 2, 1, 3]), .integers("rows", [1, 0, -1]),
    .integers("pads", [0, 0, 1, 1, 0, 0, 2, 0]), .integers("pieces", [1, 2]),
    .integers("start", [0], isScalar: true), .integers("limit", [7], isScalar: true),
    .integers("step", [2], isScalar: true),
    ONNXTensorProto("places", [2, 1]) { ($0.dataType, $0.int64Data) = (7, [0, 1]) },
    ONNXTensorProto("picks", [2, 3, 1, 4]) {
      ($0.dataType, $0.int64Data) = (7, Array(repeating: 1, count: 24))
    },
    ONNXTensorProto("updates", [2, 3, 4, 4]) {
      ($0.dataType, $0.int64Data) = (7, Array(repeating: 1, count: 96))
    },
    .floats("kernel", [6, 1, 2, 2]), .floats("w", [4]), .floats("c", [3]), .floats("pair", [2]),
  ]

  private static let nodes: [N] = [
    N("Gather", ["x", "rows"]) { $0.set("axis", 1) },
    N("Gather", ["sizes", "rows"]) { $0.set("axis", 0) },
    N("GatherElements", ["x", "picks"]) { $0.set("axis", 2) },
    N("GatherND", ["x", "places"]) { $0.set("batch_dims", 0) },
    N("ScatterND", ["x", "places", "updates"]),
    N("Slice", ["x", "two", "ends", "axes", "steps"]),
    N("Slice", ["x"], domain: "old") {
      $0.set("starts", [1, 0])
      $0.set("ends", [2, 3])
      $0.set("axes", [1, 3])
    },
    N("Expand", ["x", "sizes"]), N("Tile", ["x", "repeats"]), N("Reshape", ["x", "sizes"]),
    N("Reshape", ["x", "rows"]), N("Concat", ["x", "x", "x"]) { $0.set("axis", 3) },
    N("Concat", ["sizes", "rows", "one"]) { $0.set("axis", 0) },
    N("Transpose") { $0.set("perm", [0, 2, 3, 1]) }, N("Trilu", ["x", "step"]),
    N("Range", ["start", "limit", "step"]), N("ConstantOfShape", ["sizes"]),
    N("ConstantOfShape", ["two"]).with(value: .integers("", [3])),
    N("OneHot", ["x", "limit", "pair"]) { $0.set("axis", 1) },
    N("OneHot", ["rows", "limit", "pair"]) { $0.set("axis", -1) },
    N("CumSum", ["x", "step"]), N("Pad", ["x", "pads"]), N("Pad", ["x", "pads", "", "axes"]),
    N("Split", ["x", "pieces"], ["v", "u"]) { $0.set("axis", 1) },
    N("Split", ["x"], ["v", "u"]) { $0.set("axis", 2) },
    N("Squeeze", ["x", "one"]), N("Unsqueeze", ["x", "two"]), N("Flatten") { $0.set("axis", 2) },
    N("Softmax") { $0.set("axis", 3) }, N("Softmax", domain: "old") { $0.set("axis", 3) },
    N("LogSoftmax", domain: "old") { $0.set("axis", -1) },
    N("ReduceSum", ["x", "axes"]), N("ReduceMean", ["x", "one"]),
    N("ArgMax") { $0.set("axis", 2) }, N("ArgMin") { $0.set("axis", -2) },
    N("Div", ["x", "updates"]), N("Mod", ["x", "updates"]), N("Mul", ["x", "updates"]),
    N("Div", ["sizes", "limit"]), N("Mod", ["rows", "step"]), N("Sub", ["one", "rows"]),
    N("Neg", ["rows"]), N("Abs", ["rows"]), N("Equal", ["x", "updates"]),
    N("Cast") { $0.set("to", 6) }, N("Cast", ["rows"]) { $0.set("to", 1) },
    N("Shape") {
      $0.set("start", 1)
      $0.set("end", 3)
    }, N("Size"),
    N("Conv", ["x", "kernel"]) {
      $0.set("strides", [2, 1])
      $0.set("pads", [1, 0, 1, 2])
      $0.set("dilations", [1, 2])
      $0.set("group", 3)
      $0.set("kernel_shape", [2, 2])
    },
    N("Conv", ["x", "kernel"]) {
      $0.set("group", 3)
      $0.set("auto_pad", "SAME_UPPER")
    },
    N("MaxPool") {
      $0.set("kernel_shape", [2, 2])
      $0.set("strides", [1, 2])
      $0.set("pads", [1, 1, 0, 0])
      $0.set("dilations", [2, 1])
      $0.set("ceil_mode", 1)
    },
    N("AveragePool") {
      $0.set("kernel_shape", [2, 3])
      $0.set("auto_pad", "SAME_LOWER")
    },
    N("LayerNormalization", ["x", "w"]) { $0.set("axis", -1) },
    N("GroupNormalization", ["x", "c", "c"]) { $0.set("num_groups", 3) },
    N("Einsum", ["x", "w"]) { $0.set("equation", "abcd,d->abc") },
    N("MatMul", ["x", "x"]), N("Dropout"), N("GlobalAveragePool"), N("Relu"),
  ]

  private static func setting(_ name: String, _ value: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? value
  }

  @Test(.timeLimit(.minutes(10)), arguments: models.indices)
  func extremesAreReadOrRefused(index: Int) async throws {
    let (name, model) = Self.models[index]
    let cases = Self.setting("NET2NET_MUTATIONS", 4)
    let seed = Self.setting("NET2NET_SEED", 1)
    let note = FileManager.default.temporaryDirectory.path + "/net2net-extremes-\(index)"
    try await withTemporaryDirectory { directory throws in
      for number in 0..<cases {
        var mutator = Mutator(seed: seed << 32 | number)
        let bytes = mutator.withExtremes(model).encoded
        try Data("\(name), seed \(seed), case \(number)\n".utf8).write(to: URL(filePath: note))
        try Data(bytes).write(to: URL(filePath: directory + "/extreme.onnx"))
        let start = ContinuousClock.now
        try Self.look(at: directory + "/extreme.onnx")
        #expect(start.duration(to: .now) < .seconds(10), "\(name), seed \(seed), case \(number)")
      }
    }
    try FileManager.default.removeItem(atPath: note)
  }

  /// What is done to a file by whoever looks at it, and by whoever grows it.
  private static func look(at file: String) throws {
    do {
      let network = try Network(onnx: file)
      _ = try network.cost()
      let words = try network.layerCosts().map(\.name)
      let widths = try Widths(of: network)
      let freedoms = widths.all.flatMap(\.freedom.sentences)
      #expect(words.count == network.graph.nodes.count && !freedoms.contains(""))
      _ = try network.sites()
      _ = try network.joinedBranches()
      try write(network)
      try write(try network.grown(by: GrowthPlan(growths: [.widen(Widen(all: 2))])).network)
    } catch let error as FilesError {
      #expect(!error.description.isEmpty)
    } catch let error as NetworkError {
      #expect(!error.description.isEmpty)
    }
  }

  private static func write(_ network: Network) throws {
    var count = 0
    ONNXWriter(try GraphExport(of: network), metadata: [:]).writeInline { count += $0.count }
    #expect(count > 0)
  }
}
