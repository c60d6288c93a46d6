internal import Foundation

/// Where an output goes: the path that was given, with symbolic links followed to the file that is
/// to be replaced, as `cp` follows them.
///
/// Only regular files are ever replaced. A link to a device, or one of the system's names for an
/// open file (`/dev/stdout`), is refused rather than replaced.
package struct OutputTarget {
  /// As it was given, for errors.
  let name: String
  /// The same without a link in its last component.
  package let path: String
  /// The file that is there now, or another whose permissions are to be taken over.
  var replaced: Replaced?

  /// Of a file that makes room for another: what the other one takes over.
  struct Replaced {
    let mode: mode_t
    let owner: uid_t
    let group: gid_t
  }

  private static let mostLinks = 40

  /// - Throws: ``FilesError/unwritable(file:reason:)`` where nothing can be written;
  ///   ``FilesError/alreadyExists(file:)`` unless `overwriting`.
  package init(_ name: String, overwriting: Bool) throws(FilesError) {
    self.name = name
    path = try Self.followed(name)
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT, !path.isEmpty else {
        throw .unwritable(file: name, reason: AtomicFile.reason(errno, in: path))
      }
      replaced = nil
      try checkDirectory()
      return
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw .unwritable(file: name, reason: "it is a directory")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unwritable(file: name, reason: "it is not a regular file")
    }
    guard overwriting else { throw .alreadyExists(file: name) }
    replaced = Replaced(
      mode: status.st_mode & 0o777, owner: status.st_uid, group: status.st_gid)
    try checkDirectory()
  }

  /// Files are replaced by renaming, which is the directory's to allow.
  private func checkDirectory() throws(FilesError) {
    guard access(AtomicFile.directory(of: path), W_OK | X_OK) == 0 else {
      throw .unwritable(file: name, reason: AtomicFile.reason(errno, in: path))
    }
  }

  private static func followed(_ name: String) throws(FilesError) -> String {
    var path = name
    for _ in 0..<mostLinks {
      guard let target = linkTarget(of: path) else { return path }
      let directory = AtomicFile.directory(of: path)
      guard !namesOpenFiles(directory) else {
        throw .unwritable(file: name, reason: "it is not a regular file")
      }
      path = target.utf8.first == UInt8(ascii: "/") ? target : "\(directory)/\(target)"
      var status = stat()
      if lstat(path, &status) != 0, errno == ENOENT {
        throw .unwritable(
          file: name, reason: "it is a link to \(target), which does not exist")
      }
    }
    throw .unwritable(file: name, reason: systemErrorText(ELOOP))
  }

  /// What `/dev/stdout` and the like lead through: links whose targets are open files, which would
  /// lose their names to whatever replaces them.
  private static func namesOpenFiles(_ directory: String) -> Bool {
    guard let real = realpath(directory, nil) else { return false }
    defer { free(real) }
    let text = String(cString: real)
    return text == "/dev" || text == "/proc" || text.hasPrefix("/proc/") || text == "/dev/fd"
  }

  /// Nil where there is no link.
  private static func linkTarget(of path: String) -> String? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &target, target.count)
    guard count > 0 else { return nil }
    return String(decoding: target[..<count].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
