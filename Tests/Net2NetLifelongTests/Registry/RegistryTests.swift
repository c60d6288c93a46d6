import Foundation
import GRDB
import Net2Net
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite(.requiresTorch) struct RegistryTests {
  private func draft(_ parent: Int?, examples: Range<Int>? = nil) -> VersionDraft {
    VersionDraft(
      parent: parent, origin: .training(seeds: ["order": .max]), examples: examples,
      metrics: ["accuracy": 0.5])
  }

  @Test func firstVersionIsWhatWasImportedAndTheChampion() throws {
    try withLiveModel { model, _ in
      let version = try model.registry.version(1)
      #expect(version.parent == nil)
      #expect(version.origin.kind == .import)
      #expect(version.origin.source == "small.onnx")
      // 6 · 4 + 4 and 4 · 2 + 2 parameters.
      #expect(version.cost.parameters == 38)
      #expect(try model.registry.aliases() == [.champion: 1])
      #expect(try model.registry.events().map(\.kind) == [.added, .promoted, .created])
    }
  }

  @Test func versionsKeepAllThatWasToldOfThem() throws {
    try withLiveModel { model, folder in
      let told = draft(1, examples: 0..<1000)
      let added = try model.registry.add(try smallNetwork(seed: 1), as: told)
      let found = try Registry(reading: LiveFolder(folder)).version(2)
      #expect(found == added)
      #expect(found.parent == 1)
      #expect(found.origin.seeds == ["order": .max])
      #expect(found.examples == 0..<1000)
      #expect(found.metrics == ["accuracy": 0.5])
      #expect(try model.registry.versions().map(\.number) == [2, 1])
      #expect(try model.registry.versions(before: 2).map(\.number) == [1])
      #expect(try model.registry.versions(limit: 1).map(\.number) == [2])
    }
  }

  @Test func growthIsKeptWithItsPlanAndReceipt() throws {
    try withLiveModel { model, _ in
      let plan = GrowthPlan(growths: [.widen(Widen(all: 2))])
      let network = try smallNetwork()
      let grown = try network.grown(by: plan)
      let summary = Receipt.Summary(sha256: "a", cost: try network.cost())
      let receipt = Receipt(
        producer: "tests", teacher: summary, student: summary, seed: 3, steps: grown.steps)
      let version = try model.registry.add(
        grown.network,
        as: VersionDraft(parent: 1, origin: .growth(plan: plan, receipt: receipt)))
      #expect(version.origin.plan == plan)
      #expect(version.origin.receipt == receipt)
      #expect(try model.registry.version(2).origin.receipt?.steps == grown.steps)
    }
  }

  @Test func sameNetworkIsStoredOnce() throws {
    try withLiveModel { model, folder in
      let second = try model.registry.add(try smallNetwork(), as: draft(1))
      #expect(second.number == 2)
      #expect(try second.sha256 == model.registry.version(1).sha256)
      #expect(try networkFiles(folder).count == 1)
    }
  }

  @Test func damagedFileIsMendedByAddingTheNetworkAgain() throws {
    try withLiveModel { model, _ in
      let version = try model.registry.version(1)
      let file = model.registry.networks.file(version.sha256)
      try Data("damaged".utf8).write(to: URL(filePath: file))
      #expect(throws: LifelongError.self) { try model.registry.network(of: version) }
      _ = try model.registry.add(try smallNetwork(), as: draft(1))
      #expect(try model.registry.network(of: version).parameterCount == 38)
    }
  }

  @Test func unknownVersionIsNamedWithTheNewest() throws {
    try withLiveModel { model, _ in
      #expect(
        sentence { _ = try model.registry.version(9) }
          == "version 9: there is none; the newest is 1")
      #expect(
        sentence { _ = try model.registry.add(smallNetwork(), as: draft(9)) }
          == "version 9: there is none; the newest is 1")
    }
  }

  @Test func versionsNeitherChangeNorGo() throws {
    try withLiveModel { model, _ in
      for change in ["UPDATE version SET sha256 = sha256", "DELETE FROM version"] {
        let refused = sentence { try model.registry.write { try $0.execute(sql: change) } }
        #expect(refused?.contains("versions") == true, "\(change)")
      }
    }
  }

  @Test func eventsAreReadFromWhereOneLeftOff() throws {
    try withLiveModel { model, _ in
      let last = try model.registry.events().last?.id ?? 0
      try model.registry.record(.drift, ["effect": 0.25, "feature": "mean"])
      try model.registry.record(.waits, version: 1)
      let events = try model.registry.events(after: last)
      #expect(events.map(\.kind) == [.drift, .waits])
      #expect(events[0].detail == ["effect": 0.25, "feature": "mean"])
      #expect(events[1].version == 1)
      #expect(try model.registry.events(kinds: [.drift]).count == 1)
      #expect(try model.registry.latestEvents(limit: 1).map(\.kind) == [.waits])
    }
  }

  @Test func notesAreFoundAgain() throws {
    try withLiveModel { model, _ in
      #expect(try model.registry.note("reservoir", as: Reservoir.self) == nil)
      var reservoir = Reservoir(size: 2, seed: 1)
      for number in 0..<5 { reservoir.offer(number) }
      try model.registry.note(reservoir, as: "reservoir")
      #expect(try model.registry.note("reservoir") == reservoir)
    }
  }

  @Test func manyThreadsAddVersionsAtOnce() throws {
    try withLiveModel { model, _ in
      let failures = concurrently(8) { index in
        let network = try smallNetwork(seed: UInt64(index))
        for _ in 0..<5 { _ = try model.registry.add(network, as: draft(1)) }
      }
      #expect(failures.isEmpty, "\(failures)")
      #expect(try model.registry.versions().map(\.number) == Array((1...41).reversed()))
      try model.registry.checkIntegrity()
    }
  }

  private func networkFiles(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder + "/networks")
      .filter { $0.hasSuffix(".onnx") }
  }
}

/// Runs `body` on threads of its own; what it throws, as sentences.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) -> [String] {
  let failures = Failures()
  let group = DispatchGroup()
  for index in 0..<count {
    group.enter()
    Thread.detachNewThread {
      do { try body(index) } catch { failures.add("\(error)") }
      group.leave()
    }
  }
  group.wait()
  return failures.sentences
}

private final class Failures: @unchecked Sendable {  // The lock guards the sentences.
  private let lock = NSLock()
  private var found: [String] = []
  var sentences: [String] { lock.withLock { found } }
  func add(_ sentence: String) { lock.withLock { found.append(sentence) } }
}
