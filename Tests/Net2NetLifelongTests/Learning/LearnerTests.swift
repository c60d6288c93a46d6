import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTraining
import TestSupport
import Testing

@testable import Net2NetLifelong

/// A learner on a stream of eight patterns of 4 × 4 pixels.
@Suite(.requiresTorch, .serialized) struct LearnerTests {
  private static var settings: LiveSettings {
    var settings = LiveSettings(
      model: "patterns",
      sample: SampleForm(
        storage: .uint8, shape: [1, 4, 4], preparation: .pixels(means: [0.4], deviations: [0.2])),
      classes: (0..<8).map { "pattern \($0)" })
    settings.heldOutShare = 0.2
    settings.learner.batchSize = 32
    settings.learner.leastNewExamples = 100
    settings.learner.leastSteps = 60
    settings.learner.optimizer = OptimizerSettings(learningRate: 0.1)
    settings.learner.growth?.patience = 1
    settings.learner.growth?.largestGap = 0.6
    settings.learner.growth?.relaxSteps = 0
    return settings
  }

  /// Pixels of pattern `number` % `classes`, with noise.
  private static func example(_ number: Int, classes: Int = 8) -> Example {
    let (patterns, noise) = (Draw(seed: 5), Draw(seed: 77))
    let label = number % classes
    let pixels = (0..<16).map { place in
      let isBright = patterns.integer(label * 16 + place, below: 2) == 1
      return UInt8((isBright ? 100 : 40) + noise.integer(number * 16 + place, below: 116))
    }
    return Example(sample: pixels, label: label)
  }

  private static func add(_ range: Range<Int>, to model: LiveModel, classes: Int = 8) throws {
    _ = try model.examples.append(range.map { example($0, classes: classes) })
  }

  private func withModel(
    hidden: Int, classes: Int = 8, _ settings: LiveSettings = settings,
    _ body: (LiveModel, String) async throws -> Void
  ) async throws {
    var settings = settings
    settings.classes = Array(settings.classes.prefix(classes))
    let settled = settings
    try await withTemporaryFolder { folder in
      let model = try LiveModel.create(
        folder + "/live", settled, network: try perceptron(hidden: hidden, classes: classes),
        source: "perceptron.onnx")
      try await body(model, folder + "/live")
    }
  }

  private func reasons(_ model: LiveModel, _ kind: RegistryEvent.Kind) throws -> [String] {
    try model.registry.events(kinds: [kind]).map { event in
      guard case .string(let text) = event.detail["reason"] else { return "" }
      return text
    }
  }

  @Test func waitsForEnoughAndThenLearnsAndPromotes() async throws {
    try await withModel(hidden: 24) { model, _ in
      let learner = try Learner(model)
      try Self.add(0..<50, to: model)
      #expect(try await learner.step().verdict == .wait)
      #expect(try await learner.step().verdict == .wait)
      // Told once.
      #expect(try reasons(model, .waits).count == 1)
      #expect(try #require(try reasons(model, .waits).first).hasSuffix("a round begins with 100"))
      #expect(learner.state.hasPrefix("waits: "))
      try Self.add(50..<400, to: model)
      #expect(try await learner.step().verdict == .goOn)
      let champion = try #require(try model.registry.version(.champion))
      #expect(champion.number == 2)
      #expect(champion.parent == 1)
      #expect(champion.examples == 0..<400)
      #expect(champion.origin.kind == .training)
      #expect(try #require(champion.metrics["accuracy"]) > 0.8)
      #expect(try model.registry.version(.previous)?.number == 1)
      #expect(try await learner.step().verdict == .wait)
    }
  }

  @Test func growsWhenItIsTooSmall() async throws {
    try await withModel(hidden: 2) { model, _ in
      let learner = try Learner(model)
      var grown = 0
      for round in 0..<8 where grown == 0 {
        try Self.add(round * 200..<(round + 1) * 200, to: model)
        try await learner.step()
        grown = try model.registry.events(kinds: [.grew]).count
      }
      #expect(grown == 1)
      let reason = try #require(try reasons(model, .grew).first)
      #expect(reason.contains("more examples no longer help"))
      #expect(reason.contains("widen hidden"))
      let before = try model.registry.versionCount()
      try Self.add(5000..<5200, to: model)
      try await learner.step()
      let version = try model.registry.version(before + 1)
      #expect(version.origin.kind == .growth)
      #expect(version.cost.parameters > (try model.registry.version(1).cost.parameters))
      let receipt = try #require(version.origin.receipt)
      #expect(receipt.student.cost.parameters == version.cost.parameters)
    }
  }

  /// Labels that say nothing: what is learnt from them is worse.
  @Test func worseCandidateIsNotPromoted() async throws {
    try await withModel(hidden: 24) { model, _ in
      let learner = try Learner(model)
      try Self.add(0..<600, to: model)
      try await learner.step()
      #expect(try model.registry.version(.champion)?.number == 2)
      // Held-out examples stay as they should be: only those to learn from are mislabelled.
      let wrong = (600..<1400).map { number in
        var example = Self.example(number)
        if !model.examples.heldOut.contains(example.sample) {
          example.label = Draw(seed: 3).integer(number, below: 8)
        }
        return example
      }
      _ = try await model.examples.append(wrong)
      try await learner.step()
      #expect(try model.registry.version(.champion)?.number == 2)
      #expect(try model.registry.versionCount() == 3)
      let rejected = try #require(try model.registry.events(kinds: [.rejected]).first)
      #expect(rejected.version == 3)
      #expect(try #require(try reasons(model, .rejected).first).hasPrefix("worse: of "))
    }
  }

  @Test func classesThatAppearAreLearnt() async throws {
    try await withModel(hidden: 24, classes: 6) { model, _ in
      let learner = try Learner(model)
      try Self.add(0..<400, to: model, classes: 6)
      try await learner.step()
      _ = try await model.examples.append(
        [6, 7].map { number in
          IncomingExample(
            sample: Self.example(number).sample, label: .name("pattern \(number)"))
        })
      try Self.add(1000..<1600, to: model)
      try await learner.step()
      let champion = try #require(try model.registry.version(.champion))
      #expect(champion.number == 3)
      #expect(try model.registry.network(of: champion).classCount() == 8)
      #expect(try #require(try reasons(model, .grew).first).hasPrefix("add 2 classes"))
      #expect(try #require(champion.metrics["accuracy"]) > 0.7)
    }
  }

  @Test func goesOnAfterARestart() async throws {
    try await withModel(hidden: 8) { model, folder in
      try Self.add(0..<300, to: model)
      try await Learner(model).step()
      let memory = try LearnerMemory(model)
      #expect(memory.course.rounds == 1)
      #expect(memory.notes.learntEnd == 300)
      #expect(memory.course.trunk.optimizer.steps > 0)
      #expect(memory.notes.reservoir.end == 300)

      let again = try Learner(model)
      #expect(try await again.step().verdict == .wait)
      try Self.add(300..<600, to: model)
      try await again.step()
      #expect(try model.registry.version(3).parent == 2)
      #expect(try LearnerMemory(model).course.rounds == 2)

      // Without what it had noted it begins from the champion, with what came after that.
      try FileManager.default.removeItem(atPath: "\(folder)/learner")
      let fresh = try LearnerMemory(model)
      #expect(fresh.course.rounds == 0)
      let champion = try #require(try model.registry.version(.champion))
      #expect(fresh.notes.learntEnd == champion.examples?.upperBound)
    }
  }

  /// The folder as it was before the round is what a kill between the version and it leaves.
  @Test(arguments: [true, false])
  func roundThatWasKilledBeforeItWasKeptMakesNoSecondVersion(isPromoted: Bool) async throws {
    struct Killed: Error {}
    try await withModel(hidden: 8) { model, folder in
      try Self.add(0..<300, to: model)
      try await Learner(model).step()
      let kept = "\(folder)/kept"
      try FileManager.default.copyItem(atPath: "\(folder)/learner", toPath: kept)
      try Self.add(300..<600, to: model)
      let refusal: Learner.Promotion = { _, _ in throw Killed() }
      try await Learner(model, promote: isPromoted ? nil : refusal).step()
      #expect(try model.registry.versionCount() == 3)
      #expect(try model.registry.version(.champion)?.number == (isPromoted ? 3 : 2))
      let after = try LearnerMemory(model)
      try FileManager.default.removeItem(atPath: "\(folder)/learner")
      try FileManager.default.moveItem(atPath: kept, toPath: "\(folder)/learner")
      // What came meanwhile is for the round after.
      try Self.add(600..<800, to: model)

      let again = try Learner(model)
      try await again.step()
      #expect(try model.registry.versionCount() == 3)
      #expect(try model.registry.version(.champion)?.number == 3)
      let memory = try LearnerMemory(model)
      #expect(memory.notes.learntEnd == 600)
      #expect(memory.notes.parent == 3)
      #expect(memory.course.rounds == after.course.rounds)
      #expect(
        try Digest(of: memory.course.trunk.network).description
          == Digest(of: after.course.trunk.network).description)
      try await again.step()
      #expect(try model.registry.version(4).parent == 3)
      #expect(try model.registry.version(4).examples == 0..<800)
    }
  }

  @Test func championMadeByOthersIsBegunFrom() async throws {
    try await withModel(hidden: 8) { model, _ in
      let learner = try Learner(model)
      try Self.add(0..<300, to: model)
      try await learner.step()
      try model.rollBack()
      try Self.add(300..<600, to: model)
      try await learner.step()
      #expect(try model.registry.version(3).parent == 1)
      #expect(
        try reasons(model, .trained).contains(
          "version 1 was made champion by others; the learner begins from it"))
    }
  }

  @Test func cancelledItStops() async throws {
    try await withModel(hidden: 8) { model, _ in
      let learner = try Learner(model, pollInterval: .milliseconds(20))
      try Self.add(0..<300, to: model)
      let running = Task { try await learner.run() }
      for _ in 0..<500 where try model.registry.versionCount() == 1 {
        try await Task.sleep(for: .milliseconds(20))
      }
      running.cancel()
      try await running.value
      #expect(try model.registry.versionCount() == 2)
      #expect(learner.state == "stopped")
      #expect(try model.registry.latestEvents(limit: 1)[0].kind == .stopped)
    }
  }

  @Test func stoppedWhileAVersionIsTriedItComesToTheSameVersionAgain() async throws {
    try await withModel(hidden: 8) { model, _ in
      try Self.add(0..<300, to: model)
      let stopped = try Learner(model) { _, _ in try await Task.sleep(for: .seconds(600)) }
      let running = Task { try await stopped.run() }
      for _ in 0..<500 where stopped.state != "tries version 2" {
        try await Task.sleep(for: .milliseconds(20))
      }
      running.cancel()
      try await running.value
      #expect(try reasons(model, .failed).isEmpty)
      #expect(try model.registry.version(.champion)?.number == 1)
      try await Learner(model).step()
      #expect(try model.registry.versionCount() == 2)
      #expect(try model.registry.version(.champion)?.number == 2)
    }
  }

  @Test func whatGoesWrongIsAnEventAndWaitedOut() async throws {
    try await withModel(hidden: 8) { model, _ in
      struct Refusal: Error, CustomStringConvertible {
        let description = "the server will not have it"
      }
      let learner = try Learner(model) { _, _ in throw Refusal() }
      try Self.add(0..<300, to: model)
      #expect(try await learner.step().verdict == .goOn)
      #expect(
        try reasons(model, .failed) == ["version 2 was not promoted: the server will not have it"])
      // It is not learnt again, and stays a version.
      #expect(try await learner.step().verdict == .wait)
      #expect(try model.registry.versionCount() == 2)
      #expect(try model.registry.version(.champion)?.number == 1)
    }
  }
}

extension HeldOutChoice {
  fileprivate func contains(_ sample: [UInt8]) -> Bool {
    sample.withUnsafeBytes { contains($0) }
  }
}
