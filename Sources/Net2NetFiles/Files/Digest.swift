internal import Crypto
internal import Foundation
public import Net2Net
internal import OrderedCollections

/// A SHA-256 hash, to tell whether two files or networks are the same.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  public let description: String

  private init(_ hash: SHA256) {
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
