internal import Foundation

/// A file that grows at its end. What is appended is in the file at once, so that whoever watches
/// sees it and a writer that is killed loses no more than what it was appending.
package struct AppendedFile: ~Copyable {
  private let descriptor: FileDescriptor

  /// - Parameter creating: the file must not be there yet; else it must.
  /// - Throws: ``FilesError/unwritable(file:reason:)``, ``FilesError/notAFile(file:found:)``.
  package init(_ path: String, creating: Bool) throws(FilesError) {
    let flags = O_WRONLY | O_APPEND | (creating ? O_CREAT | O_EXCL : 0)
    descriptor = FileDescriptor(
      number: try FileDescriptor.openedRegularFile(path, flags), file: path)
  }

  /// - Throws: ``FilesError/unwritable(file:reason:)``; a part may have been written then.
  package borrowing func append(_ bytes: [UInt8]) throws(FilesError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes {
        Foundation.write(descriptor.number, $0.baseAddress, $0.count)
      }
      if written < 0, errno == EINTR { continue }
      guard written >= 0 else {
        throw .unwritable(
          file: descriptor.file, reason: AtomicFile.reason(errno, in: descriptor.file))
      }
      rest = rest.dropFirst(written)
    }
  }
}
