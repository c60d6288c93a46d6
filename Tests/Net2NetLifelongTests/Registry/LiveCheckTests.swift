import Foundation
import GRDB
import Net2Net
import TestSupport
import Testing

@testable import Net2NetLifelong

/// What `check` finds, in a live model that nobody has open.
@Suite(.requiresTorch) struct LiveCheckTests {
  /// Two segments, two versions of which the second has learnt from all examples, a learner's folder.
  private func withClosedModel(_ body: (_ folder: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let live = folder + "/live"
      try begin(live)
      #expect(try LiveCheck(reading: live).findings == [])
      try body(live)
    }
  }

  private func begin(_ live: String) throws {
    let model = try LiveModel.create(
      live, .small, network: try smallNetwork(), source: "small.onnx")
    _ = try model.examples.append((0..<6).map(Example.numbered))
    _ = try model.examples.append(
      (6..<10).map {
        IncomingExample(sample: Example.numbered($0).sample, label: .name("third"))
      })
    _ = try model.registry.add(
      try smallNetwork(seed: 1),
      as: VersionDraft(parent: 1, origin: .training(seeds: [:]), examples: 0..<10))
    try LearnerMemory(model).save(model)
    model.examples.close()
    try model.registry.database.close()
  }

  private func found(_ folder: String) -> [String] {
    do {
      return try LiveCheck(reading: folder).findings.map {
        $0.replacingOccurrences(of: folder + "/", with: "")
      }
    } catch {
      return ["\(error)".replacingOccurrences(of: folder + "/", with: "")]
    }
  }

  private func segments(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder + "/examples").sorted()
      .filter { $0.hasSuffix(".segment") }.map { "\(folder)/examples/\($0)" }
  }

  private func contents(_ file: String) throws -> Data {
    try Data(contentsOf: URL(filePath: file))
  }

  // MARK: Examples

  @Test func segmentsThatAreGoneAreMissed() throws {
    try withClosedModel { folder in
      let files = try segments(folder)
      #expect(files.count == 2)
      try FileManager.default.removeItem(atPath: files[1])
      let last = found(folder)
      #expect(
        last.first == "examples/000000000006.segment: is missing, and with it the examples from "
          + "number 6 on; restore it from a copy", "\(last)")
      #expect(
        last.contains(
          "examples: version 2 has learnt from 10, 0 found; restore examples/ from a copy"))
      try FileManager.default.removeItem(atPath: files[0])
      let all = found(folder)
      #expect(
        all.first == "examples/000000000000.segment: is missing, and with it the examples from "
          + "number 0 on; restore it from a copy", "\(all)")
    }
  }

  @Test(arguments: [0, 1])
  func recordsThatAreGoneOrZeroAreMissed(segment: Int) throws {
    try withClosedModel { folder in
      let file = try segments(folder)[segment]
      let whole = try contents(file)
      let end = segment == 0 ? 6 : 10
      let expected =
        "examples \(end - 2) to \(end - 1): examples/\(file.suffix(20)) no longer holds what was "
        + "written; they are left out from now on"
      try whole.dropLast(44).write(to: URL(filePath: file))
      #expect(found(folder) == [expected])
      try (whole.dropLast(44) + Data(count: 44)).write(to: URL(filePath: file))
      #expect(found(folder) == [expected])
      try (whole.dropLast(44) + Data(count: 43)).write(to: URL(filePath: file))
      #expect(found(folder) == [expected])
    }
  }

  @Test func everyByteOfSegmentsAndOfWhatWasAcknowledgedCounts() throws {
    try withClosedModel { folder in
      for file in try segments(folder) + [AcknowledgedFile.path(in: folder + "/examples")] {
        try expectEveryChangeFound(in: file, of: folder)
      }
    }
  }

  private func expectEveryChangeFound(in file: String, of folder: String) throws {
    let whole = try contents(file)
    for place in whole.indices {
      var changed = whole
      changed[place] ^= 1 << (place % 8)
      try changed.write(to: URL(filePath: file))
      #expect(!found(folder).isEmpty, "\(file), byte \(place)")
    }
    try whole.write(to: URL(filePath: file))
  }

  // MARK: Learner, settings, lock

  @Test func everyFileOfTheLearnerCounts() throws {
    try withClosedModel { folder in
      let learner = folder + "/learner"
      for name in try FileManager.default.contentsOfDirectory(atPath: learner) {
        let file = "\(learner)/\(name)"
        let whole = try contents(file)
        for place in stride(from: 0, to: whole.count, by: max(1, whole.count / 7)) {
          var changed = whole
          changed[place] ^= 4
          try changed.write(to: URL(filePath: file))
          #expect(!found(folder).isEmpty, "\(name), byte \(place)")
        }
        try whole.write(to: URL(filePath: file))
      }
      try Data().write(to: URL(filePath: learner + "/more"))
      #expect(found(folder) == ["learner/more: is not the learner's"])
      try FileManager.default.removeItem(atPath: learner)
      #expect(
        found(folder) == [
          "learner: is missing; restore it, or the learner begins from the champion"
        ])
      let model = try LiveModel(folder)
      _ = try LearnerMemory(model)
      #expect(try model.registry.events(kinds: [.failed]).count == 1)
    }
  }

  @Test func learnerThatKnowsMoreThanThereIsIsTold() throws {
    try withClosedModel { folder in
      let model = try LiveModel(folder)
      var memory = try LearnerMemory(model)
      memory.notes.learntEnd = 12
      memory.notes.parent = 7
      try memory.save(model)
      #expect(
        found(folder) == [
          "learner: comes from version 7, which the registry does not have",
          "examples: the learner has seen 12, 10 found; restore examples/ from a copy",
        ])
    }
  }

  @Test func settingsThatWereChangedAreToldUntilTheyAreTaken() throws {
    try withClosedModel { folder in
      let file = URL(filePath: folder + "/live.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      let changed = text.replacingOccurrences(
        of: "\"batchSize\" : 128", with: "\"batchSize\" : 127")
      #expect(changed != text)
      try changed.write(to: file, atomically: true, encoding: .utf8)
      #expect(
        found(folder) == [
          "live.json: differs from when the model was last opened: learner.batchSize; if that is "
            + "meant, serve it or add to it once, else restore it from a copy"
        ])
      let model = try LiveModel(folder)
      let event = try model.registry.latestEvents(kinds: [.settingsChanged]).first
      #expect(event?.detail == ["settings": "learner.batchSize"])
      #expect(found(folder) == [])
      try (changed + " ").write(to: file, atomically: true, encoding: .utf8)
      #expect(found(folder).first?.contains("spaces or order alone") == true)
    }
  }

  @Test func lockThatNamesNoProcessIsTold() throws {
    try withClosedModel { folder in
      let lock = URL(filePath: folder + "/lock")
      try Data("x\u{0}y".utf8).write(to: lock)
      #expect(
        found(folder) == [
          "lock: the number of a process expected, something else found; delete it while nobody "
            + "writes to the model"
        ])
      try Data().write(to: lock)
      #expect(found(folder) == [])
    }
  }

  // MARK: Registry

  /// As somebody with another program does it.
  @Test(arguments: [
    ("UPDATE alias SET version = 2", "the table alias"),
    ("INSERT INTO alias VALUES ('candidate', 2, 0)", "the table alias"),
    ("UPDATE reign SET version = 2", "row 1 of the table reign"),
    ("UPDATE event SET time = time + 1 WHERE id = 2", "row 2 of the table event"),
    ("UPDATE event SET kind = 'grew' WHERE id < 3", "rows 1, 2 of the table event"),
    ("DELETE FROM event WHERE id = 1", "row 1 of the table event"),
    ("UPDATE note SET value = 'false'", "the table note"),
    ("UPDATE segment SET entries = zeroblob(24)", "row 0 of the table segment"),
    ("DELETE FROM segment", "row 0 of the table segment"),
    ("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'version'", "the last number given"),
    ("DROP TRIGGER versionsDoNotGo", "the schema, trigger versionsDoNotGo"),
    ("DROP TRIGGER versionsDoNotChange; UPDATE version SET created = 0", "rows 1, 2 of the table"),
    ("DROP TRIGGER versionsDoNotChange; UPDATE version SET parent = 9", "whose parent is not"),
  ])
  func rowsThatOthersChangeAreFound(statement: String, expected: String) throws {
    try withClosedModel { folder in
      var configuration = Configuration()
      configuration.foreignKeysEnabled = false
      let queue = try DatabaseQueue(
        path: folder + "/registry.sqlite", configuration: configuration)
      try queue.write { try $0.execute(sql: "PRAGMA ignore_check_constraints = ON; \(statement)") }
      try queue.close()
      let found = found(folder)
      #expect(found.contains { $0.contains(expected) }, "\(found)")
    }
  }

  /// Where nothing is found, nothing is lost.
  @Test func bytesOfTheRegistryThatChangeNothingAreUnused() throws {
    try withClosedModel { folder in
      let file = folder + "/registry.sqlite"
      try checkpoint(file)
      let (whole, rows) = (try contents(file), try dump(file))
      var unnoticed = 0
      for step in 0..<150 {
        let place = Draw(seed: 23).integer(step, below: whole.count)
        var changed = whole
        changed[place] ^= 0x10
        for suffix in ["-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: file + suffix)
        }
        try changed.write(to: URL(filePath: file))
        guard found(folder).isEmpty else { continue }
        unnoticed += 1
        #expect(try dump(file) == rows, "byte \(place), seed 23")
      }
      #expect(unnoticed < 150)
    }
  }

  private func checkpoint(_ file: String) throws {
    let queue = try DatabaseQueue(path: file)
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    try queue.close()
  }

  /// What SQLite cannot read of the log's end it takes for never written.
  @Test func commitsThatOnlyTheLogHeldAreMissed() throws {
    try withClosedModel { folder in
      let file = folder + "/registry.sqlite"
      try checkpoint(file)
      let model = try LiveModel(folder)
      for _ in 0..<3 { try model.registry.record(.waits) }
      let copy = folder + "-copy"
      try FileManager.default.copyItem(atPath: folder, toPath: copy)
      let log = try contents(file + "-wal")
      #expect(log.count > 4096)
      #expect(found(copy) == [])
      for place in stride(from: 0, to: log.count, by: 997) {
        var changed = log
        changed[place] ^= 0x10
        for suffix in ["", "-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: copy + "/registry.sqlite" + suffix)
        }
        try FileManager.default.copyItem(atPath: file, toPath: copy + "/registry.sqlite")
        try changed.write(to: URL(filePath: copy + "/registry.sqlite-wal"))
        guard found(copy).isEmpty else { continue }
        #expect(try dump(copy + "/registry.sqlite") == dump(file), "byte \(place)")
      }
      for suffix in ["-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: copy + "/registry.sqlite" + suffix)
      }
      let missing = found(copy)
      #expect(
        missing.first?.hasSuffix(
          "commits at the end, which only its -wal file held: differs from what was written; restore "
            + "a copy") == true, "\(missing)")
    }
  }

  @Test func everyByteOfTheNumberOfCommitsCounts() throws {
    try withClosedModel { folder in
      try expectEveryChangeFound(in: folder + "/registry.commits", of: folder)
      try FileManager.default.removeItem(atPath: folder + "/registry.commits")
      #expect(found(folder).first?.hasPrefix("registry.commits: is missing") == true)
      _ = try LiveModel(folder)
      #expect(found(folder) == [])
    }
  }

  private func dump(_ file: String) throws -> [[Row]] {
    let queue = try DatabaseQueue(path: file)
    return try queue.read { database in
      try ChecksummedTable.allCases.map {
        try Row.fetchAll(database, sql: "SELECT * FROM \($0.rawValue) ORDER BY \($0.key)")
      }
    }
  }

  // MARK: Folders of before

  @Test func folderOfAnEarlierNet2netOpensAndIsToldWhatCannotBeCompared() throws {
    try withClosedModel { folder in
      let queue = try DatabaseQueue(path: folder + "/registry.sqlite")
      try queue.write {
        try $0.execute(
          sql: """
            DROP TABLE rowChecksum;
            DROP TABLE commitCount;
            ALTER TABLE segment DROP COLUMN digest;
            DELETE FROM note;
            DELETE FROM grdb_migrations WHERE identifier LIKE '2:%'
            """)
      }
      try queue.close()
      for name in ["examples/acknowledged", "registry.commits"] {
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      }
      let before = try LiveCheck(reading: folder)
      #expect(before.findings == [])
      #expect(before.exampleCount == 10)
      #expect(before.remarks.count == 5, "\(before.remarks)")
      let model = try LiveModel(folder)
      #expect(try model.examples.append([.numbered(10)]) == 10..<11)
      let after = try LiveCheck(reading: folder)
      #expect(after.findings == [])
      // The full segment has no digest, and the learner's folder is sealed after its next round.
      #expect(
        after.remarks == [
          "learner: compared with its own manifest alone",
          "examples: 6 compared with their own checksums alone, for nothing else has been noted of "
            + "them yet",
        ])
    }
  }

  @Test func checkSaysWhatItLookedAt() throws {
    try withClosedModel { folder in
      let check = try LiveCheck(reading: folder)
      #expect(check.remarks == [])
      #expect(check.examined.contains("10 examples in 2 segments"))
      #expect(check.examined.contains("networks of 2 versions, of which 1 ran"))
      #expect(!check.notExamined.isEmpty)
      let stray = "\(folder)/networks/ab"
      try FileManager.default.createDirectory(atPath: stray, withIntermediateDirectories: true)
      try Data().write(to: URL(filePath: stray + "/x.onnx"))
      let again = try LiveCheck(reading: folder)
      #expect(again.findings == [])
      #expect(again.remarks == ["\(folder)/networks/ab/x.onnx: no version has it"])
    }
  }

  // MARK: What is no file

  @Test(arguments: [
    "live.json", "registry.sqlite", "registry.sqlite-wal", "registry.sqlite-shm",
    "registry.sqlite-journal", "registry.commits", "lock", "token", "examples/000000000000.segment",
    "examples/000000000006.segment", "examples/acknowledged", "learner/learner.json",
    "learner/MANIFEST.json", "networks",
  ])
  func fifosAreNotWaitedFor(name: String) throws {
    try withClosedModel { folder in
      var path = "\(folder)/\(name)"
      if name == "networks" {
        path +=
          try "/" + #require(
            try FileManager.default.subpathsOfDirectory(atPath: path).first { $0.hasSuffix("onnx") }
          )
      }
      try? FileManager.default.removeItem(atPath: path)
      #expect(mkfifo(path, 0o600) == 0)
      let expected = "\(path): a file expected, a FIFO found"
      if name == "token" {
        #expect(sentence { _ = try LiveFolder(folder).token() } == expected)
        return
      }
      let found = found(folder)
      #expect(found.contains { $0.contains("a file expected, a FIFO found") }, "\(found)")
      // Whatever they say, they end.
      _ = sentence { _ = try LiveStatus(reading: folder) }
      _ = sentence { _ = try LearnerMemory(try LiveModel(folder)) }
    }
  }

  // MARK: Permissions

  private func permissions(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func folderAndLockAreTheOwnersAlone() throws {
    try withClosedModel { folder in
      #expect(try permissions(folder) == 0o700)
      #expect(try permissions(folder + "/lock") == 0o600)
      // As an earlier net2net made it.
      #expect(chmod(folder + "/lock", 0o644) == 0)
      #expect(chmod(folder, 0o755) == 0)
      _ = try LiveModel(folder)
      #expect(try permissions(folder + "/lock") == 0o600)
      #expect(try permissions(folder) == 0o755)
      #expect(chmod(folder, 0o770) == 0)
      _ = try LiveModel(folder)
      #expect(try permissions(folder + "/lock") == 0o660)
    }
  }

  @Test func lockThatIsALinkIsRefusedAndItsTargetStays() throws {
    try withClosedModel { folder in
      let target = URL(filePath: folder + "/live.json")
      let before = try Data(contentsOf: target)
      try FileManager.default.removeItem(atPath: folder + "/lock")
      #expect(symlink("live.json", folder + "/lock") == 0)
      #expect(
        sentence { _ = try LiveModel(folder) }
          == "\(folder)/lock: a file expected, a symbolic link found")
      #expect(try Data(contentsOf: target) == before)
    }
  }
}
