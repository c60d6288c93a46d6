internal import Foundation
internal import Net2Net
internal import Net2NetFiles

extension LiveFolder {
  /// The token of this folder, which only its owner can read; made where there is none.
  ///
  /// - Throws: `FilesError`.
  public func token() throws -> String {
    if FileManager.default.fileExists(atPath: tokenFile) { return try Self.token(in: tokenFile) }
    var generator = SystemRandomNumberGenerator()
    let token = (0..<4).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
    let descriptor = open(tokenFile, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw FilesError.unwritable(
        file: tokenFile, reason: String(cString: strerror(errno)).lowercased())
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try file.write(contentsOf: Data("\(token)\n".utf8))
    try file.synchronize()
    return token
  }

  /// What a file holds, without the line's end.
  ///
  /// - Throws: `FilesError`.
  public static func token(in file: String) throws -> String {
    let contents = try FileContents(of: file).bytes
    return withExtendedLifetime(contents) {
      String(decoding: contents.buffer, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }
}
