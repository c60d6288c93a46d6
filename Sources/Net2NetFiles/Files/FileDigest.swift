internal import Crypto
internal import Net2Net

/// What a file holds, in 32 bytes.
public enum FileDigest {
  /// SHA-256 of a file's bytes in hexadecimal, as `sha256sum` prints it.
  public static func sha256(of file: String) throws(FilesError) -> String {
    let descriptor = try FileDescriptor(reading: file)
    let count = try descriptor.regularFileSize()
    var hash = SHA256()
    for offset in stride(from: 0, to: count, by: pieceSize) {
      let piece = try TensorBytes(byteCount: min(pieceSize, count - offset)) {
        (buffer) throws(FilesError) in
        try descriptor.read(into: buffer, at: offset)
      }
      hash.update(bufferPointer: piece.buffer)
    }
    return hash.finalize().hexadecimal
  }

  private static let pieceSize = 1 << 20
}

extension SHA256.Digest {
  /// 64 lower-case digits.
  var hexadecimal: String {
    map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
