import Foundation
import Net2Net
import SwiftProtobuf

@testable import Net2NetFiles

/// An ONNX file as another program might write it: x (N, 4) → `nodes` → y. With `batch` there is
/// a second input of that name, (N).
struct ModelFixture {
  var model = ONNXModelProto()

  init(
    version: Int = 20, input: [Int] = [0, 4], output: [Int]? = nil,
    initializers: [ONNXTensorProto] = [], batch: String? = nil, _ nodes: [ONNXNodeProto]
  ) {
    model.irVersion = 8
    model.opsetImport = [.init("", version)]
    model.graph.name = "fixture"
    model.graph.node = nodes
    model.graph.initializer = initializers
    model.graph.input = [ONNXValueInfoProto("x", Self.type(input))]
    if let batch { model.graph.input.append(ONNXValueInfoProto(batch, Self.type([0]))) }
    // Without a shape what is inferred counts.
    var y = ONNXValueInfoProto()
    y.name = "y"
    y.type.tensorType.elemType = 1
    model.graph.output = [output.map { ONNXValueInfoProto("y", Self.type($0)) } ?? y]
  }

  /// 0 stands for the batch, `N`.
  static func type(_ sizes: [Int]) -> TensorType {
    TensorType(.float32, sizes.map { $0 == 0 ? .symbolic("N") : .fixed($0) })
  }

  var bytes: [UInt8] { model.encoded }

  func network() async throws -> Network {
    try await withFile(bytes) { file throws in try Network(onnx: file) }
  }

  /// What reading it says, without the file's name.
  func complaint() async throws -> String {
    try await Self.complaint(bytes)
  }

  static func complaint(_ bytes: [UInt8]) async throws -> String {
    try await withFile(bytes) { file throws in
      do {
        _ = try Network(onnx: file)
        return "(none)"
      } catch let error as FilesError {
        let sentence = error.description
        return sentence.hasPrefix(file + ": ")
          ? String(sentence.dropFirst(file.count + 2)) : "(no file name) " + sentence
      }
    }
  }
}

extension ONNXOperatorSetIdProto {
  init(_ domain: String, _ version: Int) {
    self.init()
    self.domain = domain
    self.version = Int64(version)
  }
}

extension ONNXNodeProto {
  init(
    _ type: String, _ inputs: [String] = ["x"], _ outputs: [String] = ["y"], name: String = "",
    domain: String = "", _ fill: (inout AttributeList) -> Void = { _ in }
  ) {
    self.init()
    opType = type
    input = inputs
    output = outputs
    self.name = name
    self.domain = domain
    var attributes = AttributeList()
    fill(&attributes)
    attribute = attributes.encoded
  }
}

extension ONNXNodeProto {
  /// The node with a tensor as its attribute `value`.
  func with(value tensor: ONNXTensorProto) -> Self {
    var value = ONNXAttributeProto()
    value.name = "value"
    value.type = .tensor
    value.t = tensor
    var node = self
    node.attribute.append(Data(value.encoded))
    return node
  }
}

extension ONNXTensorProto {
  init(_ name: String, _ dims: [Int], _ fill: (inout ONNXTensorProto) -> Void) {
    self.init()
    self.name = name
    self.dims = dims.map { Int64($0) }
    fill(&self)
  }

  static func floats(_ name: String, _ dims: [Int], _ values: [Float]? = nil) -> Self {
    Self(name, dims) {
      $0.dataType = 1
      $0.floatData = values ?? Array(repeating: 0.5, count: dims.reduce(1, *))
    }
  }

  static func integers(_ name: String, _ values: [Int64], isScalar: Bool = false) -> Self {
    Self(name, isScalar ? [] : [values.count]) {
      $0.dataType = 7
      $0.int64Data = values
    }
  }
}
