internal import Foundation
internal import GRDB
public import Net2Net
internal import Net2NetFiles

extension Registry {
  /// Writes a network's file, then its row: whatever a crash cuts off, every row has its file.
  ///
  /// - Parameter goldenSeed: what the inputs of its golden outputs are drawn from.
  /// - Throws: ``LifelongError/unknownVersion(_:newest:)`` for a parent that there is not,
  ///   ``LifelongError/networkTooLarge(bytes:limit:)``, ``LifelongError/diskFull(file:)``;
  ///   `NetworkError`, `EngineError` for a network that does not run.
  public func add(
    _ network: Network, as draft: VersionDraft, goldenSeed: UInt64 = 0
  ) throws -> Version {
    if let parent = draft.parent { _ = try version(parent) }
    let cost = try network.cost()
    let golden = try GoldenOutputs(of: network, seed: goldenSeed)
    let sha256 = try networks.add(network)
    return try write { database in
      let now = Timestamp()
      try database.execute(
        sql: """
          INSERT INTO version
            (parent, origin, firstExample, endExample, metrics, cost, sha256, golden, created)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          draft.parent, try encoded(draft.origin), draft.examples?.lowerBound,
          draft.examples?.upperBound, try encoded(draft.metrics), try encoded(cost), sha256,
          try encoded(golden), now.millisecondsSince1970,
        ])
      let number = Int(database.lastInsertedRowID)
      try record(
        .added, version: number,
        ["origin": .string(draft.origin.kind.rawValue), "parameters": JSONValue(cost.parameters)],
        at: now, in: database)
      return try Self.version(number, in: database)
    }
  }

  /// The version that was made of the same network, from the same parent by the same examples; nil
  /// where there is none.
  func version(of network: Network, as draft: VersionDraft) throws -> Version? {
    let sha256 = try networks.add(network)
    return try read { database in
      try Row.fetchOne(
        database,
        sql: """
          SELECT \(Version.columns) FROM version
          WHERE sha256 = ? AND parent IS ? AND firstExample IS ? AND endExample IS ?
          ORDER BY number LIMIT 1
          """,
        arguments: [
          sha256, draft.parent, draft.examples?.lowerBound, draft.examples?.upperBound,
        ]
      ).map(Version.init)
    }
  }

  /// The newest version from `parent` that has learnt from examples beyond `end`.
  func newest(from parent: Int, learntBeyond end: Int) throws -> Version? {
    try read { database in
      try Row.fetchOne(
        database,
        sql: """
          SELECT \(Version.columns) FROM version WHERE number > ? AND parent = ? AND endExample > ?
          ORDER BY number DESC LIMIT 1
          """,
        arguments: [parent, parent, end]
      ).map(Version.init)
    }
  }

  /// - Throws: ``LifelongError/unknownVersion(_:newest:)``.
  public func version(_ number: Int) throws -> Version {
    try read { try Self.version(number, in: $0) }
  }

  static func version(_ number: Int, in database: Database) throws -> Version {
    let row = try Row.fetchOne(
      database, sql: "SELECT \(Version.columns) FROM version WHERE number = ?",
      arguments: [number])
    guard let row else {
      throw LifelongError.unknownVersion(
        number, newest: try Int.fetchOne(database, sql: "SELECT max(number) FROM version"))
    }
    return try Version(row)
  }

  /// Newest first.
  ///
  /// - Parameter before: only those of smaller numbers, to go on where an earlier list ended.
  public func versions(before: Int = .max, limit: Int = 1000) throws -> [Version] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT \(Version.columns) FROM version WHERE number < ? ORDER BY number DESC LIMIT ?
          """,
        arguments: [before, limit]
      ).map(Version.init)
    }
  }

  /// Oldest first, whether their rows can be read or not.
  func versionNumbers() throws -> [Int] {
    try read { try Int.fetchAll($0, sql: "SELECT number FROM version ORDER BY number") }
  }

  public func versionCount() throws -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM version") ?? 0 }
  }

  /// What the version computed when it was added.
  ///
  /// - Throws: ``LifelongError/unknownVersion(_:newest:)``.
  public func golden(of number: Int) throws -> GoldenOutputs {
    try read { database in
      _ = try Self.version(number, in: database)
      let text = try String.fetchOne(
        database, sql: "SELECT golden FROM version WHERE number = ?", arguments: [number])
      return try decoded(GoldenOutputs.self, text ?? "")
    }
  }

  func knownNetworks() throws -> Set<String> {
    try read { try String.fetchSet($0, sql: "SELECT DISTINCT sha256 FROM version") }
  }
}
