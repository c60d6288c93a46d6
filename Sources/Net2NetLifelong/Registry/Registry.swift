internal import Foundation
internal import GRDB
internal import Net2NetFiles

/// What is known of a live model: its versions, which of them are champion, candidate and previous,
/// and what happened. A SQLite database in WAL mode, every commit on the disk before it returns.
///
/// Many threads may use it at once: reads see one moment each, writes take turns. Network files lie
/// beside it, see ``NetworkFiles``, and are durable before the row that names them.
public struct Registry: Sendable {
  let database: any DatabaseWriter
  let file: String
  let networks: NetworkFiles
  /// Nil for whoever only reads.
  private let changes: RowChanges?
  let commits: CommitFile?

  /// How long another program may keep the database locked.
  static let patienceSeconds = 5

  /// Opens the registry that is there, or makes one.
  ///
  /// - Parameter creating: there must be none yet; else there must be one.
  /// - Throws: ``LifelongError``, the cases of the registry.
  init(_ folder: LiveFolder, creating: Bool) throws {
    file = folder.registryFile
    networks = NetworkFiles(folder: folder.networksFolder)
    let exists = FileManager.default.fileExists(atPath: file)
    guard exists || creating else { throw LifelongError.registryMissing(file: file) }
    try Self.requireRegularFiles(file)
    let changes = RowChanges()
    self.changes = changes
    let commits = try CommitFile(folder.commitsFile)
    self.commits = commits
    database = try Self.open(file) {
      let pool = try DatabasePool(path: folder.registryFile, configuration: Self.configuration)
      try pool.writeWithoutTransaction(Self.flushEveryCommit)
      try Self.migrate(pool, file: folder.registryFile)
      pool.add(transactionObserver: changes, extent: .databaseLifetime)
      return pool
    }
    try missCommits(folder, creating: creating)
  }

  /// Opens the registry that is there to look at it, whoever writes to it meanwhile.
  ///
  /// - Throws: ``LifelongError``, the cases of the registry.
  init(reading folder: LiveFolder) throws {
    file = folder.registryFile
    networks = NetworkFiles(folder: folder.networksFolder)
    guard FileManager.default.fileExists(atPath: file) else {
      throw LifelongError.registryMissing(file: file)
    }
    try Self.requireRegularFiles(file)
    changes = nil
    commits = nil
    database = try Self.open(file) {
      var configuration = Self.configuration
      configuration.readonly = true
      let queue = try DatabaseQueue(path: folder.registryFile, configuration: configuration)
      try Self.checkSchema(queue, file: folder.registryFile)
      return queue
    }
  }

  /// SQLite opens them by itself, and would wait for a FIFO.
  private static func requireRegularFiles(_ file: String) throws(FilesError) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
      do throws(FilesError) {
        try FileDescriptor.requireRegularFile(file + suffix)
      } catch {
        guard case .missing = error else { throw error }
      }
    }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "registry"
    configuration.busyMode = .timeout(TimeInterval(patienceSeconds))
    configuration.foreignKeysEnabled = true
    return configuration
  }

  /// Commits are few; losing one to a power failure would lose a version. Set on the one connection
  /// that writes, after it has been opened: a pool sets its own choice when it switches to WAL.
  private static func flushEveryCommit(_ database: Database) throws {
    try database.execute(sql: "PRAGMA synchronous = FULL")
    #if canImport(Darwin)
      try database.execute(sql: "PRAGMA fullfsync = ON")
    #endif
  }

  private static func open<T>(_ file: String, _ body: () throws -> T) throws -> T {
    do { return try body() } catch { throw translated(error, file: file) }
  }

  func read<T>(_ body: (Database) throws -> T) throws -> T {
    do { return try database.read(body) } catch { throw Self.translated(error, file: file) }
  }

  /// One transaction: all of it, with the checksums of the rows that it changes, or nothing.
  func write<T>(_ body: (Database) throws -> T) throws -> T {
    do {
      let (result, count) = try database.write { database in
        _ = changes?.take()
        let result = try body(database)
        try database.execute(sql: "UPDATE commitCount SET count = count + 1")
        if let changes { try Self.noteChecksums(of: changes.take(), in: database) }
        return (result, try Self.commitCount(in: database))
      }
      if let count { commits?.note(count) }
      return result
    } catch {
      throw Self.translated(error, file: file)
    }
  }

  /// SQLite's own examination of the whole database.
  ///
  /// - Throws: ``LifelongError/registryDamaged(file:found:)`` with the first finding.
  public func checkIntegrity() throws {
    try read { database in
      let findings = try String.fetchAll(database, sql: "PRAGMA integrity_check(1)")
      if let finding = findings.first, finding != "ok" {
        throw LifelongError.registryDamaged(file: file, found: finding)
      }
      if let row = try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") {
        let table = try row.decode(String.self, atIndex: 0)
        throw LifelongError.registryDamaged(
          file: file, found: "a row of \(table) names one that is not there")
      }
    }
  }

  /// In words for whoever can mend it.
  private static func translated(_ error: any Error, file: String) -> any Error {
    if error is RowDecodingError {
      return LifelongError.registryDamaged(file: file, found: "a value of another kind")
    }
    guard let error = error as? DatabaseError else { return error }
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return LifelongError.registryLocked(file: file, seconds: patienceSeconds)
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      return LifelongError.registryReadOnly(file: file)
    case .SQLITE_FULL:
      return LifelongError.diskFull(file: file)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      return LifelongError.registryDamaged(file: file, found: error.message ?? "no database")
    default:
      return LifelongError.registryDamaged(file: file, found: "\(error)")
    }
  }
}
