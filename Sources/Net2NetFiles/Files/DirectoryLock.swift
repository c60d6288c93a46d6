internal import Foundation

/// The right to write to a folder, by a lock (`flock`) on a file `lock` in it. The system takes it
/// back when the process ends, however it ends, so that none is ever left behind; the file stays.
package final class DirectoryLock: Sendable {
  package enum Failure: Error, Hashable {
    /// Somebody else has it: the process, and its machine where that is another one, if they are known.
    case held(process: Int32?, machine: String?)
    case unusable(reason: String)
  }

  private let descriptor: Int32

  /// File systems that have no locks give it to everybody.
  package init(_ folder: String) throws(Failure) {
    // For the owner alone: who may read a file may lock it.
    let descriptor = open(
      "\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else { throw .unusable(reason: Self.reason(errno)) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unusable(reason: "lock: it is not a regular file")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      let holder = Self.holder(descriptor)
      close(descriptor)
      throw .held(process: holder.process, machine: holder.machine)
    }
    self.descriptor = descriptor
    // Only for the sentence of those that come later.
    let text = Array("\(getpid()) \(ProcessInfo.processInfo.hostName)\n".utf8)
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
  }

  deinit { close(descriptor) }

  private static func holder(_ descriptor: Int32) -> (process: Int32?, machine: String?) {
    var bytes = [UInt8](repeating: 0, count: 300)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      .split(whereSeparator: \.isWhitespace)
    guard let process = words.first.flatMap({ Int32($0) }) else { return (nil, nil) }
    let machine = words.dropFirst().first.map(String.init)
    return (process, machine == ProcessInfo.processInfo.hostName ? nil : machine)
  }

  private static func reason(_ code: Int32) -> String {
    code == ELOOP ? "lock: it is a symbolic link" : "lock: \(systemErrorText(code))"
  }
}
