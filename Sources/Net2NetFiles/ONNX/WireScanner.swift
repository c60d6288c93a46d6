/// Finds the fields of one protobuf message without decoding them, so that tensors' bytes can be
/// used where they lie in the file instead of being copied.
///
/// Encoding: each field is a tag (a varint, `number << 3 | wire type`) and a payload, whose
/// length the wire type gives (https://protobuf.dev/programming-guides/encoding/).
struct WireScanner {
  struct Field {
    let number: UInt64
    /// Tag and payload.
    let whole: Range<Int>
    /// The content of a length-delimited field; empty for other wire types.
    let payload: Range<Int>
    let isLengthDelimited: Bool
  }

  private let contents: FileContents
  private var position: Int
  private let end: Int

  /// Scans the message that fills `range`, by default the whole file.
  init(_ contents: FileContents, _ range: Range<Int>? = nil) {
    self.contents = contents
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? contents.count
  }

  mutating func next() throws(FilesError) -> Field? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint()
    let payload = try skipPayload(wireType: tag & 7, tagAt: start)
    guard tag >> 3 > 0 else { throw malformed(at: start, "field number 0") }
    return Field(
      number: tag >> 3, whole: start..<position, payload: payload ?? start..<start,
      isLengthDelimited: payload != nil)
  }

  private mutating func skipPayload(
    wireType: UInt64, tagAt start: Int
  ) throws(FilesError) -> Range<Int>? {
    switch wireType {
    case 0: _ = try varint()
    case 1: _ = try advance(by: 8)
    case 2: return try advance(by: try varint())
    case 3: try skipGroup()
    case 5: _ = try advance(by: 4)
    default: throw malformed(at: start, "wire type \(wireType)")
    }
    return nil
  }

  /// Groups nest; counting instead of recursing makes depth harmless.
  private mutating func skipGroup() throws(FilesError) {
    var depth = 1
    while depth > 0 {
      let start = position
      let tag = try varint()
      switch tag & 7 {
      case 3: depth += 1
      case 4: depth -= 1
      default: _ = try skipPayload(wireType: tag & 7, tagAt: start)
      }
    }
  }

  private mutating func varint() throws(FilesError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = contents.buffer[try advance(by: 1).lowerBound]
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw malformed(at: start, "a number of more than ten bytes")
  }

  private mutating func advance(by count: UInt64) throws(FilesError) -> Range<Int> {
    guard count <= UInt64(end - position) else {
      let (needed, overflow) = count.addingReportingOverflow(UInt64(position))
      throw .truncated(
        file: contents.file, part: "the protobuf field at byte \(position)",
        expected: overflow ? Int.max : Int(clamping: needed), found: end)
    }
    let start = position
    position += Int(count)
    return start..<position
  }

  private func malformed(at offset: Int, _ found: String) -> FilesError {
    .malformed(
      file: contents.file, part: "byte \(offset)", expected: "an ONNX model (protobuf)",
      found: found)
  }
}
