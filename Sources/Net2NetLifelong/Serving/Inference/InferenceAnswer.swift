internal import Net2Net
internal import NIOCore

/// What a network computed for one request, as the protocol's JSON.
struct InferenceAnswer: Sendable {
  var model: String
  var version: Int
  var id: String?
  var outputs: [(name: String, tensor: Tensor)]

  /// Of its JSON, about.
  var expectedBytes: Int { 256 + outputs.reduce(0) { $0 + $1.tensor.elementCount * 14 } }

  func json() throws(NoFiniteAnswer) -> ByteBuffer {
    var writer = JSONWriter(capacity: expectedBytes)
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
  ) throws(NoFiniteAnswer) {
    writer.raw("{\"name\":")
    writer.string(name)
    let shape = tensor.shape.sizes.map(String.init).joined(separator: ",")
    writer.raw(",\"shape\":[\(shape)],\"datatype\":\"\(Datatype(tensor.elementType).rawValue)\"")
    writer.raw(",\"data\":[")
    let isWhole = tensor.withUnsafeBytes { write($0, tensor, to: &writer) }
    guard isWhole else { throw NoFiniteAnswer(output: name) }
    writer.raw("]}")
  }

  /// Whether another version that computes nearly the same might overflow: an output is within a
  /// factor of a hundred million of the largest number of its type.
  var isNearlyInfinite: Bool {
    outputs.contains { _, tensor in
      let largest: Double =
        switch tensor.elementType {
        case .float32, .bfloat16: Double(Float.greatestFiniteMagnitude)
        case .float64: .greatestFiniteMagnitude
        default: .infinity
        }
      return tensor.doubles().contains { abs($0) > largest / 1e8 }
    }
  }

  /// - Returns: whether every number is one that JSON has.
  private static func write(
    _ bytes: UnsafeRawBufferPointer, _ tensor: Tensor, to writer: inout JSONWriter
  ) -> Bool {
    func numbers<T: BitwiseCopyable>(_: T.Type) -> [T] {
      (0..<tensor.elementCount).map {
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)
      }
    }
    switch tensor.elementType {
    case .float32: return write(numbers(Float.self), to: &writer)
    case .float16, .bfloat16, .float64: return write(tensor.doubles(), to: &writer)
    // Doubles do not hold all of these.
    case .int64: writer.list(numbers(Int64.self)) { $1.raw($0.description) }
    case .uint64: writer.list(numbers(UInt64.self)) { $1.raw($0.description) }
    default: writer.list(tensor.doubles()) { $1.raw(Int($0).description) }
    }
    return true
  }

  private static func write(
    _ values: [some BinaryFloatingPoint & CustomStringConvertible], to writer: inout JSONWriter
  ) -> Bool {
    guard values.allSatisfy(\.isFinite) else { return false }
    writer.list(values) { $1.raw($0.description) }
    return true
  }
}

/// A network's output for some input is NaN or infinite, which JSON has no word for.
struct NoFiniteAnswer: Error, Hashable, CustomStringConvertible {
  let output: String

  var description: String {
    "output \"\(output.shown())\" is NaN or infinite for this input, which JSON has no word for; "
      + "send smaller numbers, or prepare the input as the network expects it"
  }
}
