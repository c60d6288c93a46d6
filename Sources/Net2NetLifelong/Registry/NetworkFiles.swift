internal import Foundation
internal import Net2Net
internal import Net2NetFiles
internal import OrderedCollections

/// Networks named by the SHA-256 of their ONNX files, `networks/ab/abcd….onnx`: the same network is
/// stored once, and a name says what must be in it.
struct NetworkFiles: Hashable, Sendable {
  let folder: String

  /// An ONNX file holds less than 2 GiB, and its name could not vouch for a second file.
  static let largestParameterBytes = 2_000_000_000

  /// Files that no version has are kept this long, for a registry that was restored from a copy.
  static let graceSeconds: TimeInterval = 7 * 24 * 3600

  func file(_ sha256: String) -> String {
    "\(folder)/\(sha256.prefix(2))/\(sha256).onnx"
  }

  /// Writes a network, whole or not at all; it is on the disk when this returns.
  ///
  /// - Returns: its SHA-256.
  /// - Throws: ``LifelongError/networkTooLarge(bytes:limit:)``, ``LifelongError/diskFull(file:)``,
  ///   `FilesError`.
  func add(_ network: Network) throws -> String {
    let bytes = network.parameters.values.reduce(0) { $0 + $1.byteCount }
    guard bytes <= Self.largestParameterBytes else {
      throw LifelongError.networkTooLarge(bytes: bytes, limit: Self.largestParameterBytes)
    }
    let temporary = "\(folder)/\(AtomicDirectory.temporaryName(for: "network"))"
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    do {
      try network.writeONNX(to: temporary)
    } catch {
      // Its own name is its contents' hash, which nobody knows yet.
      throw LifelongError.translated(error.naming(folder, insteadOf: temporary))
    }
    let sha256 = try Digest(ofFile: temporary).description
    try move(temporary, to: file(sha256), sha256)
    return sha256
  }

  private func move(_ temporary: String, to file: String, _ sha256: String) throws {
    // One that is there and damaged is replaced.
    if (try? Digest(ofFile: file).description) == sha256 { return }
    let directory = "\(folder)/\(sha256.prefix(2))"
    if mkdir(directory, 0o777) != 0, errno != EEXIST { throw unwritable(file) }
    guard rename(temporary, file) == 0 else { throw unwritable(file) }
    AtomicFile.flushDirectory(directory)
    AtomicFile.flushDirectory(folder)
  }

  private func unwritable(_ file: String) -> FilesError {
    .unwritable(file: file, reason: String(cString: strerror(errno)).lowercased())
  }

  /// The files here that are none of `known`, as paths from here.
  func unknown(but known: Set<String>) -> [String] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    let expected = Set(known.map { "\($0.prefix(2))/\($0).onnx" })
    return names.filter { name in
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(
        atPath: "\(folder)/\(name)", isDirectory: &isFolder)
      return !expected.contains(name) && !(isThere && isFolder.boolValue)
    }.sorted()
  }

  /// Removes what a writer that was killed left, and files that no version has had for a while.
  ///
  /// - Returns: how many files no version has that are younger than that.
  @discardableResult
  func removeStrays(
    keeping known: Set<String>, olderThan seconds: TimeInterval = Self.graceSeconds
  ) -> Int {
    AtomicDirectory.removeLeftovers(in: folder)
    var young = 0
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.count == 2 {
      AtomicDirectory.removeLeftovers(in: "\(folder)/\(name)")
      for file in (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
      where file.hasSuffix(".onnx") && !known.contains(String(file.dropLast(5))) {
        let path = "\(folder)/\(name)/\(file)"
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let written = attributes?[.modificationDate] as? Date ?? Date()
        if written.timeIntervalSinceNow < -seconds {
          try? FileManager.default.removeItem(atPath: path)
        } else {
          young += 1
        }
      }
    }
    return young
  }
}
