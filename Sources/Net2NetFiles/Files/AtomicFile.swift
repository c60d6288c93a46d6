internal import Foundation
internal import Net2Net

/// A file that appears whole or not at all: written under a temporary name in the same
/// directory, flushed to the disk, renamed, and the directory flushed. A failure at any step
/// removes the temporary file and leaves what was there before.
///
/// A file that replaces another takes over its permissions. Links are followed; see ``OutputTarget``.
public struct AtomicFile: ~Copyable {
  private let target: OutputTarget
  private let overwriting: Bool
  private let file: TemporaryFile
  private var isCommitted = false

  private var destination: String { target.name }

  /// Writes `destination` piece by piece.
  ///
  /// - Parameter permissions: of a new file, as far as the umask lets them be: any program's files
  ///   may be read by all.
  /// - Throws: ``FilesError/alreadyExists(file:)`` before `body` runs, unless `overwriting`;
  ///   ``FilesError/unwritable(file:reason:)``; whatever `body` throws.
  public static func write(
    _ destination: String, overwriting: Bool, permissions: UInt16 = 0o666,
    _ body: (borrowing AtomicFile) throws(FilesError) -> Void
  ) throws(FilesError) {
    let target = try OutputTarget(destination, overwriting: overwriting)
    var file = try staged(at: target, overwriting: overwriting, permissions: permissions, body)
    try file.commit()
  }

  public static func write(
    _ text: String, to destination: String, overwriting: Bool, permissions: UInt16 = 0o666
  ) throws(FilesError) {
    try write(destination, overwriting: overwriting, permissions: permissions) {
      (file) throws(FilesError) in
      try file.append(Array(text.utf8))
    }
  }

  public static func write(
    _ bytes: [UInt8], to destination: String, overwriting: Bool
  ) throws(FilesError) {
    var file = try staged(bytes, for: destination, overwriting: overwriting)
    try file.commit()
  }

  /// As ``write(_:overwriting:_:)``, but the file has its temporary name until ``commit()``: files
  /// that belong together are all on the disk before the first of them appears.
  package static func staged(
    _ destination: String, overwriting: Bool,
    _ body: (borrowing AtomicFile) throws(FilesError) -> Void
  ) throws(FilesError) -> AtomicFile {
    try staged(
      at: OutputTarget(destination, overwriting: overwriting), overwriting: overwriting, body)
  }

  static func staged(
    at target: OutputTarget, overwriting: Bool, permissions: UInt16 = 0o666,
    _ body: (borrowing AtomicFile) throws(FilesError) -> Void
  ) throws(FilesError) -> AtomicFile {
    let file = try AtomicFile(target, overwriting: overwriting, permissions)
    try body(file)
    guard flush(file.descriptor) == 0 else { throw file.unwritable() }
    return file
  }

  package static func staged(
    _ bytes: [UInt8], for destination: String, overwriting: Bool
  ) throws(FilesError) -> AtomicFile {
    try staged(destination, overwriting: overwriting) { (file) throws(FilesError) in
      try file.append(bytes)
    }
  }

  private init(
    _ target: OutputTarget, overwriting: Bool, _ permissions: UInt16
  ) throws(FilesError) {
    self.target = target
    TemporaryFile.removeLeftovers(in: Self.directory(of: target.path))
    file = try TemporaryFile(for: target, permissions: mode_t(permissions))
    self.overwriting = overwriting
  }

  deinit { if !isCommitted { unlink(file.path) } }

  private var descriptor: Int32 { file.descriptor.number }

  /// Where the file will be, with links followed.
  var path: String { target.path }

  /// Where the bytes are until ``commit()``.
  package var temporary: String { file.path }

  public borrowing func append(_ bytes: UnsafeRawBufferPointer) throws(FilesError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Foundation.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      guard written >= 0 else {
        if errno == EINTR { continue }
        throw unwritable()
      }
      rest = rest.dropFirst(written)
    }
  }

  public borrowing func append(_ bytes: [UInt8]) throws(FilesError) {
    try bytes.span.bytes.withUnsafeBytes { (buffer) throws(FilesError) in try append(buffer) }
  }

  /// Appends all of `parts`, evaluating and writing on all cores: a network larger than memory is
  /// written with a few pieces of it in memory, and evaluating does not wait for the writing.
  borrowing func append(_ parts: [FilePart]) throws(FilesError) {
    let start = lseek(descriptor, 0, SEEK_CUR)
    guard start >= 0 else { throw unwritable() }
    let writing = PartWriting(parts, to: descriptor, from: Int(start))
    writing.run()
    if let code = writing.failure { throw unwritable(code) }
    guard lseek(descriptor, off_t(writing.end), SEEK_SET) >= 0 else { throw unwritable() }
  }

  private borrowing func unwritable(_ code: Int32 = errno) -> FilesError {
    .unwritable(file: destination, reason: Self.reason(code, in: target.path))
  }

  /// Removes the file that ``commit()`` is to replace, for one that would be wrong beside what else
  /// appears.
  package borrowing func removeReplaced() throws(FilesError) {
    guard target.replaced != nil else { return }
    guard unlink(target.path) == 0 || errno == ENOENT else { throw unwritable() }
    Self.flushDirectory(Self.directory(of: target.path))
  }

  /// Gives the file its name.
  package mutating func commit() throws(FilesError) {
    try moveIntoPlace(target.path)
  }

  /// Gives the file another name in the directory of its own: one that its contents decide.
  mutating func commit(as name: String) throws(FilesError) {
    try moveIntoPlace("\(Self.directory(of: target.path))/\(name)")
  }

  private mutating func moveIntoPlace(_ path: String) throws(FilesError) {
    try rename(to: path)
    isCommitted = true
    Self.flushDirectory(Self.directory(of: path))
  }

  /// A rename replaces what is there; a link does not, so a file that came up meanwhile stays.
  private func rename(to path: String) throws(FilesError) {
    if !overwriting {
      if link(temporary, path) == 0 {
        unlink(temporary)
        return
      }
      if errno == EEXIST { throw .alreadyExists(file: destination) }
      // File systems without hard links fall through to the rename.
    }
    guard Foundation.rename(temporary, path) == 0 else { throw unwritable() }
  }
}

extension AtomicFile {
  /// Throws what ``write(_:overwriting:_:)`` would throw before it writes anything.
  package static func check(_ destination: String, overwriting: Bool) throws(FilesError) {
    _ = try OutputTarget(destination, overwriting: overwriting)
  }

  package static func flush(_ descriptor: Int32) -> Int32 {
    #if canImport(Darwin)
      // fsync there stops at the drive's cache.
      if fcntl(descriptor, F_FULLFSYNC) == 0 { return 0 }
    #endif
    return fsync(descriptor)
  }

  /// After a rename in it. Some file systems refuse; the rename has happened all the same.
  package static func flushDirectory(_ path: String) {
    let directory = open(path, O_RDONLY | O_CLOEXEC)
    guard directory >= 0 else { return }
    _ = flush(directory)
    close(directory)
  }

  /// By bytes, as the system reads a path: a combining mark after a slash does not hide it.
  package static func directory(of file: String) -> String {
    guard let slash = file.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }

  /// What follows ``directory(of:)`` in a path.
  package static func name(of file: String) -> String {
    guard let slash = file.utf8.lastIndex(of: UInt8(ascii: "/")) else { return file }
    return String(decoding: file.utf8[slash...].dropFirst(), as: UTF8.self)
  }

  package static func reason(_ code: Int32, in destination: String) -> String {
    switch code {
    case ENOENT: "the directory \(directory(of: destination)) does not exist"
    case ENOSPC, EDQUOT: "the disk is full"
    case EFBIG: "the file would be larger than this system or user may write"
    case EROFS: "the disk is read-only"
    case EACCES, EPERM: "no permission to write in \(directory(of: destination))"
    default: systemErrorText(code)
    }
  }
}
