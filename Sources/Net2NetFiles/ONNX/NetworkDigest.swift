internal import Crypto
public import Net2Net
internal import OrderedCollections

/// What a network computes with, in 32 bytes.
public enum NetworkDigest {
  /// SHA-256, in hexadecimal, of the ONNX file that would hold the graph and the parameters'
  /// values, whatever its size. Metadata does not count, nor whether a rewrite is still pending.
  ///
  /// - Throws: what ``Net2Net/Network/validate()`` throws.
  public static func sha256(of network: Network) throws(NetworkError) -> String {
    let writer = ONNXWriter(try GraphExport(of: network), metadata: [:])
    var hash = SHA256()
    writer.writeInline { hash.update(bufferPointer: $0) }
    return hash.finalize().hexadecimal
  }
}
