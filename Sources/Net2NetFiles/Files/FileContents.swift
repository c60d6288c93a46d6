internal import Foundation
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
    let count = try descriptor.regularFileSize()
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

/// An open file, closed when the value goes away.
struct FileDescriptor: ~Copyable {
  let number: Int32
  let file: String

  init(number: Int32, file: String) {
    self.number = number
    self.file = file
  }

  /// Does not wait for the other end of a FIFO; see ``regularFileSize()``.
  init(reading file: String) throws(FilesError) {
    let number = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard number >= 0 else {
      throw errno == ENOENT
        ? .missing(file: file) : .unreadable(file: file, reason: systemErrorText())
    }
    self.init(number: number, file: file)
  }

  deinit { close(number) }

  /// - Throws: ``FilesError/notAFile(file:found:)`` for directories, FIFOs and devices.
  func regularFileSize() throws(FilesError) -> Int {
    var status = stat()
    guard fstat(number, &status) == 0 else {
      throw .unreadable(file: file, reason: systemErrorText())
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int(status.st_size)
    case S_IFDIR: throw .notAFile(file: file, found: "a directory")
    case S_IFIFO: throw .notAFile(file: file, found: "a FIFO")
    case S_IFSOCK: throw .notAFile(file: file, found: "a socket")
    default: throw .notAFile(file: file, found: "a device")
    }
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
