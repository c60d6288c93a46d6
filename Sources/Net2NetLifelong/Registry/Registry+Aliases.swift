internal import GRDB

// Aliases. The champions that a rollback can go to are a stack: a promotion puts one on top, a
// rollback takes the top away, so that rolling back twice goes back twice and never forth.

extension Registry {
  /// The version that an alias points to; nil where it points to none.
  public func version(_ alias: Alias) throws -> Version? {
    try read { database in
      try Self.number(of: alias, in: database).map { try Self.version($0, in: database) }
    }
  }

  public func aliases() throws -> [Alias: Int] {
    try read { database in
      var aliases: [Alias: Int] = [:]
      for alias in Alias.allCases { aliases[alias] = try Self.number(of: alias, in: database) }
      return aliases
    }
  }

  private static func number(of alias: Alias, in database: Database) throws -> Int? {
    try Int.fetchOne(
      database, sql: "SELECT version FROM alias WHERE name = ?", arguments: [alias.rawValue])
  }

  /// Makes a version the champion, and the champion before it `previous`. A candidate that is
  /// promoted is a candidate no longer.
  ///
  /// - Parameter detail: why, for the event.
  public func promote(
    _ verified: VerifiedVersion, detail: [String: JSONValue] = [:]
  ) throws {
    let number = verified.version.number
    try write { database in
      let former = try Self.number(of: .champion, in: database)
      guard former != number else { return }
      try database.execute(
        sql: "INSERT INTO reign (depth, version) SELECT ifnull(max(depth), 0) + 1, ? FROM reign",
        arguments: [number])
      try pointAliasesToReigns(in: database)
      if try Self.number(of: .candidate, in: database) == number {
        try point(.candidate, to: nil, in: database)
      }
      var detail = detail
      detail["from"] = former.map { JSONValue($0) } ?? .null
      try record(.promoted, version: number, detail, in: database)
    }
  }

  /// Makes `previous` the champion again. The one that was rolled back stays a version.
  ///
  /// - Parameter verified: what ``version(_:)`` gives for `previous`, verified.
  /// - Throws: ``LifelongError/nothingToRollBackTo`` where that is no longer `previous`.
  public func rollBack(
    to verified: VerifiedVersion, detail: [String: JSONValue] = [:]
  ) throws {
    let number = verified.version.number
    try write { database in
      guard try Self.number(of: .previous, in: database) == number else {
        throw LifelongError.nothingToRollBackTo
      }
      let former = try Self.number(of: .champion, in: database)
      try database.execute(sql: "DELETE FROM reign WHERE depth = (SELECT max(depth) FROM reign)")
      try pointAliasesToReigns(in: database)
      var detail = detail
      detail["from"] = former.map { JSONValue($0) } ?? .null
      try record(.rolledBack, version: number, detail, in: database)
    }
  }

  /// - Throws: ``LifelongError/nothingToRollBackTo``, and what ``verified(_:for:)`` throws.
  @discardableResult
  public func rollBack(
    for settings: LiveSettings, detail: [String: JSONValue] = [:]
  ) throws -> VerifiedVersion {
    guard let previous = try version(.previous) else { throw LifelongError.nothingToRollBackTo }
    let verified = try verified(previous.number, for: settings)
    try rollBack(to: verified, detail: detail)
    return verified
  }

  /// Makes a version the one that is tried.
  public func tryOut(
    _ verified: VerifiedVersion, detail: [String: JSONValue] = [:]
  ) throws {
    try write { database in
      try point(.candidate, to: verified.version.number, in: database)
      try record(.candidate, version: verified.version.number, detail, in: database)
    }
  }

  /// Takes the candidate's name away; nothing happens where there is none.
  ///
  /// - Parameter detail: why, for the event.
  public func rejectCandidate(detail: [String: JSONValue] = [:]) throws {
    try write { database in
      guard let number = try Self.number(of: .candidate, in: database) else { return }
      try point(.candidate, to: nil, in: database)
      try record(.rejected, version: number, detail, in: database)
    }
  }

  private func pointAliasesToReigns(in database: Database) throws {
    let reigns = try Int.fetchAll(
      database, sql: "SELECT version FROM reign ORDER BY depth DESC LIMIT 2")
    try point(.champion, to: reigns.first, in: database)
    try point(.previous, to: reigns.dropFirst().first, in: database)
  }

  private func point(_ alias: Alias, to number: Int?, in database: Database) throws {
    guard let number else {
      return try database.execute(
        sql: "DELETE FROM alias WHERE name = ?", arguments: [alias.rawValue])
    }
    try database.execute(
      sql: """
        INSERT INTO alias (name, version, since) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET version = excluded.version, since = excluded.since
        """,
      arguments: [alias.rawValue, number, Timestamp().millisecondsSince1970])
  }
}
