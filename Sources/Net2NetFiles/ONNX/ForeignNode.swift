internal import Foundation
internal import SwiftProtobuf

/// A `NodeProto` on its way to an operator of ours: its attributes are taken one by one, and
/// what is left over shows that the node says more than we understand.
struct ForeignNode {
  let file: String
  let name: String
  let type: String
  /// Version of the operator set it is written for.
  let version: Int
  let inputs: [String]
  let outputs: [String]
  private var attributes: [String: ONNXAttributeProto] = [:]

  init(_ proto: ONNXNodeProto, name: String, version: Int, file: String) throws(FilesError) {
    self.file = file
    self.name = name
    self.version = version
    type = proto.opType
    // Optional operands left out at the end may be written as empty names.
    inputs = Array(proto.input.reversed().drop(while: \.isEmpty).reversed())
    outputs = proto.output
    for bytes in proto.attribute {
      let attribute: ONNXAttributeProto
      do {
        attribute = try ONNXAttributeProto(serializedBytes: bytes, partial: true)
      } catch {
        throw malformed("attributes that can be decoded", "\(error)")
      }
      guard attribute.refAttrName.isEmpty else {
        throw malformed("a value for \"\(attribute.name)\"", "a reference to a function's")
      }
      guard attributes.updateValue(attribute, forKey: attribute.name) == nil else {
        throw malformed("one attribute \"\(attribute.name)\"", "several")
      }
    }
  }

  /// True once every attribute has been taken.
  var isUnderstood: Bool { attributes.isEmpty }

  /// True when the node holds graphs of its own (`If`, `Loop`, `Scan`).
  var holdsGraphs: Bool {
    attributes.values.contains { $0.hasG || !$0.graphs.isEmpty }
  }

  /// The name of input `index`, nil where it is left out.
  func input(_ index: Int) -> String? {
    guard index < inputs.count, !inputs[index].isEmpty else { return nil }
    return inputs[index]
  }

  func has(_ attribute: String) -> Bool { attributes[attribute] != nil }

  mutating func integer(_ name: String, default value: Int) throws(FilesError) -> Int {
    guard let attribute = try take(name, as: .int, \.hasI) else { return value }
    return try size(attribute.i, name)
  }

  mutating func flag(_ name: String, default value: Bool) throws(FilesError) -> Bool {
    try integer(name, default: value ? 1 : 0) != 0
  }

  mutating func integers(_ name: String) throws(FilesError) -> [Int]? {
    guard let attribute = try take(name, as: .ints, { !$0.ints.isEmpty }) else { return nil }
    var integers: [Int] = []
    for integer in attribute.ints { integers.append(try size(integer, name)) }
    return integers
  }

  mutating func number(_ name: String, default value: Double) throws(FilesError) -> Double {
    guard let attribute = try take(name, as: .float, \.hasF) else { return value }
    return Double(shortest: attribute.f)
  }

  mutating func numbers(_ name: String) throws(FilesError) -> [Float]? {
    try take(name, as: .floats) { !$0.floats.isEmpty }?.floats
  }

  /// An integer that is data, of any size.
  mutating func element(_ name: String) throws(FilesError) -> Int64? {
    try take(name, as: .int, \.hasI)?.i
  }

  mutating func elements(_ name: String) throws(FilesError) -> [Int64]? {
    try take(name, as: .ints) { !$0.ints.isEmpty }?.ints
  }

  mutating func text(_ name: String) throws(FilesError) -> String? {
    try take(name, as: .string, \.hasS).map { String(decoding: $0.s, as: UTF8.self) }
  }

  mutating func tensor(_ name: String) throws(FilesError) -> ONNXTensorProto? {
    try take(name, as: .tensor, \.hasT)?.t
  }

  /// Old files leave the type out; then the filled field tells it.
  private mutating func take(
    _ name: String, as type: ONNXAttributeProto.AttributeType,
    _ isFilled: (ONNXAttributeProto) -> Bool
  ) throws(FilesError) -> ONNXAttributeProto? {
    guard let attribute = attributes.removeValue(forKey: name) else { return nil }
    guard attribute.hasType ? attribute.type == type : isFilled(attribute) else {
      throw malformed("attribute \"\(name)\" of type \(type)", "\(attribute.type)")
    }
    return attribute
  }

  /// Attributes of the operators we know are sizes, counts and axes.
  private func size(_ value: Int64, _ name: String) throws(FilesError) -> Int {
    guard (-maximumSize...maximumSize).contains(Int(value)) else {
      throw malformed("attribute \"\(name)\" within ±\(maximumSize)", "\(value)")
    }
    return Int(value)
  }

  func malformed(_ expected: String, _ found: String) -> FilesError {
    .malformed(file: file, part: "node \"\(name)\" (\(type))", expected: expected, found: found)
  }

  func unsupported(_ found: String, _ remedy: String) -> FilesError {
    .unsupported(file: file, part: "node \"\(name)\" (\(type))", found: found, remedy: remedy)
  }
}

extension Double {
  /// The decimal number that `value` was rounded from: 0.1, not 0.100000001490116. ONNX keeps
  /// attributes as float32, and this reads them as their author wrote them.
  init(shortest value: Float) { self = Double("\(value)") ?? Double(value) }
}
