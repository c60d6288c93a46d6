internal import GRDB

// The tables. A version's row is never changed or deleted, which triggers see to: whoever edits the
// database by hand is told so too.

extension Registry {
  static func migrate(_ database: any DatabaseWriter, file: String) throws {
    let migrator = migrator
    try database.read { database in
      guard try !migrator.hasBeenSuperseded(database) else {
        throw LifelongError.registryNewer(file: file)
      }
    }
    try migrator.migrate(database)
  }

  /// What a reader can do about the schema: nothing.
  static func checkSchema(_ database: any DatabaseReader, file: String) throws {
    let migrator = migrator
    try database.read { database in
      guard try !migrator.hasBeenSuperseded(database) else {
        throw LifelongError.registryNewer(file: file)
      }
      // What has been added since, a reader can do without.
      guard try !migrator.completedMigrations(database).isEmpty else {
        throw LifelongError.registryDamaged(
          file: file, found: "it has no tables, or those of an earlier net2net; serve it once")
      }
    }
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: versions, aliases, events, segments") { database in
      try database.execute(sql: firstSchema)
    }
    migrator.registerMigration("2: checksums of rows, digests of segments") { database in
      try database.execute(sql: checksumSchema)
      try noteAllChecksums(in: database)
    }
    return migrator
  }

  private static let firstSchema = """
    CREATE TABLE version (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      parent INTEGER REFERENCES version (number),
      origin TEXT NOT NULL,
      firstExample INTEGER,
      endExample INTEGER CHECK (endExample >= firstExample),
      metrics TEXT NOT NULL,
      cost TEXT NOT NULL,
      sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
      golden TEXT NOT NULL,
      created INTEGER NOT NULL,
      CHECK (parent < number)
    ) STRICT;
    CREATE INDEX versionBySHA256 ON version (sha256);
    CREATE TRIGGER versionsDoNotChange BEFORE UPDATE ON version
      BEGIN SELECT RAISE (ABORT, 'versions never change'); END;
    CREATE TRIGGER versionsDoNotGo BEFORE DELETE ON version
      BEGIN SELECT RAISE (ABORT, 'versions are never deleted'); END;

    CREATE TABLE alias (
      name TEXT PRIMARY KEY CHECK (name IN ('champion', 'candidate', 'previous')),
      version INTEGER NOT NULL REFERENCES version (number),
      since INTEGER NOT NULL
    ) STRICT;

    -- The champions that a rollback can go to, the present one on top.
    CREATE TABLE reign (
      depth INTEGER PRIMARY KEY,
      version INTEGER NOT NULL REFERENCES version (number)
    ) STRICT;

    CREATE TABLE event (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      version INTEGER REFERENCES version (number),
      time INTEGER NOT NULL,
      detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX eventByKind ON event (kind, id);

    -- The index of examples, one row for each segment that is full; made again from the segments
    -- where it is missing.
    CREATE TABLE segment (
      first INTEGER PRIMARY KEY,
      count INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      -- 4 bytes for each example, see SegmentIndex.
      entries BLOB NOT NULL
    ) STRICT;

    -- What the learner wants to know after a restart.
    CREATE TABLE note (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT;
    """
}
