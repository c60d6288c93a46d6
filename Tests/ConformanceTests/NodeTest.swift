import Foundation
import Net2Net
import SwiftProtobuf

@testable import Net2NetFiles

/// One of the ONNX project's node tests: a folder with a small model and, for each data set, the
/// tensors that go in and those that must come out.
struct NodeTest: Sendable {
  let name: String
  private let folder: URL

  /// Every test of the package `onnx` in `.venv`, by name.
  static func all() throws -> [NodeTest] {
    let manager = FileManager.default
    let libraries = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: ".venv/lib")
    for python in try manager.contentsOfDirectory(atPath: libraries.path).sorted() {
      let data = "\(python)/site-packages/onnx/backend/test/data/node"
      let folder = libraries.appending(path: data)
      guard let names = try? manager.contentsOfDirectory(atPath: folder.path) else { continue }
      return names.filter { $0.hasPrefix("test_") }.sorted().map {
        NodeTest(name: $0, folder: folder.appending(path: $0))
      }
    }
    return []
  }

  func model() throws -> ONNXModelProto {
    let file = folder.appending(path: "model.onnx")
    return try ONNXModelProto(serializedBytes: Data(contentsOf: file), partial: true)
  }

  /// The inputs and outputs of each data set, in the graph's order; nil where a value is no
  /// tensor of a type known here.
  func dataSets() throws -> [(inputs: [Tensor?], outputs: [Tensor?])] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("test_data_set_") }.sorted()
      .map { (tensors("input", in: $0), tensors("output", in: $0)) }
  }

  private func tensors(_ role: String, in set: String) -> [Tensor?] {
    let file = { (number: Int) in folder.appending(path: "\(set)/\(role)_\(number).pb").path }
    var tensors: [Tensor?] = []
    while FileManager.default.fileExists(atPath: file(tensors.count)) {
      tensors.append(try? Self.tensor(inFile: file(tensors.count)))
    }
    return tensors
  }

  private static func tensor(inFile file: String) throws -> Tensor {
    let contents = try FileContents(of: file)
    let proto = try ONNXTensorProto(serializedBytes: Data(contents.buffer), partial: true)
    var reader = TensorReader(contents)
    return try reader.tensor(proto, part: "the tensor")
  }
}

extension ONNXModelProto {
  /// Operators of the graph, those of other domains with their domain before them.
  var operatorTypes: Set<String> {
    Set(
      graph.node.map { node in
        ["", "ai.onnx"].contains(node.domain) ? node.opType : "\(node.domain).\(node.opType)"
      })
  }

  /// Whether all that goes in and comes out are tensors of types that we know: floats from 16 bits,
  /// integers from 8, booleans. Strings, narrower numbers, sequences and optionals are not claimed.
  var hasKnownTypes: Bool {
    (graph.input + graph.output).allSatisfy {
      $0.type.hasTensorType && ElementType(onnxCode: $0.type.tensorType.elemType) != nil
    }
  }

  /// The suite feeds as inputs what networks have as constants: shapes, axes, bounds. Where our
  /// operators keep such an operand as an attribute, the test's value is bound to its name before
  /// import; the others stay inputs.
  mutating func bindAttributes(to inputs: [Tensor?]) {
    let bound = Set(
      graph.node.flatMap { node -> [String] in
        (attributeOperands[node.opType] ?? []).filter(node.input.indices.contains)
          .map { node.input[$0] }
      })
    for (value, tensor) in zip(graph.input, inputs) where bound.contains(value.name) {
      guard let tensor else { continue }
      graph.initializer.append(ONNXTensorProto(value.name, tensor))
    }
    let constants = Set(graph.initializer.map(\.name))
    graph.input.removeAll { constants.contains($0.name) }
  }
}

/// Positions of the operands that become attributes here.
private let attributeOperands: [String: [Int]] = [
  "Clip": [1, 2], "ConstantOfShape": [0], "CumSum": [1], "Dropout": [1, 2], "Expand": [1],
  "OneHot": [1, 2], "Pad": [1, 2, 3], "Range": [0, 1, 2], "Reshape": [1], "Resize": [1, 2, 3],
  "Slice": [1, 2, 3, 4], "Split": [1], "Squeeze": [1], "Tile": [1], "TopK": [1], "Trilu": [1],
  "Unsqueeze": [1],
  "ReduceL1": [1], "ReduceL2": [1], "ReduceLogSum": [1], "ReduceLogSumExp": [1],
  "ReduceMax": [1], "ReduceMean": [1], "ReduceMin": [1], "ReduceProd": [1], "ReduceSum": [1],
  "ReduceSumSquare": [1],
]

extension ONNXTensorProto {
  fileprivate init(_ name: String, _ tensor: Tensor) {
    self.init()
    self.name = name
    dims = tensor.shape.sizes.map { Int64($0) }
    dataType = tensor.elementType.onnxCode
    rawData = tensor.withUnsafeBytes { Data($0) }
  }
}
