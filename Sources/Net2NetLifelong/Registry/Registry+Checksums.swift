internal import Crypto
internal import Foundation
internal import GRDB
internal import Synchronization

// SQLite's own examination finds pages that do not belong together, not a number that has become
// another. So each row that is written has a checksum in a table of its own, in the same transaction.

/// Tables whose rows have checksums. Where rows are numbered each has one; the two small ones that go
/// by names have one as a whole, under 0.
enum ChecksummedTable: String, CaseIterable, Hashable {
  case version, event, segment, reign, alias, note, commitCount

  var key: String {
    switch self {
    case .version: "number"
    case .event: "id"
    case .segment: "first"
    case .reign: "depth"
    case .commitCount: "id"
    case .alias, .note: "name"
    }
  }

  var isNumbered: Bool { self != .alias && self != .note }
}

/// Which rows the transaction that runs has changed. Called by GRDB on the thread that writes.
final class RowChanges: TransactionObserver, Sendable {
  private let rows = Mutex<[ChecksummedTable: Set<Int64>]>([:])

  func take() -> [ChecksummedTable: Set<Int64>] {
    rows.withLock { rows in
      defer { rows = [:] }
      return rows
    }
  }

  func observes(eventsOfKind kind: DatabaseEventKind) -> Bool {
    switch kind {
    case .insert(let table), .delete(let table), .update(let table, _):
      ChecksummedTable(rawValue: table) != nil
    }
  }

  func databaseDidChange(with event: DatabaseEvent) {
    guard let table = ChecksummedTable(rawValue: event.tableName) else { return }
    rows.withLock { _ = $0[table, default: []].insert(event.rowID) }
  }

  func databaseDidCommit(_: Database) {}
  func databaseDidRollback(_: Database) {}
}

extension Registry {
  static let checksumSchema = """
    ALTER TABLE segment ADD COLUMN digest INTEGER;

    CREATE TABLE rowChecksum (
      tableName TEXT NOT NULL,
      row INTEGER NOT NULL,
      checksum INTEGER NOT NULL,
      PRIMARY KEY (tableName, row)
    ) STRICT, WITHOUT ROWID;

    -- One row; the number lies in a file beside this one too.
    CREATE TABLE commitCount (
      id INTEGER PRIMARY KEY CHECK (id = 0),
      count INTEGER NOT NULL
    ) STRICT;
    INSERT INTO commitCount VALUES (0, 0);
    """

  // MARK: Writing

  static func noteChecksums(
    of changes: [ChecksummedTable: Set<Int64>], in database: Database
  ) throws {
    for (table, rows) in changes {
      if table.isNumbered {
        for row in rows { try noteChecksum(of: row, table, in: database) }
      } else {
        try note(try checksum(ofAll: table, in: database), of: 0, table, in: database)
      }
    }
  }

  /// Of everything that was written before there were any.
  static func noteAllChecksums(in database: Database) throws {
    for table in ChecksummedTable.allCases {
      let rows =
        table.isNumbered
        ? try Int64.fetchSet(database, sql: "SELECT \(table.key) FROM \(table.rawValue)") : [0]
      try noteChecksums(of: [table: rows], in: database)
    }
  }

  private static func noteChecksum(
    of number: Int64, _ table: ChecksummedTable, in database: Database
  ) throws {
    let row = try Row.fetchOne(
      database, sql: "SELECT * FROM \(table.rawValue) WHERE \(table.key) = ?", arguments: [number])
    if let row { return try note(checksum([row]), of: number, table, in: database) }
    try database.execute(
      sql: "DELETE FROM rowChecksum WHERE tableName = ? AND row = ?",
      arguments: [table.rawValue, number])
  }

  private static func note(
    _ checksum: Int64, of row: Int64, _ table: ChecksummedTable, in database: Database
  ) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO rowChecksum (tableName, row, checksum) VALUES (?, ?, ?)",
      arguments: [table.rawValue, row, checksum])
  }

  private static func checksum(
    ofAll table: ChecksummedTable, in database: Database
  ) throws -> Int64 {
    checksum(
      try Row.fetchAll(database, sql: "SELECT * FROM \(table.rawValue) ORDER BY \(table.key)"))
  }

  /// The first 64 bits of the SHA-256 of kinds, lengths and bytes of all values.
  private static func checksum(_ rows: [Row]) -> Int64 {
    var hash = SHA256()
    for value in rows.flatMap(\.databaseValues) {
      let (kind, bytes) = content(of: value)
      hash.update(data: Array("\(kind)\(bytes.count) ".utf8))
      hash.update(data: bytes)
    }
    return Int64(
      bitPattern: hash.finalize().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  private static func content(of value: DatabaseValue) -> (kind: Character, bytes: Data) {
    switch value.storage {
    case .null: ("n", Data())
    case .int64(let number): ("i", Data("\(number)".utf8))
    case .double(let number): ("d", Data("\(number.bitPattern)".utf8))
    case .string(let text): ("t", Data(text.utf8))
    case .blob(let bytes): ("b", bytes)
    }
  }

  // MARK: Commits

  /// Nil for a registry of before they were counted.
  static func commitCount(in database: Database) throws -> Int? {
    guard try database.tableExists("commitCount") else { return nil }
    return try Int.fetchOne(database, sql: "SELECT count FROM commitCount")
  }

  /// Goes on counting from what there has been, and tells of commits that are gone.
  func missCommits(_ folder: LiveFolder, creating: Bool) throws {
    let known: Int?
    do {
      known = try CommitFile.read(folder.commitsFile)
    } catch is LifelongError {
      known = nil
    }
    let count = try read { try Self.commitCount(in: $0) } ?? 0
    guard let known, known > count else { return commits?.note(count) ?? () }
    try write { database in
      try database.execute(sql: "UPDATE commitCount SET count = ?", arguments: [known])
      try record(.commitsLost, version: nil, ["commits": JSONValue(known - count)], in: database)
    }
  }

  // MARK: Comparing

  /// What ``checkRows()`` finds.
  struct RowCheck {
    /// How many rows there are.
    var rows = 0
    /// False for a registry of before there were checksums.
    var hasChecksums = true
    /// Sentences.
    var findings: [LifelongError] = []
  }

  /// Compares every row with its checksum, numbers that were given with those that are there, and the
  /// schema with what it should be.
  func checkRows() throws -> RowCheck {
    try read { database in
      var check = RowCheck()
      check.hasChecksums = try database.tableExists("rowChecksum")
      var parts = check.hasChecksums ? try Self.schemaDifferences(in: database) : []
      for table in ChecksummedTable.allCases {
        guard try database.tableExists(table.rawValue) else { continue }
        check.rows +=
          try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table.rawValue)") ?? 0
        guard check.hasChecksums else { continue }
        let rows =
          table.isNumbered
          ? try Self.differingRows(of: table, in: database)
          : try Self.differs(table, in: database) ? [0] : []
        if !rows.isEmpty { parts.append(Self.sentence(rows, table)) }
      }
      for table in [ChecksummedTable.version, .event] {
        if try !Self.lastNumberSuits(table, in: database) {
          parts.append("the last number given in the table \(table)")
        }
      }
      check.findings = parts.map { .registryAltered(file: file, part: $0) }
      return check
    }
  }

  /// Rows that are not what their checksum says, and those that only one of both has.
  private static func differingRows(
    of table: ChecksummedTable, in database: Database
  ) throws -> [Int64] {
    var expected: [Int64: Int64] = [:]
    let noted = try Row.fetchCursor(
      database, sql: "SELECT row, checksum FROM rowChecksum WHERE tableName = ?",
      arguments: [table.rawValue])
    while let row = try noted.next() {
      expected[try row.decode(Int64.self, atIndex: 0)] = try row.decode(Int64.self, atIndex: 1)
    }
    var differing: [Int64] = []
    let rows = try Row.fetchCursor(database, sql: "SELECT * FROM \(table.rawValue)")
    while let row = try rows.next() {
      let number = try row.decode(Int64.self, forColumn: table.key)
      if expected.removeValue(forKey: number) != checksum([row]) { differing.append(number) }
    }
    return (differing + expected.keys).sorted()
  }

  private static func differs(_ table: ChecksummedTable, in database: Database) throws -> Bool {
    let expected = try Int64.fetchOne(
      database, sql: "SELECT checksum FROM rowChecksum WHERE tableName = ?",
      arguments: [table.rawValue])
    // Nothing has been noted of a table that nothing has been written to.
    guard let expected else {
      return try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table.rawValue)") != 0
    }
    return try checksum(ofAll: table, in: database) != expected
  }

  private static func sentence(_ rows: [Int64], _ table: ChecksummedTable) -> String {
    guard table.isNumbered else { return "the table \(table)" }
    let named = rows.prefix(5).map { "\($0)" }.joined(separator: ", ")
    let rest = rows.count > 5 ? " and \(rows.count - 5) more" : ""
    return "row\(rows.count == 1 ? "" : "s") \(named)\(rest) of the table \(table)"
  }

  /// Rows of these tables are never deleted.
  private static func lastNumberSuits(
    _ table: ChecksummedTable, in database: Database
  ) throws -> Bool {
    let given = try Int64.fetchOne(
      database, sql: "SELECT seq FROM sqlite_sequence WHERE name = ?", arguments: [table.rawValue])
    let largest = try Int64.fetchOne(
      database, sql: "SELECT max(\(table.key)) FROM \(table.rawValue)")
    return (given ?? 0) == (largest ?? 0)
  }

  /// Compared with that of a new registry; what others have added is theirs, but for triggers.
  private static func schemaDifferences(in database: Database) throws -> [String] {
    let fresh = try DatabaseQueue()
    try migrate(fresh, file: "")
    let expected = try fresh.read { try schema(of: $0) }
    let found = try schema(of: database)
    let names = Set(expected.keys).union(found.keys.filter { $0.hasPrefix("trigger ") })
    return names.filter { expected[$0] != found[$0] }.sorted().map { "the schema, \($0)" }
  }

  private static func schema(of database: Database) throws -> [String: String] {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT type || ' ' || name AS name, sql FROM sqlite_schema
        WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name <> 'grdb_migrations'
        """)
    let pairs: [(String, String)] = try rows.map {
      (try $0.decode(atIndex: 0), try $0.decode(atIndex: 1))
    }
    return Dictionary(pairs, uniquingKeysWith: { $1 })
  }
}
