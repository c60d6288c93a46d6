import Foundation
import GRDB
import Net2Net
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite(.requiresTorch) struct AliasTests {
  private func add(_ count: Int, to model: LiveModel) throws {
    for seed in 1...count {
      _ = try model.registry.add(
        try smallNetwork(seed: UInt64(seed)),
        as: VersionDraft(parent: 1, origin: .training(seeds: [:])))
    }
  }

  @Test func promotionMovesChampionAndPrevious() throws {
    try withLiveModel { model, _ in
      try add(2, to: model)
      try model.promote(2)
      #expect(try model.registry.aliases() == [.champion: 2, .previous: 1])
      try model.promote(3, detail: ["by": "hand"])
      #expect(try model.registry.aliases() == [.champion: 3, .previous: 2])
      let event = try model.registry.events(kinds: [.promoted]).last
      #expect(event?.version == 3)
      #expect(event?.detail == ["by": "hand", "from": 2])
    }
  }

  @Test func promotingTheChampionChangesNothing() throws {
    try withLiveModel { model, _ in
      try add(1, to: model)
      try model.promote(2)
      let events = try model.registry.events().count
      try model.promote(2)
      #expect(try model.registry.aliases() == [.champion: 2, .previous: 1])
      #expect(try model.registry.events().count == events)
    }
  }

  @Test func rollingBackTwiceGoesBackTwice() throws {
    try withLiveModel { model, _ in
      try add(2, to: model)
      try model.promote(2)
      try model.promote(3)
      try model.rollBack(detail: ["why": "errors"])
      #expect(try model.registry.aliases() == [.champion: 2, .previous: 1])
      try model.rollBack()
      #expect(try model.registry.aliases() == [.champion: 1])
      #expect(
        sentence { try model.rollBack() } == "there is no previous version to roll back to")
      let event = try model.registry.events(kinds: [.rolledBack]).first
      #expect(event?.version == 2)
      #expect(event?.detail == ["why": "errors", "from": 3])
    }
  }

  @Test func versionThatWasRolledBackMayBePromotedAgain() throws {
    try withLiveModel { model, _ in
      try add(1, to: model)
      try model.promote(2)
      try model.rollBack()
      try model.promote(2)
      #expect(try model.registry.aliases() == [.champion: 2, .previous: 1])
    }
  }

  @Test func candidateIsTriedThenPromotedOrRejected() throws {
    try withLiveModel { model, _ in
      try add(2, to: model)
      try model.registry.tryOut(model.registry.verified(2, for: model.settings))
      #expect(try model.registry.version(.candidate)?.number == 2)
      try model.promote(2)
      #expect(try model.registry.version(.candidate) == nil)
      try model.registry.tryOut(model.registry.verified(3, for: model.settings))
      try model.registry.rejectCandidate(detail: ["accuracy": 0.1])
      #expect(try model.registry.aliases() == [.champion: 2, .previous: 1])
      #expect(
        try model.registry.events().suffix(2).map(\.kind) == [.candidate, .rejected])
    }
  }

  // MARK: What may not become champion

  @Test func missingFileIsNotPromoted() throws {
    try withLiveModel { model, folder in
      try add(1, to: model)
      let file = model.registry.networks.file(try model.registry.version(2).sha256)
      try FileManager.default.removeItem(atPath: file)
      let name = file.replacingOccurrences(of: folder + "/", with: "")
      #expect(
        sentence(without: folder) { try model.promote(2) }
          == "version 2: its file \(name) is missing; restore it, or use another version")
      #expect(try model.registry.aliases() == [.champion: 1])
    }
  }

  @Test func changedFileIsNotPromoted() throws {
    try withLiveModel { model, folder in
      try add(1, to: model)
      let version = try model.registry.version(2)
      let file = model.registry.networks.file(version.sha256)
      var bytes = try Data(contentsOf: URL(filePath: file))
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: URL(filePath: file))
      let found = sentence(without: folder) { try model.promote(2) } ?? ""
      #expect(found.hasPrefix("version 2: networks/"))
      #expect(found.contains(": SHA-256 \(version.sha256) expected, "))
      #expect(found.hasSuffix(" found; restore it, or use another version"))
    }
  }

  @Test func rollbackToADamagedVersionIsRefusedAndTheChampionStays() throws {
    try withLiveModel { model, _ in
      try add(1, to: model)
      try model.promote(2)
      let file = model.registry.networks.file(try model.registry.version(1).sha256)
      try FileManager.default.removeItem(atPath: file)
      #expect(sentence { try model.rollBack() }?.contains("is missing") == true)
      #expect(try model.registry.aliases() == [.champion: 2, .previous: 1])
    }
  }

  @Test func networkOfOtherOutputsThanWhenItWasAddedIsNotPromoted() throws {
    try withLiveModel { model, _ in
      let other = try GoldenOutputs(of: smallNetwork(seed: 5), seed: 0)
      // As if the engine had changed under the version.
      try model.registry.write { database in
        try database.execute(
          sql: """
            INSERT INTO version (parent, origin, metrics, cost, sha256, golden, created)
            SELECT 1, origin, metrics, cost, sha256, ?, 0 FROM version WHERE number = 1
            """,
          arguments: [try encoded(other)])
      }
      let found = sentence { try model.promote(2) } ?? ""
      #expect(
        found.hasPrefix(
          "version 2: computes something else than when it was added: its outputs differ by "))
      #expect(found.hasSuffix(" of the largest, at most 0.0001 expected"))
    }
  }

  @Test func networkOfOtherSamplesIsNotPromoted() throws {
    try withLiveModel { model, _ in
      var builder = NetworkBuilder(name: "other", seed: 0)
      let input = builder.input([1, 5, 5])
      let other = try builder.network(
        output: try builder.dense(try builder.flatten(input), features: 2))
      _ = try model.registry.add(
        other, as: VersionDraft(parent: 1, origin: .imported(from: "other.onnx")))
      #expect(
        sentence { try model.promote(2) }
          == "the network's input \"input\": float32(N, 1, 2, 3), for samples (1, 2, 3), expected, "
          + "float32(N, 1, 5, 5) found")
    }
  }

  @Test func networkOfFewerClassesIsNotPromotedAndOneOfMoreIs() throws {
    try withLiveModel { model, _ in
      for classes in [1, 3] {
        _ = try model.registry.add(
          try smallNetwork(classes: classes),
          as: VersionDraft(parent: 1, origin: .imported(from: "other.onnx")))
      }
      #expect(
        sentence { try model.promote(2) }
          == "the network's output \"output\": (N, 2) or more, a number for each class, expected, "
          + "float32(N, 1) found")
      try model.promote(3)
      #expect(try model.registry.version(.champion)?.number == 3)
    }
  }
}
