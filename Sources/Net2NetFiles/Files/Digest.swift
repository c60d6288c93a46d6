internal import Crypto
package import Foundation
public import Net2Net
internal import OrderedCollections

/// A SHA-256 hash, to tell whether two files or networks are the same.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  public let description: String

  fileprivate init(_ hash: SHA256) {
    description = hash.finalize().map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  /// The hash of a file's bytes, as `sha256sum` prints it.
  public init(ofFile file: String) throws(FilesError) {
    let descriptor = try FileDescriptor(reading: file)
    let count = try descriptor.size()
    var hash = SHA256()
    var offset = 0
    while offset < count {
      let piece = try TensorBytes(byteCount: min(1 << 20, count - offset)) {
        (buffer) throws(FilesError) in
        try descriptor.read(into: buffer, at: offset)
      }
      hash.update(bufferPointer: piece.buffer)
      offset += piece.count
    }
    self.init(hash)
  }

  package init(of bytes: Data) {
    var hash = SHA256()
    hash.update(data: bytes)
    self.init(hash)
  }

  /// The hash of tensors' elements, one after the other.
  package init(of tensors: [Tensor]) {
    var hash = SHA256()
    for tensor in tensors { tensor.withUnsafeBytes { hash.update(bufferPointer: $0) } }
    self.init(hash)
  }

  /// The hash of what a network computes with: its graph and its parameters' values, as its ONNX
  /// file would hold them, whatever the file's size. Metadata does not count, nor whether a
  /// rewrite is still pending.
  ///
  /// - Throws: what ``Net2Net/Network/validate()`` throws.
  public init(of network: Network) throws(NetworkError) {
    let writer = ONNXWriter(try GraphExport(of: network), metadata: [:])
    var hash = SHA256()
    writer.writeInline { hash.update(bufferPointer: $0) }
    self.init(hash)
  }
}

/// A ``Digest`` in the making, of parts that come one after another. Each is hashed with its length,
/// so that none can be taken for the end of one and the beginning of the next.
package struct DigestOfParts {
  private var hash = SHA256()

  package init() {}

  package var digest: Digest { Digest(hash) }

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update(bufferPointer: $0) }
    hash.update(bufferPointer: bytes)
  }

  package mutating func add(_ text: String) { Array(text.utf8).withUnsafeBytes { add($0) } }

  package mutating func add(_ numbers: [Int]) {
    numbers.map(\.littleEndian).withUnsafeBytes { add($0) }
  }

  /// Rows of `size` bytes each, in the order of `rows`; where they are more than `limit` bytes, some
  /// that are evenly spread.
  package mutating func add(
    rows: some RandomAccessCollection<Int>, of bytes: UnsafeRawBufferPointer, size: Int,
    atMost limit: Int
  ) {
    add([rows.count, size])
    let step = max(1, rows.count / max(1, limit / max(1, size)))
    var run = 0..<0
    for place in stride(from: 0, to: rows.count, by: step) {
      let row = rows[rows.index(rows.startIndex, offsetBy: place)]
      // Rows that lie side by side are hashed as one.
      if row == run.upperBound, !run.isEmpty {
        run = run.lowerBound..<row + 1
      } else {
        update(run, of: bytes, size: size)
        run = row..<row + 1
      }
    }
    update(run, of: bytes, size: size)
  }

  private mutating func update(
    _ run: Range<Int>, of bytes: UnsafeRawBufferPointer, size: Int
  ) {
    hash.update(
      bufferPointer: UnsafeRawBufferPointer(
        rebasing: bytes[run.lowerBound * size..<run.upperBound * size]))
  }
}
