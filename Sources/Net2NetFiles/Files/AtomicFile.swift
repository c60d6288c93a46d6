internal import Foundation
internal import Net2Net

/// A file that appears whole or not at all: written under a temporary name in the same
/// directory, flushed to the disk, renamed, and the directory flushed. A failure at any step
/// removes the temporary file and leaves what was there before.
public struct AtomicFile: ~Copyable {
  private let destination: String
  private let temporary: String
  private let overwriting: Bool
  private let descriptor: FileDescriptor
  private var isCommitted = false

  /// Writes `destination` piece by piece.
  ///
  /// - Parameter permissions: of the file, as far as the umask lets them be: any program's files may
  ///   be read by all.
  /// - Throws: ``FilesError/alreadyExists(file:)`` before `body` runs, unless `overwriting`;
  ///   ``FilesError/unwritable(file:reason:)``; whatever `body` throws.
  public static func write(
    _ destination: String, overwriting: Bool, permissions: UInt16 = 0o666,
    _ body: (borrowing AtomicFile) throws(FilesError) -> Void
  ) throws(FilesError) {
    var file = try AtomicFile(destination, overwriting: overwriting, permissions)
    try body(file)
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
    try write(destination, overwriting: overwriting) { (file) throws(FilesError) in
      try file.append(bytes)
    }
  }

  private init(
    _ destination: String, overwriting: Bool, _ permissions: UInt16
  ) throws(FilesError) {
    try Self.check(destination, overwriting: overwriting)
    let temporary = Self.temporaryName(beside: destination)
    let number = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(permissions))
    guard number >= 0 else {
      throw .unwritable(file: destination, reason: Self.reason(errno, in: destination))
    }
    self.destination = destination
    self.temporary = temporary
    self.overwriting = overwriting
    descriptor = FileDescriptor(number: number, file: destination)
  }

  deinit { if !isCommitted { unlink(temporary) } }

  public borrowing func append(_ bytes: UnsafeRawBufferPointer) throws(FilesError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Foundation.write(
        descriptor.number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
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
    let start = lseek(descriptor.number, 0, SEEK_CUR)
    guard start >= 0 else { throw unwritable() }
    let writing = PartWriting(parts, to: descriptor.number, from: Int(start))
    writing.run()
    if let code = writing.failure { throw unwritable(code) }
    guard lseek(descriptor.number, off_t(writing.end), SEEK_SET) >= 0 else { throw unwritable() }
  }

  private borrowing func unwritable(_ code: Int32 = errno) -> FilesError {
    .unwritable(file: destination, reason: Self.reason(code, in: destination))
  }

  private mutating func commit() throws(FilesError) {
    guard Self.flush(descriptor.number) == 0 else {
      throw .unwritable(file: destination, reason: Self.reason(errno, in: destination))
    }
    try moveIntoPlace()
    isCommitted = true
    Self.flushDirectory(Self.directory(of: destination))
  }

  /// A rename replaces what is there; a link does not, so a file that came up meanwhile stays.
  private func moveIntoPlace() throws(FilesError) {
    if !overwriting {
      if link(temporary, destination) == 0 {
        unlink(temporary)
        return
      }
      if errno == EEXIST { throw .alreadyExists(file: destination) }
      // File systems without hard links fall through to the rename.
    }
    guard rename(temporary, destination) == 0 else {
      throw .unwritable(file: destination, reason: Self.reason(errno, in: destination))
    }
  }
}

extension AtomicFile {
  /// Throws what ``write(_:overwriting:_:)`` would throw before it writes anything.
  static func check(_ destination: String, overwriting: Bool) throws(FilesError) {
    var status = stat()
    guard stat(destination, &status) == 0 else {
      if errno == ENOENT, !destination.isEmpty { return }
      throw .unwritable(file: destination, reason: reason(errno, in: destination))
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw .unwritable(file: destination, reason: "it is a directory")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unwritable(file: destination, reason: "it is not a regular file")
    }
    if !overwriting { throw .alreadyExists(file: destination) }
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

  static func directory(of file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }

  /// Short whatever the destination's length, for a name may have 255 bytes.
  private static func temporaryName(beside destination: String) -> String {
    let token = String(UInt64.random(in: .min ... .max), radix: 36)
    return directory(of: destination) + "/.net2net-\(token).tmp"
  }

  /// The name of a file that was never finished, should its writer be gone.
  static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(".net2net-") && name.hasSuffix(".tmp")
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
