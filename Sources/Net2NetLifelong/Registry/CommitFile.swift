internal import Foundation
internal import Net2NetFiles

/// The file `registry.commits`: how many commits the registry has had. The last of them may be in its
/// `-wal` alone, and where that is lost or damaged, SQLite takes the registry for what it was before.
///
/// 8 bytes `net2netC`, the number (8, little-endian) and the CRC-32 of both (4), written in place after
/// each commit and not flushed by itself. So it may say less than what there was, and never more.
final class CommitFile: Sendable {
  private let descriptor: Int32

  /// Opens the file to write to it, and makes it where there is none.
  ///
  /// - Throws: `FilesError`.
  init(_ path: String) throws(FilesError) {
    descriptor = try FileDescriptor.openedRegularFile(path, O_RDWR | O_CREAT | O_NOFOLLOW)
  }

  deinit { close(descriptor) }

  func note(_ count: Int) {
    let bytes = Self.bytes(count)
    _ = pwrite(descriptor, bytes, bytes.count, 0)
  }

  private static func bytes(_ count: Int) -> [UInt8] {
    var bytes = Array("net2netC".utf8)
    withUnsafeBytes(of: UInt64(max(0, count)).littleEndian) { bytes += $0 }
    withUnsafeBytes(of: SegmentLayout.checksum(bytes).littleEndian) { bytes += $0 }
    return bytes
  }

  /// Nil where there is none, or nothing in it.
  ///
  /// - Throws: ``LifelongError/alteredFile(_:found:)``, `FilesError`.
  static func read(_ path: String) throws -> Int? {
    // Another process may be writing to it.
    for _ in 0..<5 {
      let data: Data
      do throws(FilesError) {
        data = try FileContents.data(of: path)
      } catch {
        if case .missing = error { return nil }
        throw error
      }
      if data.isEmpty { return nil }
      if let count = count(Array(data)) { return count }
      usleep(1000)
    }
    throw LifelongError.alteredFile(
      path, found: "the number of commits expected, something else found")
  }

  private static func count(_ data: [UInt8]) -> Int? {
    guard data.count == 20 else { return nil }
    let number = data[8..<16].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let count = Int(exactly: number), bytes(count) == data else { return nil }
    return count
  }
}
