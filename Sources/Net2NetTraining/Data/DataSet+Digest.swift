internal import Foundation
internal import Net2Net
internal import Net2NetFiles
internal import Synchronization

/// The SHA-256 of what is learnt from, computed when it is first asked for and remembered: copies of
/// a data set share it.
final class RememberedDigest: Sendable {
  private let digest = Mutex<Digest?>(nil)

  func value(_ compute: () throws -> Digest) rethrows -> Digest {
    try digest.withLock { known in
      let found = try known ?? compute()
      known = found
      return found
    }
  }
}

extension DataSet {
  /// Tells whether others hold the same samples with the same labels in the same order, to learn from
  /// and to be measured by, prepared alike. Where they are stored does not count.
  ///
  /// Of more than ``DigestOfParts/mostBytes`` a part is read, evenly spread.
  ///
  /// - Throws: `FilesError`, ``TrainingError`` where a sample cannot be had from its file.
  func digest() throws -> Digest {
    try rememberedDigest.value {
      var parts = DigestOfParts()
      for name in classes { parts.add(name) }
      parts.add(preparation)
      for split in [training, test] {
        parts.add(split.sampleShape.sizes)
        parts.add(split.labels)
        try split.samples.addContents(to: &parts)
      }
      return parts.digest
    }
  }
}

extension DigestOfParts {
  /// How much of a split's samples is hashed: a second's work.
  static let mostBytes = 1 << 30
  /// The same where each sample has to be fetched from a file of its own.
  static let mostBytesOfFiles = 64 << 20
}

extension StoredImages {
  func addContents(to parts: inout DigestOfParts) {
    let size = storedShape.elementCount
    pixels.withUnsafeBytes { bytes in
      parts.add(rows: 0..<count, of: bytes, size: size, atMost: DigestOfParts.mostBytes)
    }
  }
}

extension ArrayRows {
  func addContents(to parts: inout DigestOfParts) {
    parts.add([isChannelsLast ? 1 : 0])
    array.addRows(rows, to: &parts)
  }
}

extension TableRows {
  func addContents(to parts: inout DigestOfParts) {
    defer { withExtendedLifetime(values) {} }
    for names in categories {
      parts.add([names.count])
      for name in names { parts.add(name) }
    }
    parts.add(
      rows: rows, of: values.buffer, size: categories.count * 8, atMost: DigestOfParts.mostBytes)
  }
}

extension TokenWindows {
  /// Of a text that is too large, both ends.
  func addContents(to parts: inout DigestOfParts) {
    defer { withExtendedLifetime(bytes) {} }
    let end = start + max(0, count - 1) * stride + context + 1
    let text = bytes.buffer[start..<min(end, bytes.count)]
    let half = DigestOfParts.mostBytes / 2
    parts.add([count, context, stride])
    let ends = text.count > 2 * half ? [text.prefix(half), text.suffix(half)] : [text]
    for end in ends { parts.add(UnsafeRawBufferPointer(rebasing: end)) }
  }
}

extension SelectedSamples {
  func addContents(to parts: inout DigestOfParts) throws {
    parts.add(indices)
    try whole.addContents(to: &parts)
  }
}

extension FolderImages {
  /// The names and sizes of all files, and what those hold that are read.
  func addContents(to parts: inout DigestOfParts) throws {
    parts.add([options.resize ?? 0])
    var sizes: [Int] = []
    for file in files {
      sizes.append(try Self.size(of: file))
      parts.add(file.hasPrefix(directory) ? String(file.dropFirst(directory.count)) : file)
    }
    parts.add(sizes)
    let whole = sizes.reduce(0, +)
    let step = max(1, (whole + DigestOfParts.mostBytesOfFiles - 1) / DigestOfParts.mostBytesOfFiles)
    for index in Swift.stride(from: 0, to: files.count, by: step) {
      let bytes = try FileContents(of: files[index]).bytes
      withExtendedLifetime(bytes) { parts.add(bytes.buffer) }
    }
  }

  private static func size(of file: String) throws(FilesError) -> Int {
    var status = stat()
    guard stat(file, &status) == 0 else { throw .missing(file: file) }
    return Int(status.st_size)
  }
}
