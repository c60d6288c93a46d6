internal import Foundation

/// What a path leads to, whatever it is called: two paths of one file have one identity.
package struct FileIdentity: Equatable {
  /// Without links, and without `.` and `..`.
  package let directory: String
  private let name: String
  /// Of a file that exists.
  private let number: (device: dev_t, node: ino_t)?

  package init(_ path: String) {
    let path = (try? OutputTarget(path, overwriting: true))?.path ?? path
    let folder = AtomicFile.directory(of: path)
    if let real = realpath(folder, nil) {
      directory = String(cString: real)
      free(real)
    } else {
      directory = folder
    }
    name = AtomicFile.name(of: path)
    var status = stat()
    number = stat(path, &status) == 0 ? (status.st_dev, status.st_ino) : nil
  }

  /// Whether the file is in a folder, or in one of those in it.
  package func lies(in folder: FileIdentity) -> Bool {
    let above = "\(folder.directory)/\(folder.name)"
    return directory.utf8.elementsEqual(above.utf8)
      || directory.utf8.starts(with: "\(above)/".utf8)
  }

  package static func == (left: FileIdentity, right: FileIdentity) -> Bool {
    if let first = left.number, let second = right.number { return first == second }
    // By bytes, as the system compares names.
    return left.directory.utf8.elementsEqual(right.directory.utf8)
      && left.name.utf8.elementsEqual(right.name.utf8)
  }
}
