import Foundation
import Net2NetLifelong
import Net2NetTraining
import TestSupport
import Testing

@Suite struct LearnerSettingsTests {
  private func settings(_ text: String) throws -> LearnerSettings {
    try withTemporaryFolder { folder in
      let file = "\(folder)/learner.json"
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      do {
        return try LearnerSettings(json: file)
      } catch {
        throw Complaint(text: "\(error)".replacingOccurrences(of: folder + "/", with: ""))
      }
    }
  }

  private struct Complaint: Error {
    let text: String
  }

  private func complaint(_ text: String) -> String? {
    do {
      _ = try settings(text)
      return nil
    } catch {
      return (error as? Complaint)?.text
    }
  }

  @Test func whatIsNotNamedIsAsByDefault() throws {
    let read = try settings(
      #"{"rehearsal": 2.5, "budget": {"parameters": 5000}, "growth": {"best": 3, "trialLevel": 0.1}}"#
    )
    var expected = LearnerSettings()
    expected.rehearsal = 2.5
    expected.budget.parameters = 5000
    expected.growth?.best = 3
    expected.growth?.trialLevel = 0.1
    #expect(read == expected)
    #expect(try settings(#"{"growth": null}"#).growth == nil)
    #expect(try settings("{}") == LearnerSettings())
    #expect(
      try settings(#"{"optimizer": {"rule": "adamw", "learningRate": 0.01}}"#).optimizer
        == OptimizerSettings(.adamw, learningRate: 0.01))
    var slower = LearnerSettings()
    slower.optimizer.learningRate = 0.02
    #expect(try settings(#"{"optimizer": {"learningRate": 0.02}}"#) == slower)
    #expect(try settings(#"{"optimizer": {"rule": "sgd", "learningRate": 0.02}}"#) == slower)
  }

  @Test(arguments: [
    (
      #"{"rehersal": 2}"#,
      #"learner.json: learner: unknown key "rehersal"; did you mean "rehearsal"?"#
    ),
    (
      #"{"growth": {"fctor": 2}}"#,
      #"learner.json: growth: unknown key "fctor"; did you mean "factor"?"#
    ),
    (
      #"{"rehearsal": "much"}"#,
      "learner.json: learner: rehearsal: a number expected, something else found"
    ),
    (
      #"{"optimizer": {"weightdecay": 0.1}}"#,
      #"learner.json: optimizer: unknown key "weightdecay"; did you mean "weightDecay"?"#
    ),
    (
      #"{"optimizer": {"rule": "lion"}}"#,
      "learner.json: optimizer: rule: sgd, adam, adamw expected, something else found"
    ),
    (#"[1]"#, "learner.json: JSON of a learner's settings expected, something else found"),
    (#"rehearsal: 2"#, "learner.json: JSON of a learner's settings expected, something else found"),
  ])
  func fileThatIsNoSettingsIsRefusedWithTheReason(text: String, expected: String) {
    #expect(complaint(text) == expected)
  }

  @Test func settingsReadBackAsTheyWere() throws {
    var settings = LearnerSettings()
    settings.growth = nil
    settings.threads = nil
    settings.niceness = 3
    settings.canary = CanaryTrial(share: 0.25, requests: 9, seconds: 1.5)
    settings.budget.seconds = 2.5
    settings.budget.networkMultiplyAdds = 7
    let text = try JSONEncoder().encode(settings)
    #expect(try JSONDecoder().decode(LearnerSettings.self, from: text) == settings)
  }

  @Test func valuesOutOfRangeAreNamed() {
    func sentence(_ change: (inout LearnerSettings) -> Void) -> String? {
      var settings = LearnerSettings()
      change(&settings)
      do {
        try settings.validate()
        return nil
      } catch { return "\(error)" }
    }
    #expect(sentence { _ in } == nil)
    #expect(sentence { $0.branchShare = 1 } == "branch share: between 0 and 1 expected, 1.0 found")
    #expect(
      sentence { $0.promotion.level = 0 } == "promotion level: between 0 and 1 expected, 0.0 found")
    #expect(
      sentence { $0.growth?.factor = 1 } == "growth factor: above 1, at most 16 expected, 1.0 found"
    )
    #expect(
      sentence { $0.growth?.trialLevel = 1 }
        == "growth trial level: from 0 to below 1 expected, 1.0 found")
    #expect(sentence { $0.niceness = 20 } == "niceness: 0 to 19 expected, 20 found")
    #expect(sentence { $0.canary.share = 0.6 } == "canary share: 0 to 0.5 expected, 0.6 found")
    #expect(sentence { $0.canary.requests = 0 } == "canary requests: 1 or more expected, 0 found")
    #expect(
      sentence { $0.canary.seconds = -1 } == "canary seconds: 0 to 86400 expected, -1.0 found")
    #expect(
      sentence { $0.budget.memoryBytes = 0 } == "budget of memory: 1 or more expected, 0 found")
  }
}
