internal import HTTPTypes
internal import Net2Net
internal import NIOCore

/// What a network computed for one request, as the protocol's JSON.
struct InferenceAnswer {
  var model: String
  var version: Int
  var id: String?
  var outputs: [(name: String, tensor: Tensor)]

  /// - Throws: ``HTTPFailure`` where an output holds what JSON has no number for.
  func json() throws(HTTPFailure) -> ByteBuffer {
    var writer = JSONWriter(capacity: 256 + outputs.reduce(0) { $0 + $1.tensor.elementCount * 14 })
    writer.raw("{\"model_name\":")
    writer.string(model)
    writer.raw(",\"model_version\":\"\(version)\"")
    if let id {
      writer.raw(",\"id\":")
      writer.string(id)
    }
    writer.raw(",\"outputs\":[")
    for (index, output) in outputs.enumerated() {
      if index > 0 { writer.raw(",") }
      try Self.write(output.name, output.tensor, to: &writer)
    }
    writer.raw("]}")
    return writer.buffer
  }

  private static func write(
    _ name: String, _ tensor: Tensor, to writer: inout JSONWriter
  ) throws(HTTPFailure) {
    writer.raw("{\"name\":")
    writer.string(name)
    let shape = tensor.shape.sizes.map(String.init).joined(separator: ",")
    writer.raw(",\"shape\":[\(shape)],\"datatype\":\"\(Datatype(tensor.elementType).rawValue)\"")
    writer.raw(",\"data\":[")
    let isWhole = try tensor.withUnsafeBytes { (bytes) throws(HTTPFailure) in
      try write(bytes, tensor.elementType, tensor, to: &writer)
    }
    guard isWhole else {
      throw HTTPFailure(
        .internalServerError,
        "output \"\(name)\" holds NaN or an infinite number, which JSON has no word for")
    }
    writer.raw("]}")
  }

  /// - Returns: whether every number is one that JSON has.
  private static func write(
    _ bytes: UnsafeRawBufferPointer, _ type: ElementType, _ tensor: Tensor,
    to writer: inout JSONWriter
  ) throws(HTTPFailure) -> Bool {
    guard type == .float32 else {
      let values = tensor.doubles()
      guard values.allSatisfy(\.isFinite) else { return false }
      writer.list(values) { value, writer in
        writer.raw(
          type.isFloatingPoint ? value.description : Int64(value).description)
      }
      return true
    }
    let values = (0..<tensor.elementCount).map {
      bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self)
    }
    guard values.allSatisfy(\.isFinite) else { return false }
    writer.list(values) { value, writer in writer.raw(value.description) }
    return true
  }
}
