internal import Net2Net
internal import Net2NetFiles

/// The bytes of a file from first to last, decompressed when it is gzip.
struct ByteReader {
  let file: String
  private let contents: TensorBytes
  private let inflater: Inflater?
  private var position = 0

  static let gzipMagic: [UInt8] = [0x1F, 0x8B]

  init(of file: String) throws {
    self.file = file
    contents = try FileContents(of: file).bytes
    let isCompressed = contents.buffer.starts(with: Self.gzipMagic)
    inflater = isCompressed ? try Inflater(contents, file: file) : nil
  }

  /// An upper bound, so that nobody makes room for what cannot come.
  var largestCount: Int {
    inflater == nil ? contents.count : contents.count * Inflater.largestRatio
  }

  /// Reads exactly `count` bytes.
  ///
  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)`` when there are fewer.
  mutating func bytes(_ count: Int, part: String) throws(TrainingError) -> TensorBytes {
    guard count <= largestCount else {
      throw .malformedData(
        file: file, part: part, expected: "\(count) bytes",
        found: "a file of \(contents.count), too small for that")
    }
    return try TensorBytes(byteCount: count) { (buffer) throws(TrainingError) in
      let found = try read(into: buffer)
      guard found == count else {
        throw .malformedData(
          file: file, part: part, expected: "\(count) bytes", found: "\(found)")
      }
    }
  }

  /// A few bytes, copied.
  mutating func header(_ count: Int, part: String) throws(TrainingError) -> [UInt8] {
    let bytes = try bytes(count, part: part)
    return withExtendedLifetime(bytes) { Array(bytes.buffer) }
  }

  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)`` when bytes are left.
  mutating func expectEnd(after part: String) throws(TrainingError) {
    var count = 0
    _ = try TensorBytes(byteCount: 1) { (buffer) throws(TrainingError) in
      count = try read(into: buffer)
    }
    guard count == 0 else {
      throw .malformedData(
        file: file, part: "after \(part)", expected: "the end of the file", found: "more bytes")
    }
  }

  private mutating func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(TrainingError) -> Int {
    if let inflater { return try inflater.read(into: buffer) }
    let count = min(buffer.count, contents.count - position)
    let source = contents.buffer[position..<position + count]
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
    position += count
    return count
  }
}
