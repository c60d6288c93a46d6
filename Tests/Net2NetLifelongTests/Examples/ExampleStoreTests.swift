import Foundation
import GRDB
import Net2Net
import Net2NetFiles
import Net2NetTraining
import Synchronization
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite(.requiresTorch) struct ExampleStoreTests {
  private func reopened(
    _ folder: String, limits: ExampleStore.Limits = .init(), isReadOnly: Bool = false
  ) throws -> ExampleStore {
    let live = LiveFolder(folder)
    return try ExampleStore(
      live, try live.settings(), try Registry(live, creating: false), isReadOnly: isReadOnly,
      limits: limits)
  }

  private func examples(_ range: Range<Int>) -> [Example] { range.map(Example.numbered) }

  private func segments(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder + "/examples").sorted()
      .filter { $0.hasSuffix(".segment") }.map { "\(folder)/examples/\($0)" }
  }

  /// Keeps the store's writer busy until the semaphore is signalled. Returns once it is: it may still
  /// be about to look whether more has come than what it has just written.
  private func holdWriter(of store: ExampleStore) -> DispatchSemaphore {
    let (began, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    store.queue.async {
      began.signal()
      gate.wait()
    }
    began.wait()
    return gate
  }

  private func wait(for condition: () -> Bool) {
    for _ in 0..<30_000 where !condition() { usleep(1000) }
    #expect(condition(), "within half a minute")
  }

  private func append(_ bytes: [UInt8], to file: String) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    try handle.seekToEnd()
    try handle.write(contentsOf: bytes)
    try handle.close()
  }

  private func change(_ file: String, at offset: Int, _ bytes: [UInt8]) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: bytes)
    try handle.close()
  }

  // MARK: Appending and reading

  @Test func examplesAreNumberedAndReadInTheirOrder() throws {
    try withLiveModel { model, folder in
      #expect(try model.examples.append(examples(0..<3)) == 0..<3)
      #expect(try model.examples.append(examples(3..<5)) == 3..<5)
      for store in [model.examples, try reopened(folder)] {
        #expect(store.count == 5)
        for number in 0..<5 {
          let found = try store.example(number)
          #expect(found.sample == Example.numbered(number).sample)
          #expect(found.label == number % 2)
          #expect(abs(found.received.date.timeIntervalSinceNow) < 600)
        }
      }
    }
  }

  @Test func unknownExampleIsNamed() throws {
    try withLiveModel { model, _ in
      _ = try model.examples.append(examples(0..<3))
      for number in [-1, 3] {
        #expect(
          sentence { _ = try model.examples.example(number) }
            == "example \(number): there are 3, counted from 0")
      }
    }
  }

  @Test func samplesOfOtherSizesAndLabelsAreRefusedAndNothingIsStored() throws {
    try withLiveModel { model, _ in
      let good = Example.numbered(0)
      #expect(
        sentence { _ = try model.examples.append([good, Example(sample: [1, 2], label: 0)]) }
          == "example 1: 6 bytes, uint8(1, 2, 3), expected, 2 found")
      #expect(
        sentence { _ = try model.examples.append([good, Example(sample: good.sample, label: 2)]) }
          == "example 1, label: 0 to 1 expected, 2 found")
      #expect(model.examples.count == 0)
    }
  }

  @Test func numbersThatAreNoneAreRefused() throws {
    var settings = LiveSettings.small
    settings.sample = SampleForm(storage: .float32, shape: [1, 2, 3], preparation: .none)
    try withLiveModel(settings) { model, _ in
      #expect(
        sentence {
          _ = try model.examples.append([Example(numbers: [0, 1, .nan, 0, 0, 0], label: 0)])
        } == "example 0, number 2: a finite number expected, another found")
      _ = try model.examples.append([Example(numbers: [0, 1, 2.5, 0, 0, -1], label: 1)])
      let sample = try model.examples.example(0).sample
      #expect(
        Example(sample: sample, label: 1) == Example(numbers: [0, 1, 2.5, 0, 0, -1], label: 1))
    }
  }

  @Test func manyWritersShareTheFileAndEachGetsItsNumbers() throws {
    try withLiveModel { model, folder in
      let failures = concurrently(16) { writer in
        for round in 0..<20 {
          let first = (writer * 20 + round) * 3
          let numbers = try model.examples.append(examples(first..<first + 3))
          for (number, expected) in zip(numbers, first..<first + 3) {
            guard try model.examples.example(number).sample == Example.numbered(expected).sample
            else { throw LifelongError.unknownExample(number, count: expected) }
          }
        }
      }
      #expect(failures.isEmpty, "\(failures)")
      let store = try reopened(folder)
      #expect(store.count == 960)
      #expect(Set(try (0..<960).map { try store.example($0).sample }).count == 960)
      #expect(store.counts == model.examples.counts)
    }
  }

  @Test func oneFlushServesAllWhoWait() throws {
    try withLiveModel { model, _ in
      let store = model.examples
      _ = try store.append(examples(0..<1))
      #expect(store.state.withLock { $0.flushes } == 1)
      // The writer is kept busy until ten wait.
      let gate = holdWriter(of: store)
      let group = DispatchGroup()
      for index in 1...10 {
        group.enter()
        Thread.detachNewThread {
          _ = try? store.append(examples(index..<index + 1))
          group.leave()
        }
      }
      wait(for: { store.state.withLock { $0.pending.count } == 10 })
      gate.signal()
      group.wait()
      #expect(store.count == 11)
      #expect(store.state.withLock { $0.flushes } == 2)
    }
  }

  @Test func tasksAppendToo() async throws {
    try await withTemporaryFolder { folder in
      let model = try LiveModel.create(
        folder + "/live", .small, network: try smallNetwork(), source: "small.onnx")
      let numbers = try await withThrowingTaskGroup(of: Range<Int>.self) { group in
        for index in 0..<50 {
          group.addTask { try await model.examples.append([.numbered(index)]) }
        }
        return try await group.reduce(into: Set<Int>()) { $0.formUnion($1) }
      }
      #expect(numbers == Set(0..<50))
    }
  }

  @Test func tooMuchThatWaitsIsRefusedForAMoment() throws {
    try withLiveModel { model, folder in
      var limits = ExampleStore.Limits()
      limits.pending = 100
      let store = try reopened(folder, limits: limits)
      // The writer is kept busy, so that what comes waits.
      let gate = holdWriter(of: store)
      let group = DispatchGroup()
      for index in 0..<2 {
        group.enter()
        Thread.detachNewThread {
          _ = try? store.append(examples(index * 2..<index * 2 + 2))
          group.leave()
        }
      }
      wait(for: { store.state.withLock { $0.pendingBytes } == 88 })
      #expect(
        sentence { _ = try store.append([.numbered(9)]) }
          == "88 bytes of examples wait to be written already; try again in a moment")
      gate.signal()
      group.wait()
      #expect(store.count == 4)
      #expect(try store.append([.numbered(9)]) == 4..<5)
      _ = model
    }
  }

  @Test func closedStoreRefusesWhatComes() throws {
    try withLiveModel { model, _ in
      _ = try model.examples.append(examples(0..<2))
      model.examples.close()
      #expect(
        sentence { _ = try model.examples.append(examples(2..<3)) }
          == "the store of examples is closed")
      #expect(try model.examples.example(1).label == 1)
    }
  }

  // MARK: Held out

  @Test func heldOutIsDecidedByWhatTheSampleHolds() throws {
    var settings = LiveSettings.small
    settings.heldOutShare = 0.3
    try withLiveModel(settings) { model, _ in
      _ = try model.examples.append(examples(0..<2000))
      // The same samples again, under another class.
      _ = try model.examples.append(
        examples(0..<2000).map { Example(sample: $0.sample, label: 1 - $0.label) })
      let heldOut = model.examples.heldOutNumbers(in: 0..<4000)
      let training = model.examples.trainingNumbers(in: 0..<4000)
      #expect(Set(heldOut).union(training).count == 4000)
      #expect(Set(heldOut).isDisjoint(with: training))
      #expect(heldOut.filter { $0 >= 2000 }.map { $0 - 2000 } == heldOut.filter { $0 < 2000 })
      // Binomial: 2000 · 0.3 with a deviation of 20.5.
      #expect((500...700).contains(heldOut.count / 2))
      #expect(model.examples.counts.heldOut == heldOut.count)
      #expect(model.examples.counts.training == training.count)
    }
  }

  @Test func heldOutChoiceIsTheSameEverywhere() {
    // SHA-256 of "abc" begins ba7816bf, 0.7284 of all hashes.
    let bytes = Array("abc".utf8)
    bytes.withUnsafeBytes { bytes in
      #expect(!HeldOutChoice(share: 0.728).contains(bytes))
      #expect(HeldOutChoice(share: 0.729).contains(bytes))
    }
  }

  // MARK: Classes

  private func example(_ number: Int, of name: String) -> IncomingExample {
    IncomingExample(sample: Example.numbered(number).sample, label: .name(name))
  }

  @Test func classesThatAppearAreKeptInTheSegments() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<3))
      #expect(
        try model.examples.append([
          example(3, of: "odd"), example(4, of: " third "), example(5, of: "third"),
        ]) == 3..<6)
      for store in [model.examples, try reopened(folder)] {
        #expect(store.classes == ["even", "odd", "third"])
        #expect(try (3..<6).map { try store.example($0).label } == [1, 2, 2])
        #expect(store.counts.total == 6)
        #expect(try store.verify() == [])
      }
      let events = try model.registry.events(kinds: [.classAppeared])
      #expect(events.map(\.detail) == [["class": "third", "firstExample": 4]])
      #expect(try segments(folder).count == 2)
    }
  }

  @Test func twoSpellingsAreOneClass() throws {
    try withLiveModel { model, _ in
      _ = try model.examples.append([example(0, of: "caf\u{E9}")])
      _ = try model.examples.append([example(1, of: "cafe\u{301}"), example(2, of: "\u{A0}café")])
      #expect(model.examples.classes == ["even", "odd", "café"])
      #expect(Array(model.examples.classes[2].utf8).count == 5)
      #expect(try (0..<3).map { try model.examples.example($0).label } == [2, 2, 2])
    }
  }

  @Test func classesBeyondTheLimitAndWithoutNamesAreRefused() throws {
    var settings = LiveSettings.small
    settings.largestClassCount = 3
    try withLiveModel(settings) { model, _ in
      _ = try model.examples.append([example(0, of: "third")])
      #expect(
        sentence { _ = try model.examples.append([example(1, of: "fourth")]) }
          == "class \"fourth\": would be one more than the 3 that the settings allow")
      #expect(
        sentence { _ = try model.examples.append([example(1, of: "  ")]) }
          == "class \"  \": 1 to 200 bytes expected, 0 found; give the class another name")
      #expect(model.examples.classes == ["even", "odd", "third"])
    }
  }

  @Test func refusedBatchesLeaveNoClassBehind() throws {
    var settings = LiveSettings.small
    settings.largestClassCount = 4
    try withLiveModel(settings) { model, folder in
      let store = model.examples
      let good = example(0, of: "third")
      let short = IncomingExample(sample: [1], label: .name("fourth"))
      let unknown = IncomingExample(sample: good.sample, label: .number(9))
      for bad in [[good, short], [good, unknown], [good, example(1, of: "\u{1B}")]] {
        #expect(throws: LifelongError.self) { _ = try store.append(bad) }
      }
      // One class too many, after two that would have been taken.
      #expect(throws: LifelongError.self) {
        _ = try store.append([good, example(1, of: "fourth"), example(2, of: "fifth")])
      }
      // A number of a class that only appears with the same batch.
      #expect(throws: LifelongError.self) {
        _ = try store.append([good, IncomingExample(sample: good.sample, label: .number(2))])
      }
      #expect(store.classes == ["even", "odd"])
      #expect(store.count == 0)
      #expect(try store.append([example(1, of: "x"), example(2, of: "y")]) == 0..<2)
      for store in [store, try reopened(folder)] {
        #expect(store.classes == ["even", "odd", "x", "y"])
      }
      #expect(try model.registry.events(kinds: [.classAppeared]).count == 2)
    }
  }

  /// Only what is written has classes: where writing fails, nobody sees them, then or later.
  @Test func batchesThatCannotBeWrittenLeaveNoClassBehind() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<3))
      let place = folder + "/examples"
      try FileManager.default.moveItem(atPath: place, toPath: place + "-away")
      #expect(throws: FilesError.self) {
        _ = try model.examples.append([example(3, of: "third")])
      }
      #expect(model.examples.classes == ["even", "odd"])
      try FileManager.default.moveItem(atPath: place + "-away", toPath: place)
      #expect(try model.examples.append([example(3, of: "other")]) == 3..<4)
      for store in [model.examples, try reopened(folder)] {
        #expect(store.classes == ["even", "odd", "other"])
      }
    }
  }

  /// A crash after a file was begun for a new class and before its first example is in it.
  @Test func classesOfAFileWithoutExamplesAreNobodys() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<3))
      let store = model.examples
      _ = try SegmentFile.created(
        "\(folder)/examples/\(SegmentOpening.name(first: 3))",
        SegmentLayout.Header(
          first: 3, storage: store.form.storage, shape: store.form.shape,
          heldOutShare: store.heldOut.share, classes: ["even", "odd", "never"]))
      let again = try reopened(folder)
      #expect(again.classes == ["even", "odd"])
      #expect(try again.append([example(3, of: "third")]) == 3..<4)
      #expect(try reopened(folder).classes == ["even", "odd", "third"])
    }
  }

  /// Sixteen at once, each with classes of its own, one that all have, and refused batches between.
  @Test func classesThatAppearAtTheSameTimeAreEachThereOnce() throws {
    try withLiveModel { model, folder in
      let store = model.examples
      let failures = concurrently(16) { writer in
        for round in 0..<4 {
          let names = ["all", "of \(writer)", "of \(writer), \(round)"]
          let numbers = try store.append(
            names.enumerated().map { example(writer * 100 + round * 10 + $0, of: $1) })
          for (number, name) in zip(numbers, names) {
            let label = try store.example(number).label
            guard store.classes[label] == name else {
              throw LifelongError.unknownExample(number, count: label)
            }
          }
          _ = try? store.append([
            example(0, of: "never"), IncomingExample(sample: [], label: .name("never")),
          ])
        }
      }
      #expect(failures.isEmpty, "\(failures)")
      let expected =
        ["even", "odd", "all"]
        + (0..<16).flatMap { writer in
          ["of \(writer)"] + (0..<4).map { "of \(writer), \($0)" }
        }
      #expect(store.classes.count == expected.count)
      #expect(Set(store.classes) == Set(expected))
      let again = try reopened(folder)
      #expect(again.classes == store.classes)
      #expect(try again.verify() == [])
    }
  }

  // MARK: Segments

  private static var tiny: ExampleStore.Limits {
    var limits = ExampleStore.Limits()
    limits.segmentEntries = 4
    return limits
  }

  @Test func fullSegmentsGiveWayAndTheIndexIsMadeAgain() throws {
    try withLiveModel { model, folder in
      let store = try reopened(folder, limits: Self.tiny)
      for first in stride(from: 0, to: 12, by: 2) {
        _ = try store.append(examples(first..<first + 2))
      }
      #expect(try segments(folder).count == 3)
      #expect(try model.registry.segmentIndex().keys.sorted() == [0, 4])
      let heldOut = store.heldOutNumbers(in: 0..<12)
      try model.registry.write { try $0.execute(sql: "DELETE FROM segment") }
      let again = try reopened(folder, limits: Self.tiny)
      #expect(try model.registry.segmentIndex().keys.sorted() == [0, 4])
      #expect(again.heldOutNumbers(in: 0..<12) == heldOut)
      #expect(again.counts == store.counts)
      #expect(try (0..<12).map { try again.example($0).sample } == examples(0..<12).map(\.sample))
      #expect(try again.append(examples(12..<13)) == 12..<13)
      #expect(try again.verify() == [])
    }
  }

  /// A program of a few lines that knows the table in `SegmentLayout` alone.
  @Test(.enabled(if: Python.isAvailable))
  func pythonReadsSegmentsByTheirDescription() async throws {
    try await withTemporaryFolder { folder in
      let model = try LiveModel.create(
        folder + "/live", .small, network: try smallNetwork(), source: "small.onnx")
      _ = try await model.examples.append(examples(0..<5))
      let heldOut = model.examples.heldOutNumbers(in: 0..<5)
      let printed = try await Python.run(
        """
        import json, struct, sys, zlib
        data = open(sys.argv[1], "rb").read()
        length, checksum = struct.unpack("<II", data[8:16])
        text = data[16:16 + length]
        assert data[:8] == b"net2netE" and zlib.crc32(text) == checksum
        header = json.loads(text)
        size, start = 16 + 6, 16 + length
        assert (len(data) - start) % size == 0
        print(header["first"], header["storage"], header["shape"], header["classes"])
        for at in range(start, len(data), size):
            checksum, entry, milliseconds = struct.unpack("<IIq", data[at:at + 16])
            assert zlib.crc32(data[at + 4:at + size]) == checksum
            print(entry & 0x3fffffff, entry >> 31, list(data[at + 16:at + size]))
        """, try segments(folder + "/live")[0])
      let expected = (0..<5).map { number in
        "\(number % 2) \(heldOut.contains(number) ? 1 : 0) [\(number), 0, 0, 0, 7, 7]\n"
      }
      #expect(printed == "0 uint8 [1, 2, 3] ['even', 'odd']\n" + expected.joined())
    }
  }

  @Test func indexThatDoesNotSuitTheFileIsMadeAgain() throws {
    try withLiveModel { model, folder in
      let store = try reopened(folder, limits: Self.tiny)
      for first in stride(from: 0, to: 8, by: 2) {
        _ = try store.append(examples(first..<first + 2))
      }
      try model.registry.write {
        try $0.execute(sql: "UPDATE segment SET bytes = bytes + 1")
      }
      #expect(try reopened(folder).count == 8)
      #expect(
        try model.registry.segmentIndex()[0]?.entries.count == 4)
    }
  }

  @Test(arguments: [1, 15, 21])
  func tornTailIsCutOff(bytes: Int) throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<3))
      let file = try segments(folder)[0]
      try append([UInt8](repeating: 1, count: bytes), to: file)
      let store = try reopened(folder)
      #expect(store.count == 3)
      #expect(try store.append(examples(3..<4)) == 3..<4)
      #expect(try reopened(folder).example(3).sample == Example.numbered(3).sample)
      let event = try model.registry.events(kinds: [.tailCutOff]).first
      #expect(event?.detail["bytes"] == JSONValue(bytes))
    }
  }

  @Test func recordsHalfWrittenAtTheEndAreCutOff() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<3))
      // As when the file was made longer and its bytes did not reach the disk.
      try append([UInt8](repeating: 0, count: 50), to: try segments(folder)[0])
      #expect(try reopened(folder).count == 3)
    }
  }

  /// Whatever length a kill leaves the file at, what is whole is there and more can come. Nothing of
  /// it was acknowledged.
  @Test func everyLengthOfTheLastSegmentOpens() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<4))
      let file = URL(filePath: try segments(folder)[0])
      let whole = try Data(contentsOf: file)
      let start = try SegmentFile.mapped(file.path).layout.start
      #expect(whole.count == start + 4 * 22)
      for length in start...whole.count {
        try whole.prefix(length).write(to: file)
        try? FileManager.default.removeItem(atPath: AcknowledgedFile.path(in: folder + "/examples"))
        let store = try ExampleStore(LiveFolder(folder), model.settings, model.registry)
        let left = (length - start) / 22
        #expect(store.count == left, "\(length) bytes")
        #expect(try store.append([.numbered(77)]) == left..<left + 1, "\(length) bytes")
        #expect(try store.example(left).sample == Example.numbered(77).sample)
        store.close()
      }
    }
  }

  @Test func damageInTheMiddleCostsOneExampleAndKeepsTheNumbers() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<5))
      let file = try segments(folder)[0]
      let layout = try SegmentFile.mapped(file).layout
      try change(file, at: layout.offset(2) + 17, [0xFF])
      let name = file.replacingOccurrences(of: folder + "/", with: "")
      // Found by whoever reads it, and left out from then on.
      let expected =
        "example 2: \(name) no longer holds what was written; it is left out from now on"
      #expect(sentence(without: folder) { _ = try model.examples.example(2) } == expected)
      let store = try reopened(folder)
      for store in [model.examples, store] {
        #expect(store.count == 5)
        #expect(store.counts.damaged == 1)
        #expect(store.counts.total == 5)
        let rest = store.trainingNumbers(in: 0..<5) + store.heldOutNumbers(in: 0..<5)
        #expect(Set(rest) == [0, 1, 3, 4])
        #expect(try store.example(4).sample == Example.numbered(4).sample)
      }
      #expect(try store.verify() == [2])
      #expect(
        try model.registry.events(kinds: [.examplesDamaged]).first?.detail["examples"] == 1)
    }
  }

  @Test func missingSegmentIsNamed() throws {
    try withLiveModel { model, folder in
      let store = try reopened(folder, limits: Self.tiny)
      for first in stride(from: 0, to: 12, by: 2) {
        _ = try store.append(examples(first..<first + 2))
      }
      let files = try segments(folder)
      try FileManager.default.removeItem(atPath: files[1])
      #expect(
        sentence(without: folder) { _ = try reopened(folder) }
          == "examples/000000000008.segment: its first example: 4, which follows the file before "
          + "it, expected, 8 found; restore it, or live.json, from a copy")
      _ = model
    }
  }

  @Test func segmentOfAnotherModelIsNamed() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<1))
      var other = model.settings
      other.sample.shape = [1, 3, 3]
      #expect(
        sentence(without: folder) {
          _ = try ExampleStore(LiveFolder(folder), other, model.registry)
        }
          == "examples/000000000000.segment: samples: uint8(1, 3, 3) expected, uint8(1, 2, 3) found; "
          + "restore it, or live.json, from a copy")
      other = model.settings
      other.heldOutShare = 0.2
      #expect(
        sentence(without: folder) {
          _ = try ExampleStore(LiveFolder(folder), other, model.registry)
        }
          == "examples/000000000000.segment: held-out share: 0.2, as live.json says, expected, 0.1, "
          + "which its examples were divided by, found; restore it, or live.json, from a copy")
      other = model.settings
      other.classes = ["odd", "even"]
      #expect(
        sentence(without: folder) {
          _ = try ExampleStore(LiveFolder(folder), other, model.registry)
        }
          == "examples/000000000000.segment: classes: those that were known before, in their order, "
          + "expected, others found; restore it, or live.json, from a copy")
    }
  }

  @Test(arguments: [
    (0, "the first 8 bytes: \"net2netE\" expected, something else found"),
    (12, "the header: the checksum beside it expected, another found"),
    (20, "the header: the checksum beside it expected, another found"),
  ])
  func damagedHeaderIsNamed(offset: Int, expected: String) throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<1))
      try change(try segments(folder)[0], at: offset, [0xFF])
      #expect(
        sentence(without: folder) { _ = try reopened(folder) }
          == "examples/000000000000.segment: \(expected); restore it, or live.json, from a copy")
    }
  }

  @Test func lengthBeyondTheFileAndEmptyFilesAreNamed() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<1))
      let file = try segments(folder)[0]
      try change(file, at: 8, [0xFF, 0xFF, 0xFF, 0x7F])
      let found = sentence(without: folder) { _ = try reopened(folder) }
      #expect(found?.contains("the header: 2147483647 bytes expected, ") == true)
      try Data().write(to: URL(filePath: file))
      #expect(
        sentence(without: folder) { _ = try reopened(folder) }
          == "examples/000000000000.segment: the file: a header expected, 0 bytes found; restore it, or live.json, from a copy"
      )
    }
  }

  @Test func readerSeesWhatIsThereAndMendsNothing() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<3))
      let file = try segments(folder)[0]
      try append([1, 2, 3], to: file)
      let size = try Data(contentsOf: URL(filePath: file)).count
      let store = try reopened(folder, isReadOnly: true)
      #expect(store.count == 3)
      #expect(try store.example(2).sample == Example.numbered(2).sample)
      #expect(sentence { _ = try store.append([Example]()) } == nil)
      #expect(
        sentence { _ = try store.append([.numbered(5)]) } == "the store of examples is closed")
      #expect(try Data(contentsOf: URL(filePath: file)).count == size)
    }
  }

  // MARK: What was acknowledged

  @Test(arguments: [true, false])
  func acknowledgedExamplesThatAreLostKeepTheirNumbers(isCut: Bool) throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<5))
      let file = try segments(folder)[0]
      let layout = try SegmentFile.mapped(file).layout
      if isCut {
        #expect(truncate(file, off_t(layout.offset(3))) == 0)
      } else {
        try change(file, at: layout.offset(3), [UInt8](repeating: 0, count: 44))
      }
      #expect(try reopened(folder, isReadOnly: true).verify() == [3, 4])
      let store = try reopened(folder)
      #expect(store.count == 5)
      #expect(store.counts.damaged == 2)
      #expect(try store.append(examples(5..<6)) == 5..<6)
      #expect(try reopened(folder).verify() == [3, 4])
      #expect(
        try model.registry.events(kinds: [.examplesDamaged]).first?.detail["examples"] == 2)
    }
  }

  @Test func lastSegmentThatIsMissingIsNamed() throws {
    try withLiveModel { model, folder in
      let store = try reopened(folder, limits: Self.tiny)
      for first in stride(from: 0, to: 12, by: 2) {
        _ = try store.append(examples(first..<first + 2))
      }
      let files = try segments(folder)
      for (removed, first) in [(2..<3, 8), (1..<2, 4), (0..<1, 0)] {
        for index in removed { try FileManager.default.removeItem(atPath: files[index]) }
        for isReadOnly in [true, false] {
          #expect(
            sentence(without: folder) { _ = try reopened(folder, isReadOnly: isReadOnly) }
              == "examples/00000000000\(first).segment: is missing, and with it the examples from "
              + "number \(first) on; restore it from a copy")
        }
      }
      _ = model
    }
  }

  /// A record's own checksum says nothing of whether it is the one that was written.
  @Test(arguments: [false, true])
  func recordsThatSuitTheirOwnChecksumsAloneAreFound(isFull: Bool) throws {
    try withLiveModel { model, folder in
      let store = try reopened(folder, limits: Self.tiny)
      for number in 0..<(isFull ? 5 : 3) { _ = try store.append(examples(number..<number + 1)) }
      let file = try segments(folder)[0]
      try forge(file, record: 1, Example.numbered(99))
      for _ in 0..<2 {
        let examination = try reopened(folder, isReadOnly: true).examined()
        #expect(examination.damaged == [])
        #expect(examination.altered.map(\.path) == [file])
        // Opening to write mends nothing of it.
        _ = try reopened(folder)
      }
      _ = model
    }
  }

  /// Writes another example with its right checksum; held out as that of number 1 is.
  private func forge(_ file: String, record index: Int, _ example: Example) throws {
    let layout = try SegmentFile.mapped(file).layout
    var record = [UInt8](repeating: 0, count: layout.recordSize)
    record.withUnsafeMutableBytes { record in
      example.sample.withUnsafeBytes { sample in
        let isHeldOut = HeldOutChoice(share: layout.header.heldOutShare).contains(sample)
        _ = SegmentLayout.write(
          ExampleEntry(label: example.label, isHeldOut: isHeldOut), received: Timestamp(), sample,
          into: record)
      }
    }
    try change(file, at: layout.offset(index), record)
  }

  @Test func classThatIsNoneIsDamageWhateverTheChecksum() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<3))
      var example = Example.numbered(1)
      for label in [2, 1 << 29, 1 << 30 - 1] {
        example.label = label
        try forge(try segments(folder)[0], record: 1, example)
        let store = try reopened(folder)
        #expect(store.counts.trainingByClass.count <= 2)
        #expect(store.counts.damaged == 1)
        #expect(try store.verify() == [1])
      }
      #expect(sentence { _ = try model.examples.example(1) }?.hasPrefix("example 1: ") == true)
    }
  }

  @Test func entriesOfTheIndexThatAreNoneAreReadFromTheFile() throws {
    try withLiveModel { model, folder in
      let store = try reopened(folder, limits: Self.tiny)
      for first in stride(from: 0, to: 8, by: 2) {
        _ = try store.append(examples(first..<first + 2))
      }
      let entries = [ExampleEntry](
        repeating: ExampleEntry(label: 1 << 29, isHeldOut: false), count: 4)
      try model.registry.write {
        try $0.execute(
          sql: "UPDATE segment SET entries = ?", arguments: [ExampleEntry.data(entries)])
      }
      #expect(try reopened(folder, isReadOnly: true).counts == store.counts)
    }
  }

  @Test func fileOfWhatWasAcknowledgedIsMissedAndMadeAgain() throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<5))
      let file = AcknowledgedFile.path(in: folder + "/examples")
      let expected = try AcknowledgedFile.read(in: folder + "/examples")
      #expect(expected?.end == 5)
      for damage in [nil, Data("net2netA".utf8), Data(count: 36)] {
        try FileManager.default.removeItem(atPath: file)
        try damage?.write(to: URL(filePath: file))
        #expect(try reopened(folder, isReadOnly: true).count == 5)
        #expect(try reopened(folder).count == 5)
        #expect(try AcknowledgedFile.read(in: folder + "/examples") == expected)
      }
      let events = try model.registry.events(kinds: [.examplesDamaged])
      #expect(events.count == 3)
      #expect(events.first?.detail["reason"] == "it is missing")
    }
  }

  /// Its numbers would decide how much is allocated.
  @Test(arguments: [UInt64(1) << 40, .max])
  func acknowledgementThatCannotBeIsNone(end: UInt64) throws {
    var bytes = Array("net2netA".utf8)
    for value in [0, end, 0] {
      withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
    withUnsafeBytes(of: SegmentLayout.checksum(bytes).littleEndian) { bytes += $0 }
    #expect(bytes.withUnsafeBytes { Acknowledgement($0) } == nil)
    let whole = Acknowledgement(first: 3, end: 7, digest: RunningDigest(value: 9))
    #expect(whole.bytes.withUnsafeBytes { Acknowledgement($0) } == whole)
  }

  /// With a right checksum over it.
  @Test(arguments: [
    (
      #""classes":["even","even"]"#,
      "classes: different names expected, one of them twice found"
    ),
    (
      #""shape":[4611686018427387904]"#,
      "the shape of samples: at most 16777216 elements expected, (4611686018427387904) found"
    ),
    (
      #""shape":[1,-2,-3]"#,
      "the shape of samples: at most 16777216 elements expected, (1, -2, -3) found"
    ),
  ])
  func headerThatCannotBeIsNamed(part: String, expected: String) throws {
    try withLiveModel { model, folder in
      _ = try model.examples.append(examples(0..<1))
      let name = String(part.prefix { $0 != ":" })
      let parts = [
        #""first":0"#, #""formatVersion":1"#, #""heldOutShare":0.1"#, #""storage":"uint8""#,
        #""classes":["even","odd"]"#, #""shape":[1,2,3]"#,
      ].filter { !$0.hasPrefix(name + ":") }
      let text = Array("{\((parts + [part]).joined(separator: ","))}".utf8)
      var bytes = Array("net2netE".utf8)
      for word in [UInt32(text.count), SegmentLayout.checksum(text)] {
        withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
      }
      try Data(bytes + text).write(to: URL(filePath: try segments(folder)[0]))
      #expect(
        sentence(without: folder) { _ = try reopened(folder) }
          == "examples/000000000000.segment: \(expected); restore it, or live.json, from a copy")
    }
  }
}
