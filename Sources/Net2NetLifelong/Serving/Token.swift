internal import Foundation
internal import Net2Net
internal import Net2NetFiles

extension LiveFolder {
  /// The token of this folder, which only its owner can read; made where there is none, whole or not
  /// at all.
  ///
  /// - Throws: ``LifelongError/unusableToken(file:found:)``, `FilesError`.
  public func token() throws -> String {
    if FileManager.default.fileExists(atPath: tokenFile) { return try Self.token(in: tokenFile) }
    do {
      try AtomicFile.write(
        "\(Self.newToken())\n", to: tokenFile, overwriting: false, permissions: 0o600)
    } catch FilesError.alreadyExists {
      // Another process made it meanwhile.
    }
    return try Self.token(in: tokenFile)
  }

  /// 256 random bits.
  private static func newToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<4).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// What a file holds, without the line's end.
  ///
  /// - Throws: ``LifelongError/unusableToken(file:found:)`` for one that is empty, short or not
  ///   printable; `FilesError`.
  public static func token(in file: String) throws -> String {
    let contents = try FileContents(of: file).bytes
    let token = withExtendedLifetime(contents) {
      String(decoding: contents.buffer.prefix(mostBytes), as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    guard ServerSettings.isToken(token) else {
      throw LifelongError.unusableToken(
        file: file, found: token.isEmpty ? "nothing" : "something else of \(token.utf8.count) bytes"
      )
    }
    return token
  }

  /// Of a token's file that are looked at.
  private static let mostBytes = 64 << 10
}
