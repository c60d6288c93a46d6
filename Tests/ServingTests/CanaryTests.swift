import Foundation
import Net2Net
import Synchronization
import TestSupport
import Testing

@testable import Net2NetLifelong

/// Versions that are tried on a share of the requests before they are promoted, over a real socket.
@Suite(.requiresTorch)
struct CanaryTests {
  private static let trial = CanaryTrial(share: 0.5, requests: 10, seconds: 60)

  /// Asks until `promotion` has ended; the sums that came back, by the version that they name.
  private func answers(
    of running: RunningServer, while promotion: Task<Void, any Error>, _ sample: [Float]
  ) async throws -> [String: Set<Double>] {
    var answers: [String: Set<Double>] = [:]
    let isDone = Flag()
    Task {
      _ = await promotion.result
      isDone.set()
    }
    while !isDone.isSet {
      let answer = try await running.ask(
        "POST", "/v2/models/line/infer", RunningServer.inference(sample))
      #expect(answer.status == 200)
      let body = try JSONSerialization.jsonObject(with: Data(answer.body.utf8))
      let outputs = try #require((body as? [String: Any])?["outputs"] as? [[String: Any]])
      let data = try #require(outputs[0]["data"] as? [Double])
      answers[answer.headers["x-model-version"] ?? "none", default: []].formUnion(data)
    }
    return answers
  }

  private func events(_ running: RunningServer, _ kind: RegistryEvent.Kind) throws -> [Int?] {
    try running.model.registry.events(kinds: [kind]).map(\.version)
  }

  @Test func aVersionIsPromotedOnceItHasAnsweredItsShare() async throws {
    let running = try await RunningServer(versions: 2)
    let began = ContinuousClock.now
    let promotion = Task {
      try await running.server.deployer.promote(2, after: Self.trial)
    }
    let answers = try await answers(of: running, while: promotion, [1, 1, 1])
    try await promotion.value
    #expect(ContinuousClock.now - began < .seconds(Self.trial.seconds / 2), "requests decided")
    #expect(answers == ["1": [3], "2": [6]], "both answered, each as it computes")
    #expect(try running.model.registry.aliases() == [.champion: 2, .previous: 1])
    #expect(try events(running, .candidate) == [2])
    #expect(try events(running, .promoted).last == 2)
  }

  @Test func aVersionThatFailsIsWithdrawnAndNoRequestFails() async throws {
    let running = try await RunningServer()
    _ = try running.model.registry.add(
      try DeploymentTests.network(weight: 1e20),
      as: VersionDraft(parent: 1, origin: .training(seeds: [:]), metrics: [:]))
    let promotion = Task {
      try await running.server.deployer.promote(2, after: Self.trial)
    }
    let answers = try await answers(of: running, while: promotion, [1e20, 0, 0])
    let error = await #expect(throws: LifelongError.self) { try await promotion.value }
    #expect(
      error?.description == "version 2 is not served: it was withdrawn while it was tried")
    #expect(Set(answers.keys) == ["1"], "the champion answers what the candidate cannot")
    for _ in 0..<200 where try events(running, .rejected).isEmpty {
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(try running.model.registry.aliases() == [.champion: 1])
    #expect(try events(running, .rejected) == [2])
  }

  /// Numbers so large that the champion's answer is just finite, and the candidate's is not.
  @Test func requestsAtTheEndOfWhatNumbersHoldWithdrawNobody() async throws {
    let running = try await RunningServer(versions: 2)
    try await running.server.deployer.tryOut(2, share: 1)
    for _ in 0..<9 {
      let answer = try await running.ask(
        "POST", "/v2/models/line/infer", RunningServer.inference([2e38, 0, 0]))
      #expect(answer.status == 200)
      #expect(answer.headers["x-model-version"] == "1")
    }
    #expect(running.server.responder.deployment.current.candidate?.failed == 0)
    #expect(running.server.responder.deployment.current.candidate?.version.number == 2)
  }

  /// Numbers so large that no version has a finite answer to them.
  @Test func requestsThatNoVersionCanAnswerWithdrawNobody() async throws {
    let running = try await RunningServer(versions: 2)
    let promotion = Task {
      try await running.server.deployer.promote(
        2, after: CanaryTrial(share: 1, requests: 10, seconds: 60))
    }
    for _ in 0..<500 where running.server.responder.deployment.current.candidate == nil {
      try await Task.sleep(for: .milliseconds(1))
    }
    for _ in 0..<9 {
      let poisoned = try await running.ask(
        "POST", "/v2/models/line/infer", RunningServer.inference([3e38, 3e38, 3e38]))
      #expect(poisoned.status == 422)
      #expect(
        poisoned.sentence
          == "output \"output\" is NaN or infinite for this input, which JSON has no word for; send "
          + "smaller numbers, or prepare the input as the network expects it")
    }
    #expect(running.server.responder.deployment.current.candidate?.failed == 0)
    let answers = try await answers(of: running, while: promotion, [1, 1, 1])
    try await promotion.value
    #expect(answers["2"] == [6])
    #expect(try running.model.registry.aliases() == [.champion: 2, .previous: 1])
    #expect(try events(running, .rejected).isEmpty)
  }

  @Test func whereNobodyAsksTimeDecides() async throws {
    let running = try await RunningServer(versions: 2)
    try await running.server.deployer.promote(
      2, after: CanaryTrial(share: 0.5, requests: 10, seconds: 0.1))
    #expect(try running.model.registry.aliases() == [.champion: 2, .previous: 1])
  }

  @Test func withNoShareItIsNotTried() async throws {
    let running = try await RunningServer(versions: 2)
    try await running.server.deployer.promote(
      2, after: CanaryTrial(share: 0, requests: 10, seconds: 60))
    #expect(try running.model.registry.aliases() == [.champion: 2, .previous: 1])
    #expect(try events(running, .candidate).isEmpty)
  }

  @Test func whatOthersPromoteMeanwhileStays() async throws {
    let running = try await RunningServer(versions: 3)
    let deployer = running.server.deployer
    let promotion = Task {
      try await deployer.promote(2, after: CanaryTrial(share: 0.5, requests: 1000, seconds: 0.5))
    }
    for _ in 0..<500 where try running.model.registry.aliases()[.candidate] == nil {
      try await Task.sleep(for: .milliseconds(1))
    }
    try await deployer.promote(3)
    let error = await #expect(throws: LifelongError.self) { try await promotion.value }
    #expect(
      error?.description == "version 2 is not served: version 3 became champion while it was tried")
    #expect(try running.model.registry.aliases() == [.champion: 3, .previous: 1])
  }

  @Test func aTrialEndsWithTheServer() async throws {
    let running = try await RunningServer(versions: 2)
    let deployer = running.server.deployer
    let promotion = Task { try await deployer.promote(2, after: Self.trial) }
    for _ in 0..<500 where try running.model.registry.aliases()[.candidate] == nil {
      try await Task.sleep(for: .milliseconds(1))
    }
    promotion.cancel()
    await #expect(throws: CancellationError.self) { try await promotion.value }
    #expect(try running.model.registry.aliases() == [.champion: 1])

    // Killed, it has no time to say so.
    let registry = running.model.registry
    try registry.tryOut(try registry.verified(2, for: running.model.settings))
    try await deployer.start()
    #expect(try registry.aliases() == [.champion: 1])
    #expect(
      try registry.events(kinds: [.rejected]).map { $0.detail["reason"] }
        == Array(repeating: .string("the server stopped while it was tried"), count: 2))
  }
}

/// Set once, from any task.
private final class Flag: Sendable {
  private let value = Mutex(false)

  var isSet: Bool { value.withLock { $0 } }

  func set() { value.withLock { $0 = true } }
}
