internal import Foundation

/// The right to write to a folder. The system takes it back when the process ends, however it ends,
/// so no lock is ever left behind.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// - Throws: ``LifelongError/inUse(_:process:)``, ``LifelongError/unusableFolder(_:reason:)``.
  init(_ folder: LiveFolder) throws(LifelongError) {
    let descriptor = open(folder.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno)).lowercased()
      throw .unusableFolder(folder.path, reason: "cannot be locked: \(reason)")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = (try? String(contentsOfFile: folder.lockFile, encoding: .utf8)).flatMap {
        Int32($0.trimmingCharacters(in: .whitespacesAndNewlines))
      }
      close(descriptor)
      throw .inUse(folder.path, process: holder)
    }
    self.descriptor = descriptor
    let text = Array("\(getpid())\n".utf8)
    // Only for the sentence above.
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
  }

  deinit { close(descriptor) }
}
