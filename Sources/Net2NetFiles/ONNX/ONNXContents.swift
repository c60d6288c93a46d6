internal import Foundation
internal import SwiftProtobuf

/// An ONNX file taken apart: messages decoded, tensors left where they lie.
struct ONNXContents {
  let contents: FileContents
  /// Without its graph.
  let model: ONNXModelProto
  /// Without its initializers.
  let graph: ONNXGraphProto
  let initializers: [StoredTensor]

  var file: String { contents.file }

  init(of file: String) throws(FilesError) {
    contents = try FileContents(of: file)
    if let finding = ForeignFormat.recognise(contents.buffer) {
      throw .foreignFormat(
        file: file, expected: "an ONNX model", found: finding.name, remedy: finding.remedy)
    }
    // A message that comes in several pieces is their concatenation, by protobuf's rules.
    var modelFields = MessageFields()
    var graphs: [Range<Int>] = []
    var scanner = WireScanner(contents)
    while let field = try scanner.next() {
      if field.number == 7, field.isLengthDelimited {
        graphs.append(field.payload)
      } else {
        modelFields.append(contents.buffer, field.whole)
      }
    }
    model = try modelFields.decoded(in: file, "the model")
    guard !graphs.isEmpty else {
      throw .malformed(file: file, part: "the model", expected: "a graph", found: "none")
    }
    (graph, initializers) = try Self.graph(in: graphs, of: contents)
  }

  private static func graph(
    in ranges: [Range<Int>], of contents: FileContents
  ) throws(FilesError) -> (ONNXGraphProto, [StoredTensor]) {
    var graphFields = MessageFields()
    var initializers: [StoredTensor] = []
    for range in ranges {
      var scanner = WireScanner(contents, range)
      while let field = try scanner.next() {
        if field.number == 5, field.isLengthDelimited {
          initializers.append(try StoredTensor(contents, field.payload))
        } else {
          graphFields.append(contents.buffer, field.whole)
        }
      }
    }
    return (try graphFields.decoded(in: contents.file, "the graph"), initializers)
  }
}

/// A `TensorProto` whose `raw_data` stays in the file.
struct StoredTensor {
  var proto: ONNXTensorProto
  /// Where `raw_data` lies in the file.
  var raw: Range<Int>?

  init(_ contents: FileContents, _ range: Range<Int>) throws(FilesError) {
    var fields = MessageFields()
    var scanner = WireScanner(contents, range)
    while let field = try scanner.next() {
      if field.number == 9, field.isLengthDelimited {
        raw = field.payload
      } else {
        fields.append(contents.buffer, field.whole)
      }
    }
    proto = try fields.decoded(in: contents.file, "the tensor at byte \(range.lowerBound)")
  }
}

/// Encoded fields gathered for one message.
private struct MessageFields {
  private var data = Data()

  mutating func append(_ buffer: UnsafeRawBufferPointer, _ range: Range<Int>) {
    data.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[range]))
  }

  func decoded<M: Message>(in file: String, _ part: String) throws(FilesError) -> M {
    do {
      return try M(serializedBytes: data, partial: true)
    } catch {
      throw .malformed(
        file: file, part: part, expected: "a protobuf message",
        found: "one that cannot be decoded (\(error))")
    }
  }
}
