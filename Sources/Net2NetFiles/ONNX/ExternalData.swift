internal import Foundation
internal import Net2Net

/// Tensors whose bytes lie in files beside the model (ONNX `external_data`).
///
/// A model is not trusted to name files at will. A location is a relative path below the model's
/// directory, without `..`; what it leads to is a regular file; and where symbolic links take
/// part, the file they end at lies in the model's directory or in that of the file which the
/// model's own path ends at. (Hugging Face's cache keeps both as links into one directory of
/// blobs.)
struct ExternalData {
  private let model: String
  private var opened: [String: FileContents] = [:]

  init(beside model: String) { self.model = model }

  /// `count` bytes as the `external_data` entries describe them.
  mutating func bytes(
    _ entries: [(String, String)], count: Int, part: String
  ) throws(FilesError) -> (TensorBytes, offset: Int) {
    let entry = try Entry(entries, model: model, part: part)
    let contents = try contents(at: entry.location, part: part)
    if let length = entry.length, length != count {
      throw malformed(part, "\(count) bytes for its shape", "a length of \(length)")
    }
    guard count <= contents.count, entry.offset <= contents.count - count else {
      throw .truncated(
        file: contents.file, part: "\(part) of \(model)",
        expected: entry.offset.addingReportingOverflow(count).overflow
          ? Int.max : entry.offset + count,
        found: contents.count)
    }
    return (contents.bytes, entry.offset)
  }

  private mutating func contents(
    at location: String, part: String
  ) throws(FilesError) -> FileContents {
    if let contents = opened[location] { return contents }
    let directory = AtomicFile.directory(of: model)
    let path = path(to: location, from: directory)
    let descriptor = try FileDescriptor(reading: path)
    guard let target = Self.resolved(path), let home = Self.resolved(directory),
      let modelFile = Self.resolved(model)
    else { throw .unreadable(file: path, reason: systemErrorText()) }
    let homes = [home, AtomicFile.directory(of: modelFile)]
    // By bytes, as the system compares names.
    guard homes.contains(where: { target.utf8.starts(with: ($0 == "/" ? "/" : $0 + "/").utf8) })
    else {
      throw malformed(part, "its data below the model's directory", "a link to \(target)")
    }
    let contents = try FileContents(of: descriptor)
    opened[location] = contents
    return contents
  }

  /// A model that is reached through a link may have its data beside itself instead.
  private func path(to location: String, from directory: String) -> String {
    let path = directory == "." ? location : "\(directory)/\(location)"
    guard access(path, F_OK) != 0, let target = Self.resolved(model) else { return path }
    let beside = "\(AtomicFile.directory(of: target))/\(location)"
    return access(beside, F_OK) == 0 ? beside : path
  }

  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  private func malformed(_ part: String, _ expected: String, _ found: String) -> FilesError {
    .malformed(file: model, part: part, expected: expected, found: found)
  }
}

/// One tensor's `external_data`, checked. Keys that are not known are ignored, as the format
/// asks; a checksum is for those who transport files.
private struct Entry {
  let location: String
  var offset = 0
  var length: Int?

  init(_ entries: [(String, String)], model: String, part: String) throws(FilesError) {
    func malformed(_ expected: String, _ found: String) -> FilesError {
      .malformed(file: model, part: "\(part): external data", expected: expected, found: found)
    }
    func size(_ text: String, _ key: String) throws(FilesError) -> Int {
      guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text) else {
        throw malformed("\(key) in decimal digits", "\"\(text)\"")
      }
      return value
    }
    var location: String?
    var seen: Set<String> = []
    for (key, value) in entries {
      guard seen.insert(key).inserted else { throw malformed("one \(key)", "several") }
      switch key {
      case "location": location = value
      case "offset": offset = try size(value, key)
      case "length": length = try size(value, key)
      default: break
      }
    }
    guard let location else { throw malformed("a location", "none") }
    guard Self.staysBelow(location) else {
      throw malformed("a relative path below the model's directory", "\"\(location)\"")
    }
    self.location = location
  }

  /// By bytes, as the system reads a path.
  private static func staysBelow(_ location: String) -> Bool {
    let bytes = Array(location.utf8)
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let namesDrive = bytes.dropFirst().first == UInt8(ascii: ":")
    return !namesDrive && !bytes.contains(UInt8(ascii: "\\")) && !bytes.contains(0)
      && parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual("..".utf8) }
  }
}
