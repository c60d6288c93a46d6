internal import Foundation
internal import Net2NetFiles

/// The right to write to a folder. The system takes it back when the process ends, however it ends,
/// so no lock is ever left behind.
///
/// Whoever can open the file can hold the lock, for reading is enough. So only those can open it who
/// may write to the folder as well: its owner, and its group where the group may write there.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// - Throws: ``LifelongError/inUse(_:process:)``, ``LifelongError/unusableFolder(_:reason:)``,
  ///   `FilesError.notAFile`.
  init(_ folder: LiveFolder) throws {
    let mode = Self.mode(in: folder)
    let descriptor: Int32
    do throws(FilesError) {
      descriptor = try FileDescriptor.openedRegularFile(
        folder.lockFile, O_RDWR | O_CREAT | O_NOFOLLOW, mode: mode)
    } catch {
      guard case .unwritable(_, let reason) = error else { throw error }
      throw LifelongError.unusableFolder(folder.path, reason: "cannot be locked: \(reason)")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw LifelongError.inUse(folder.path, process: Self.holder(of: folder))
    }
    self.descriptor = descriptor
    // Files of before were made for everybody. What belongs to somebody else stays as it is.
    _ = fchmod(descriptor, mode)
    let text = Array("\(getpid())\n".utf8)
    // Only for the sentence above.
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
  }

  deinit { close(descriptor) }

  private static func mode(in folder: LiveFolder) -> mode_t {
    var status = stat()
    let isShared = stat(folder.path, &status) == 0 && status.st_mode & S_IWGRP != 0
    return isShared ? 0o660 : 0o600
  }

  /// The process that a lock file names; nil where it names none.
  static func holder(of folder: LiveFolder) -> Int32? {
    guard let text = try? FileContents.text(of: folder.lockFile), text.hasSuffix("\n") else {
      return nil
    }
    return Int32(text.dropLast())
  }
}
