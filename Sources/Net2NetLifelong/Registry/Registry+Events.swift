internal import GRDB

extension Registry {
  /// Notes that something happened.
  @discardableResult
  public func record(
    _ kind: RegistryEvent.Kind, version: Int? = nil, _ detail: [String: JSONValue] = [:]
  ) throws -> RegistryEvent {
    try write { try record(kind, version: version, detail, in: $0) }
  }

  @discardableResult
  func record(
    _ kind: RegistryEvent.Kind, version: Int?, _ detail: [String: JSONValue],
    at time: Timestamp = Timestamp(), in database: Database
  ) throws -> RegistryEvent {
    try database.execute(
      sql: "INSERT INTO event (kind, version, time, detail) VALUES (?, ?, ?, ?)",
      arguments: [kind.rawValue, version, time.millisecondsSince1970, try encoded(detail)])
    return RegistryEvent(
      id: Int(database.lastInsertedRowID), kind: kind, version: version, time: time,
      detail: detail)
  }

  /// What happened after the event `id`, oldest first.
  ///
  /// - Parameter kinds: only these; all when empty.
  public func events(
    after id: Int = 0, kinds: Set<RegistryEvent.Kind> = [], limit: Int = 1000
  ) throws -> [RegistryEvent] {
    try events("id > ? \(Self.condition(kinds)) ORDER BY id", [id, limit])
  }

  /// What happened last, newest first.
  public func latestEvents(
    kinds: Set<RegistryEvent.Kind> = [], limit: Int = 100
  ) throws -> [RegistryEvent] {
    try events("id > ? \(Self.condition(kinds)) ORDER BY id DESC", [0, limit])
  }

  /// Kinds are ours, so they may stand in the text.
  private static func condition(_ kinds: Set<RegistryEvent.Kind>) -> String {
    kinds.isEmpty
      ? "" : "AND kind IN (\(kinds.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))"
  }

  private func events(_ condition: String, _ arguments: StatementArguments) throws
    -> [RegistryEvent]
  {
    try read { database in
      try Row.fetchAll(
        database,
        sql: "SELECT id, kind, version, time, detail FROM event WHERE \(condition) LIMIT ?",
        arguments: arguments
      ).map(RegistryEvent.init)
    }
  }

  // MARK: Notes

  /// What was noted under a name, for whoever goes on after a restart; nil where nothing was.
  public func note<Value: Decodable>(_ name: String, as: Value.Type = Value.self) throws -> Value? {
    try read { database in
      try String.fetchOne(database, sql: "SELECT value FROM note WHERE name = ?", arguments: [name])
        .map { try decoded(Value.self, $0) }
    }
  }

  /// Replaces what was noted under a name.
  public func note(_ value: some Encodable, as name: String) throws {
    let text = try encoded(value)
    try write { database in
      try database.execute(
        sql: """
          INSERT INTO note (name, value) VALUES (?, ?)
          ON CONFLICT (name) DO UPDATE SET value = excluded.value
          """,
        arguments: [name, text])
    }
  }
}
