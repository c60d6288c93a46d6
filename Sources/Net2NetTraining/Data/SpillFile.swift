internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// A temporary file without a name, for numbers made from data that may be larger than memory:
/// written once, then mapped, so that the system keeps in memory what it has room for. It is gone
/// when the last tensor lets go, or when this process ends, however it ends.
final class SpillFile {
  private let folder: String
  private let descriptor: Int32
  private var pending: [UInt8] = []
  private(set) var count = 0

  private static let pieceSize = 1 << 20

  /// In the folder that `TMPDIR` names.
  ///
  /// - Throws: `FilesError.unwritable`.
  init() throws(FilesError) {
    folder = FileManager.default.temporaryDirectory.path
    var path = Array("\(folder)/net2net-XXXXXX".utf8CString)
    descriptor = path.withUnsafeMutableBufferPointer { $0.baseAddress.map(mkstemp) ?? -1 }
    guard descriptor >= 0 else { throw Self.unwritable(folder) }
    path.withUnsafeBufferPointer { _ = $0.baseAddress.map(unlink) }
  }

  deinit { close(descriptor) }

  func append(_ bytes: UnsafeRawBufferPointer) throws(FilesError) {
    pending.append(contentsOf: bytes)
    count += bytes.count
    if pending.count >= Self.pieceSize { try flush() }
  }

  /// All that was appended.
  func mapped() throws(FilesError) -> TensorBytes {
    try flush()
    guard count > 0 else { return TensorBytes(byteCount: 0) { _ in } }
    let address = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw Self.unwritable(folder) }
    return TensorBytes(owning: UnsafeRawBufferPointer(start: address, count: count)) {
      munmap(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
    }
  }

  private func flush() throws(FilesError) {
    var offset = 0
    while offset < pending.count {
      let written = pending[offset...].withUnsafeBytes {
        write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0 {
        if errno == EINTR { continue }
        throw Self.unwritable(folder)
      }
      offset += written
    }
    pending.removeAll(keepingCapacity: true)
  }

  private static func unwritable(_ folder: String) -> FilesError {
    .unwritable(
      file: "a temporary file in \(folder)",
      reason: AtomicFile.reason(errno, in: "\(folder)/") + "; TMPDIR names another folder")
  }
}
