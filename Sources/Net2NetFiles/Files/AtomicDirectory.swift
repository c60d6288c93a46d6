internal import Foundation
internal import Net2Net

/// A folder of files that appears whole or not at all: filled under a temporary name beside its
/// own, each file flushed to the disk, a manifest of sizes and SHA-256 hashes written last, then
/// renamed, and the folder above flushed.
public enum AtomicDirectory {
  public static let manifestName = "MANIFEST.json"
  private static let mark = ".tmp-"

  /// Sizes and hashes of all files in a folder but itself.
  private struct Manifest: Codable {
    struct Entry: Codable {
      var bytes: Int
      var sha256: String
    }

    var formatVersion = 1
    var files: [String: Entry]
  }

  /// Makes the folder `path`; what was there before is replaced.
  ///
  /// - Parameter fill: writes the files, each crash-safe itself, into the folder that it is given.
  /// - Throws: ``FilesError/unwritable(file:reason:)``, or what `fill` throws; nothing is left
  ///   then, and what was there before stays.
  public static func write(_ path: String, _ fill: (_ folder: String) throws -> Void) throws {
    let temporary = temporaryName(for: path)
    do {
      let lock = try make(temporary, for: path)
      defer { close(lock) }
      try fill(temporary)
      try writeManifest(of: temporary)
      try replace(path, by: temporary)
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      throw (error as? FilesError)?.naming(path, insteadOf: temporary) ?? error
    }
  }

  /// A name beside `path` that ``removeLeftovers(in:)`` knows.
  package static func temporaryName(for path: String) -> String {
    path + mark + String(UInt64.random(in: .min ... .max), radix: 36)
  }

  /// - Returns: an open descriptor that holds the folder's lock, by which ``removeLeftovers(in:)``
  ///   knows that its writer is alive.
  private static func make(_ temporary: String, for path: String) throws(FilesError) -> Int32 {
    guard mkdir(temporary, 0o777) == 0 else {
      throw .unwritable(file: path, reason: AtomicFile.reason(errno, in: path))
    }
    let folder = open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else {
      throw .unwritable(file: path, reason: AtomicFile.reason(errno, in: path))
    }
    _ = flock(folder, LOCK_EX | LOCK_NB)  // Some file systems have none.
    return folder
  }

  private static func writeManifest(of folder: String) throws {
    var manifest = Manifest(files: [:])
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      // Hashed as it was read back, so that what the manifest says is what the disk gave.
      manifest.files[name] = Manifest.Entry(
        bytes: try size("\(folder)/\(name)"),
        sha256: try Digest(ofFile: "\(folder)/\(name)").description)
    }
    try AtomicFile.write(
      try json(manifest) + "\n", to: "\(folder)/\(manifestName)", overwriting: false)
  }

  /// What was there moves aside first, so that a kill between the two renames is the only moment at
  /// which neither has the name.
  private static func replace(_ path: String, by temporary: String) throws(FilesError) {
    let old = temporary + "-old"
    let replaces = rename(path, old) == 0
    guard rename(temporary, path) == 0 else {
      let code = errno
      if replaces { rename(old, path) }
      throw .unwritable(file: path, reason: AtomicFile.reason(code, in: path))
    }
    AtomicFile.flushDirectory(AtomicFile.directory(of: path))
    if replaces { try? FileManager.default.removeItem(atPath: old) }
  }

  /// Whether every file that the manifest lists is there, as long and with the bytes it says.
  ///
  /// - Throws: ``FilesError`` naming the first that is not, or the manifest.
  public static func verify(_ path: String) throws(FilesError) {
    let manifest = try readManifest(path)
    for (name, entry) in manifest.files.sorted(by: { $0.key < $1.key }) {
      let file = "\(path)/\(name)"
      let found = try size(file)
      guard found == entry.bytes else {
        throw .truncated(file: file, part: "the file", expected: entry.bytes, found: found)
      }
      let hash = try Digest(ofFile: file).description
      guard hash == entry.sha256 else {
        throw .malformed(
          file: file, part: "SHA-256", expected: "\(entry.sha256), as \(manifestName) says,",
          found: hash)
      }
    }
  }

  /// The names of the files that the manifest lists.
  ///
  /// - Throws: what ``verify(_:)`` throws of the manifest.
  package static func listedFiles(in path: String) throws(FilesError) -> [String] {
    try readManifest(path).files.keys.sorted()
  }

  private static func readManifest(_ path: String) throws(FilesError) -> Manifest {
    let file = "\(path)/\(manifestName)"
    let bytes = try FileContents(of: file).bytes
    let text = withExtendedLifetime(bytes) { Data(bytes.buffer) }
    guard let manifest = try? JSONDecoder().decode(Manifest.self, from: text),
      manifest.formatVersion == 1
    else {
      throw .malformed(
        file: file, part: "contents", expected: "a manifest", found: "something else")
    }
    return manifest
  }

  private static func size(_ file: String) throws(FilesError) -> Int {
    try FileDescriptor(reading: file).size()
  }

  /// Removes what writers that were killed left in `folder`; those that are alive keep theirs.
  public static func removeLeftovers(in folder: String) {
    TemporaryFile.removeLeftovers(in: folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.contains(mark) && !isHeld("\(folder)/\(name)") {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }

  private static func isHeld(_ path: String) -> Bool {
    let number = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else { return false }
    defer { close(number) }
    return flock(number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
