internal import Foundation
internal import Net2NetFiles

/// A JSON object that ends in the hash of what stands before it, so that a value that was changed
/// since, by a hand or by a disk, is noticed:
///
///     {
///       "data" : "fashion-mnist",
///       "sha256" : "…"
///     }
///
/// The hash is that of the text without its own line. Who changes a value on purpose removes that line.
enum SealedText {
  private static let key = ",\n  \"sha256\" : \""
  private static let end = "\n}\n"

  /// - Parameter text: an object of one key or more, as `json(_:)` writes it, with a line end.
  static func sealed(_ text: String) -> String {
    "\(text.dropLast(end.count))\(key)\(Digest(of: Data(text.utf8)))\"\(end)"
  }

  enum Finding: Equatable {
    /// It is as it was written.
    case whole
    /// There is no hash, as in runs of earlier versions.
    case unsealed
    case changed(expected: String, found: String)
  }

  static func check(_ text: Data) -> Finding {
    guard let seal = text.range(of: Data(key.utf8), options: .backwards) else {
      return .unsealed
    }
    let digest = Digest(of: text[..<seal.lowerBound] + Data(end.utf8)).description
    let rest = text[seal.upperBound...]
    guard rest.elementsEqual("\(digest)\"\(end)".utf8) else {
      let expected = rest.prefix { $0 != UInt8(ascii: "\"") }
      return .changed(expected: String(decoding: expected, as: UTF8.self), found: digest)
    }
    return .whole
  }
}
