internal import Crypto
internal import Net2Net

/// What a file holds, in 32 bytes.
public enum FileDigest {
  /// SHA-256 of a file's bytes in hexadecimal, as `sha256sum` prints it.
  public static func sha256(of file: String) throws(FilesError) -> String {
    let contents = try FileContents(of: file)
    return SHA256.hash(data: contents.bytes.buffer).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
