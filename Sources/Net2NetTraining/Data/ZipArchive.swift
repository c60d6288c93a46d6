internal import CZip
internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// A zip file that is read; owns libzip's handle. Checks checksums as members are read to their end.
final class ZipArchive {
  let file: String
  private let archive: OpaquePointer
  /// In the order of the file.
  let names: [String]

  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)``, `FilesError`.
  init(_ file: String) throws {
    self.file = file
    // libzip opens it by itself, and would wait for a FIFO.
    try FileDescriptor.requireRegularFile(file)
    var code: Int32 = 0
    guard let archive = zip_open(file, ZIP_RDONLY, &code) else {
      var error = zip_error_t()
      zip_error_init_with_code(&error, code)
      defer { zip_error_fini(&error) }
      throw TrainingError.malformedData(
        file: file, part: "zip", expected: "an archive that NumPy's savez wrote",
        found: zip_error_strerror(&error).map { String(cString: $0) } ?? "error \(code)")
    }
    self.archive = archive
    names = (0..<max(zip_get_num_entries(archive, 0), 0)).map { index in
      zip_get_name(archive, zip_uint64_t(index), 0).map { String(cString: $0) } ?? ""
    }
  }

  deinit { zip_discard(archive) }

  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)`` for a member that is
  ///   there more than once, or encrypted.
  func member(_ name: String) throws(TrainingError) -> Member {
    let places = names.indices.filter { names[$0] == name }
    guard places.count == 1 else {
      throw malformed(name, "one member of this name", "\(places.count)")
    }
    var status = zip_stat_t()
    let index = zip_uint64_t(places[0])
    guard zip_stat_index(archive, index, 0, &status) == 0 else { throw failed(name) }
    guard status.encryption_method == 0 else {
      throw malformed(name, "a member without a password", "an encrypted one")
    }
    guard let handle = zip_fopen_index(archive, index, 0) else { throw failed(name) }
    return Member(self, name, handle)
  }

  private func failed(_ name: String) -> TrainingError {
    malformed(name, "a whole member", zip_strerror(archive).map { String(cString: $0) } ?? "")
  }

  fileprivate func malformed(
    _ name: String, _ expected: String, _ found: String
  ) -> TrainingError {
    .malformedData(file: file, part: "\"\(name)\"", expected: expected, found: found)
  }

  /// A member, read from its first byte to its last.
  final class Member {
    private let archive: ZipArchive
    private let name: String
    private let handle: OpaquePointer

    fileprivate init(_ archive: ZipArchive, _ name: String, _ handle: OpaquePointer) {
      self.archive = archive
      self.name = name
      self.handle = handle
    }

    deinit { zip_fclose(handle) }

    /// Fills `buffer` as far as the member goes, and returns how far.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TrainingError) -> Int {
      var filled = 0
      while filled < buffer.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        let count = zip_fread(handle, rest.baseAddress, zip_uint64_t(rest.count))
        if count < 0 {
          let text = zip_file_strerror(handle).map { String(cString: $0) } ?? ""
          throw archive.malformed(name, "a whole member", text)
        }
        if count == 0 { break }
        filled += Int(count)
      }
      return filled
    }
  }
}
