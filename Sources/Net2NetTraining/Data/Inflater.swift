internal import CZlib
internal import Net2Net

/// Decompresses gzip piece by piece; owns zlib's stream.
final class Inflater {
  private let file: String
  private let compressed: TensorBytes
  /// At one address for its whole life: zlib keeps a pointer back to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var isFinished = false

  /// The most that deflate can make of one byte.
  static let largestRatio = 1032

  init(_ compressed: TensorBytes, file: String) throws(TrainingError) {
    self.file = file
    self.compressed = compressed
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // zlib's interface does not know const; it only reads.
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: compressed.buffer.bindMemory(to: UInt8.self).baseAddress)
    let gzipWithLargestWindow: Int32 = 16 + 15
    let status = inflateInit2_(
      stream, gzipWithLargestWindow, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw damaged("zlib's status \(status) at the start") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Fills `buffer` as far as the data goes.
  ///
  /// - Returns: the number of bytes written; fewer than asked for only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TrainingError) -> Int {
    var filled = 0
    while filled < buffer.count, !isFinished {
      filled += try inflateOnce(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
    }
    return filled
  }

  /// zlib counts in 32 bits, so long stretches go in pieces of a gigabyte.
  private func inflateOnce(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(TrainingError) -> Int {
    let piece = 1 << 30
    let room = min(buffer.count, piece)
    let given = min(remaining, piece)
    stream.pointee.avail_in = UInt32(given)
    stream.pointee.avail_out = UInt32(room)
    stream.pointee.next_out = buffer.bindMemory(to: UInt8.self).baseAddress
    let status = inflate(stream, Z_NO_FLUSH)
    switch status {
    case Z_OK: break
    case Z_STREAM_END: try finishMember()
    case Z_BUF_ERROR where given == 0: throw damaged("the end of the file in the middle of it")
    default: throw damaged(stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)")
    }
    return room - Int(stream.pointee.avail_out)
  }

  private var remaining: Int {
    guard let next = stream.pointee.next_in, let start = compressed.buffer.baseAddress else {
      return 0
    }
    return compressed.count - (UnsafeRawPointer(next) - start)
  }

  /// A gzip file is one member or several, one after the other, and nothing else.
  private func finishMember() throws(TrainingError) {
    let rest = compressed.buffer.suffix(remaining)
    if rest.isEmpty {
      isFinished = true
    } else if rest.starts(with: ByteReader.gzipMagic) {
      inflateReset(stream)
    } else {
      throw damaged("\(rest.count) bytes of something else after it")
    }
  }

  private func damaged(_ found: String) -> TrainingError {
    .malformedData(file: file, part: "gzip data", expected: "a whole stream", found: found)
  }
}
