import Foundation
import GRDB
import Net2Net
import TestSupport
import Testing

@testable import Net2NetLifelong

/// The registry's file in the states that reliability asks about.
@Suite(.requiresTorch) struct RegistryFileTests {
  /// A live model that nobody has open any longer.
  private func withClosedModel(_ body: (_ folder: String) throws -> Void) throws {
    try withTemporaryFolder { (folder) throws -> Void in
      let live = folder + "/live"
      try close(
        LiveModel.create(live, .small, network: try smallNetwork(), source: "small.onnx"))
      try body(live)
    }
  }

  private func close(_ model: LiveModel) throws {
    model.examples.close()
    try model.registry.database.close()
  }

  private func url(_ folder: String, _ name: String = "registry.sqlite") -> URL {
    URL(filePath: "\(folder)/\(name)")
  }

  @Test func commitsAreFlushedAndRowsMustBelongTogether() throws {
    try withLiveModel { model, _ in
      try model.registry.read { database in
        let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
        #expect(mode == "wal")
      }
      try model.registry.write { database in
        for (pragma, expected) in [("synchronous", 2), ("foreign_keys", 1)] {
          let found = try Int.fetchOne(database, sql: "PRAGMA \(pragma)")
          #expect(found == expected, "\(pragma)")
        }
        #expect(throws: DatabaseError.self) {
          try database.execute(sql: "INSERT INTO alias VALUES ('candidate', 99, 0)")
        }
      }
    }
  }

  @Test func missingRegistryIsNotMadeAnew() throws {
    try withClosedModel { folder in
      try FileManager.default.removeItem(at: url(folder))
      #expect(
        sentence(without: folder) { _ = try LiveModel(folder) }
          == "registry.sqlite: there is no registry; it was moved or deleted, restore it with its "
          + "-wal file")
      #expect(!FileManager.default.fileExists(atPath: url(folder).path))
    }
  }

  @Test func registryOfALaterProgramIsLeftAlone() throws {
    try withClosedModel { folder in
      let queue = try DatabaseQueue(path: url(folder).path)
      try queue.write {
        try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2: from the future')")
      }
      try queue.close()
      let expected = "registry.sqlite: was written by a later net2net; use that one"
      #expect(sentence(without: folder) { _ = try LiveModel(folder) } == expected)
      #expect(
        sentence(without: folder) { _ = try Registry(reading: LiveFolder(folder)) } == expected)
    }
  }

  @Test func registryWithoutTablesIsOlderAndMigrated() throws {
    try withClosedModel { folder in
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(at: url(folder, "registry.sqlite" + suffix))
      }
      let queue = try DatabaseQueue(path: url(folder).path)
      try queue.write { try $0.execute(sql: "CREATE TABLE other (x)") }
      try queue.close()
      #expect(
        sentence(without: folder) { _ = try Registry(reading: LiveFolder(folder)) }
          == "registry.sqlite: is damaged (it has no tables, or those of an earlier net2net; serve "
          + "it once); restore a copy, examples and networks beside it are whole by themselves")
      let model = try LiveModel(folder)
      #expect(try model.registry.versionCount() == 0)
    }
  }

  @Test func fileThatIsNoDatabaseIsDamaged() throws {
    try withClosedModel { folder in
      // Its log would mend it.
      try? FileManager.default.removeItem(at: url(folder, "registry.sqlite-wal"))
      try Data(repeating: 7, count: 4096).write(to: url(folder))
      #expect(
        sentence(without: folder) { _ = try LiveModel(folder) }
          == "registry.sqlite: is damaged (file is not a database); restore a copy, examples and "
          + "networks beside it are whole by themselves")
    }
  }

  @Test func damagedPagesAreFoundByTheExamination() throws {
    try withClosedModel { folder in
      let pool = try DatabaseQueue(path: url(folder).path)
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
      try pool.close()
      var bytes = try Data(contentsOf: url(folder))
      for place in bytes.count / 2..<bytes.count { bytes[place] = 0xA5 }
      try bytes.write(to: url(folder))
      let found = sentence(without: folder) {
        try Registry(reading: LiveFolder(folder)).checkIntegrity()
      }
      #expect(found?.hasPrefix("registry.sqlite: is damaged (") == true, "\(found ?? "nothing")")
    }
  }

  @Test func withoutItsWALTheRegistryOpensAsItWasBefore() throws {
    try withTemporaryFolder { folder in
      let model = try LiveModel.create(
        folder + "/live", .small, network: try smallNetwork(), source: "small.onnx")
      try model.registry.write { _ in }
      try model.registry.database.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      }
      _ = try model.registry.add(
        try smallNetwork(seed: 1), as: VersionDraft(parent: 1, origin: .training(seeds: [:])))
      // A copy without what has been written since.
      try FileManager.default.copyItem(atPath: folder + "/live", toPath: folder + "/copy")
      for suffix in ["-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: folder + "/copy/registry.sqlite" + suffix)
      }
      let copy = try LiveModel(folder + "/copy")
      try copy.registry.checkIntegrity()
      #expect(try copy.registry.versionCount() == 1)
      // The network that no version has is kept for a while, and told of.
      let event = try copy.registry.latestEvents(kinds: [.strayNetworks]).first
      #expect(event?.detail == ["files": 1])
      let lost = try copy.registry.latestEvents(kinds: [.commitsLost]).first
      #expect(lost?.detail == ["commits": 1])
      #expect(copy.registry.networks.removeStrays(keeping: [], olderThan: 3600) == 2)
    }
  }

  @Test func networksThatNoVersionHasAreRemovedAfterTheirTime() throws {
    try withLiveModel { model, _ in
      let files = model.registry.networks
      let stray = try files.add(try smallNetwork(seed: 9))
      let known = try model.registry.knownNetworks()
      #expect(files.removeStrays(keeping: known, olderThan: 3600) == 1)
      #expect(FileManager.default.fileExists(atPath: files.file(stray)))
      #expect(files.removeStrays(keeping: known, olderThan: -1) == 0)
      #expect(!FileManager.default.fileExists(atPath: files.file(stray)))
      #expect(try model.registry.network(of: model.registry.version(1)).parameterCount == 38)
    }
  }

  @Test func lockedRegistryIsNamedAfterAWhile() throws {
    try withLiveModel { model, folder in
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: url(folder).path, configuration: configuration)
      try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
      #expect(
        sentence(without: folder) { try model.registry.record(.waits) }
          == "registry.sqlite: another program has kept the registry locked for 5 seconds; close "
          + "it")
      // Reading goes on.
      #expect(try model.registry.versionCount() == 1)
      try other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
      try model.registry.record(.waits)
    }
  }

  @Test func folderIsWrittenToByOneProcessAtATime() throws {
    try withLiveModel { _, folder in
      #expect(
        sentence(without: folder.replacingOccurrences(of: "/live", with: "")) {
          _ = try LiveModel(folder)
        } == "live: is in use by process \(getpid()); only one at a time may write to it")
      // Whoever only looks is let in.
      let versions = try Registry(reading: LiveFolder(folder)).versionCount()
      #expect(versions == 1)
    }
  }
}
