package import Foundation
package import Net2Net

/// The bytes of a file, for tensors to share.
///
/// Small files are read into memory. Large ones are mapped, so that a network larger than memory
/// can be read, with the one danger that mapping has: should another program *shorten* the file
/// in place, touching the lost part ends this process. Files written by this library are always
/// replaced by renaming, which leaves an existing mapping alone.
package struct FileContents {
  let file: String
  package let bytes: TensorBytes

  /// Files from this size on are mapped.
  static let mappingThreshold = 64 << 20

  package init(of file: String) throws(FilesError) {
    let descriptor = try FileDescriptor(reading: file)
    try self.init(of: descriptor)
  }

  init(of descriptor: borrowing FileDescriptor) throws(FilesError) {
    file = descriptor.file
    let count = try descriptor.size()
    bytes =
      count < Self.mappingThreshold
      ? try Self.read(descriptor, count: count) : try Self.map(descriptor, count: count)
  }

  var count: Int { bytes.count }
  var buffer: UnsafeRawBufferPointer { bytes.buffer }

  private static func read(
    _ descriptor: borrowing FileDescriptor, count: Int
  ) throws(FilesError) -> TensorBytes {
    try TensorBytes(byteCount: count) { (buffer) throws(FilesError) in
      try descriptor.read(into: buffer)
    }
  }

  private static func map(
    _ descriptor: borrowing FileDescriptor, count: Int
  ) throws(FilesError) -> TensorBytes {
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor.number, 0)
    guard let address, address != MAP_FAILED else {
      throw .unreadable(file: descriptor.file, reason: systemErrorText())
    }
    return TensorBytes(owning: UnsafeRawBufferPointer(start: address, count: count)) {
      munmap(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
    }
  }
}

extension FileContents {
  /// The whole of a file that is text.
  ///
  /// - Throws: ``FilesError``; ``FilesError/malformed(file:part:expected:found:)`` for bytes that are
  ///   not UTF-8.
  package static func text(of file: String) throws(FilesError) -> String {
    let bytes = try FileContents(of: file).bytes
    let text = withExtendedLifetime(bytes) { String(validating: bytes.buffer, as: UTF8.self) }
    guard let text else {
      throw .malformed(
        file: file, part: "contents", expected: "text in UTF-8", found: "other bytes")
    }
    return text
  }

  /// The whole of a small file.
  package static func data(of file: String) throws(FilesError) -> Data {
    let bytes = try FileContents(of: file).bytes
    return withExtendedLifetime(bytes) { Data(bytes.buffer) }
  }
}

/// An open file, closed when the value goes away.
package struct FileDescriptor: ~Copyable {
  package let number: Int32
  let file: String

  init(number: Int32, file: String) {
    self.number = number
    self.file = file
  }

  /// - Throws: what ``openedRegularFile(_:_:mode:)`` throws.
  init(reading file: String) throws(FilesError) {
    self.init(number: try Self.openedRegularFile(file, O_RDONLY), file: file)
  }

  deinit { close(number) }

  /// Opens a file; whoever calls it closes it. All files that may have been there before are opened
  /// here: a FIFO, which would be waited for without end, and a device, which may do something when
  /// it is opened, are refused.
  ///
  /// - Parameters:
  ///   - flags: as `open` takes them. With `O_NOFOLLOW` a symbolic link is refused as well.
  ///   - mode: of a file that `O_CREAT` makes.
  /// - Throws: ``FilesError/notAFile(file:found:)`` for anything but a regular file;
  ///   ``FilesError/missing(file:)``, ``FilesError/unreadable(file:reason:)``,
  ///   ``FilesError/unwritable(file:reason:)``.
  package static func openedRegularFile(
    _ file: String, _ flags: Int32, mode: mode_t = 0o666
  ) throws(FilesError) -> Int32 {
    var status = stat()
    let isThere =
      flags & O_NOFOLLOW != 0 ? lstat(file, &status) == 0 : stat(file, &status) == 0
    if isThere { try requireRegularFile(status, file) }
    // Not to wait for a FIFO that has taken the file's name since.
    let number = open(file, flags | O_CLOEXEC | O_NONBLOCK, mode)
    guard number >= 0 else { throw unopened(file, flags, errno) }
    do throws(FilesError) {
      guard fstat(number, &status) == 0 else { throw unopened(file, flags, errno) }
      try requireRegularFile(status, file)
    } catch {
      close(number)
      throw error
    }
    return number
  }

  private static func unopened(_ file: String, _ flags: Int32, _ code: Int32) -> FilesError {
    guard flags & O_ACCMODE == O_RDONLY else {
      return .unwritable(file: file, reason: AtomicFile.reason(code, in: file))
    }
    return code == ENOENT
      ? .missing(file: file) : .unreadable(file: file, reason: systemErrorText(code))
  }

  /// For files that other libraries open.
  ///
  /// - Throws: ``FilesError/notAFile(file:found:)``, ``FilesError/missing(file:)``,
  ///   ``FilesError/unreadable(file:reason:)``.
  package static func requireRegularFile(_ file: String) throws(FilesError) {
    var status = stat()
    guard stat(file, &status) == 0 else { throw unopened(file, O_RDONLY, errno) }
    try requireRegularFile(status, file)
  }

  private static func requireRegularFile(
    _ status: stat, _ file: String
  ) throws(FilesError) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR: throw .notAFile(file: file, found: "a directory")
    case S_IFIFO: throw .notAFile(file: file, found: "a FIFO")
    case S_IFSOCK: throw .notAFile(file: file, found: "a socket")
    case S_IFLNK: throw .notAFile(file: file, found: "a symbolic link")
    default: throw .notAFile(file: file, found: "a device")
    }
  }

  package func size() throws(FilesError) -> Int {
    var status = stat()
    guard fstat(number, &status) == 0 else {
      throw .unreadable(file: file, reason: systemErrorText())
    }
    return Int(status.st_size)
  }

  /// Fills `buffer` with the bytes from `start` on.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at start: Int = 0
  ) throws(FilesError) {
    var offset = 0
    while offset < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])
      let count = pread(number, rest.baseAddress, rest.count, off_t(start + offset))
      if count < 0 {
        if errno == EINTR { continue }
        throw .unreadable(file: file, reason: systemErrorText())
      }
      guard count > 0 else {
        throw .changedWhileRead(
          file: file, expected: start + buffer.count, found: start + offset)
      }
      offset += count
    }
  }
}

/// The sentence for `errno`, as it continues one of ours.
func systemErrorText(_ code: Int32 = errno) -> String {
  let text = String(cString: strerror(code))
  return text.prefix(1).lowercased() + text.dropFirst()
}
