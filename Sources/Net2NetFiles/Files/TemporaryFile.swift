internal import Foundation

/// A file that has not got its name yet, `.net2net-….tmp` in the directory of its destination.
///
/// Its writer holds a lock on it (`flock`), which the system takes back however the writer ends. So
/// a temporary file that nobody has locked is one that a killed writer left, and whoever writes into
/// the directory next removes it.
struct TemporaryFile: ~Copyable {
  let path: String
  let descriptor: FileDescriptor

  init(for target: OutputTarget, permissions: mode_t) throws(FilesError) {
    let directory = AtomicFile.directory(of: target.path)
    // What is to replace a file that only some may read is never open to others.
    let mode: mode_t = target.replaced == nil ? permissions : 0o600
    while true {
      let path = Self.path(in: directory)
      let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
      guard number >= 0 else {
        throw .unwritable(file: target.name, reason: AtomicFile.reason(errno, in: target.path))
      }
      let descriptor = FileDescriptor(number: number, file: target.name)
      guard Self.isHeld(number) else { continue }
      if let replaced = target.replaced { replaced.give(to: number) }
      self.path = path
      self.descriptor = descriptor
      return
    }
  }

  /// Locks the file. False where another process took it for a leftover between its making and
  /// its locking. File systems without locks have nobody who would.
  private static func isHeld(_ number: Int32) -> Bool {
    if flock(number, LOCK_EX | LOCK_NB) != 0 { return errno != EWOULDBLOCK }
    var status = stat()
    return fstat(number, &status) != 0 || status.st_nlink > 0
  }

  /// Short whatever the destination's length, for a name may have 255 bytes.
  private static func path(in directory: String) -> String {
    let token = String(UInt64.random(in: .min ... .max), radix: 36)
    return "\(directory)/\(prefix)\(token)\(suffix)"
  }

  private static let prefix = ".net2net-"
  private static let suffix = ".tmp"

  /// Removes what killed writers left in a directory.
  static func removeLeftovers(in directory: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    for name in names where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      removeIfLeft("\(directory)/\(name)")
    }
  }

  private static func removeIfLeft(_ path: String) {
    let number = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else { return }
    defer { close(number) }
    if flock(number, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
  }
}

extension OutputTarget.Replaced {
  /// Gives a new file the permissions of the one that it replaces. Only root may give files away; a
  /// group that cannot be kept gets no more than everybody has.
  fileprivate func give(to number: Int32) {
    var mode = mode
    if fchown(number, owner, group) != 0, fchown(number, uid_t.max, group) != 0 {
      mode = mode & 0o707 | (mode & 0o007) << 3
    }
    fchmod(number, mode)
  }
}
