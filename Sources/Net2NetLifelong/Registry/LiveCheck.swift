/// Everything that a live model has on its disk, read and compared with what it should be.
public struct LiveCheck: Sendable, Encodable {
  public let versionCount: Int
  public let exampleCount: Int
  /// What is wrong, a sentence each.
  public let findings: [String]

  /// Reads the registry, the file of every version and every example, and runs what aliases point
  /// to. Another process may write meanwhile.
  ///
  /// - Throws: what keeps it from looking any further.
  public init(reading path: String) throws {
    let folder = LiveFolder(path)
    let settings = try folder.settings()
    let registry = try Registry(reading: folder)
    var findings: [String] = []
    func note(_ body: () throws -> Void) {
      do { try body() } catch { findings.append("\(error)") }
    }
    note { try registry.checkIntegrity() }
    let versions = try registry.versions(limit: .max)
    for version in versions { note { _ = try registry.network(of: version) } }
    for number in Set(try registry.aliases().values).sorted() {
      note { _ = try registry.verified(number, for: settings) }
    }
    let store = try ExampleStore(folder, settings, registry, isReadOnly: true)
    for number in try store.verify() {
      note { throw LifelongError.damagedExample(number, file: try store.file(of: number)) }
    }
    versionCount = versions.count
    exampleCount = store.count
    // What an alias points to may be found twice.
    self.findings = findings.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
