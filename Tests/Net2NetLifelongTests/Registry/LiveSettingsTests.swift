import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTraining
import TestSupport
import Testing

@testable import Net2NetLifelong

@Suite struct LiveSettingsTests {
  private func written(
    _ settings: LiveSettings = .small, _ change: (inout [String: Any]) -> Void = { _ in },
    _ body: (LiveFolder) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let live = LiveFolder(folder)
      var object =
        try JSONSerialization.jsonObject(with: Data(try json(settings).utf8)) as? [String: Any]
        ?? [:]
      change(&object)
      try JSONSerialization.data(withJSONObject: object).write(to: URL(filePath: live.settingsFile))
      try body(live)
    }
  }

  @Test func settingsAreReadAsTheyWereWritten() throws {
    var settings = LiveSettings.small
    settings.heldOutShare = 0.25
    settings.seed = .max
    settings.learner.budget.parameters = 1_000_000
    settings.learner.passes = 3
    settings.learner.growth = nil
    try withTemporaryFolder { folder in
      let live = LiveFolder(folder)
      try live.write(settings)
      #expect(try live.settings() == settings)
    }
  }

  @Test func whatIsNotNamedHasItsUsualValue() throws {
    try written(
      .small,
      {
        $0["learner"] = nil; $0["heldOutShare"] = nil
      }
    ) { live in
      let found = try live.settings()
      #expect(found == .small)
    }
  }

  @Test func misspeltKeyNamesTheNearest() throws {
    try written(.small, { $0["heldoutShare"] = 0.2 }) { live in
      let found = sentence(without: live.path) { _ = try live.settings() }
      #expect(found?.hasPrefix("live.json: ") == true)
      #expect(found?.contains("\"heldoutShare\"") == true, "\(found ?? "")")
      #expect(found?.contains("heldOutShare") == true)
    }
  }

  @Test func settingsOfAnotherFormatAreRefused() throws {
    try written(.small, { $0["formatVersion"] = 2 }) { live in
      let found = sentence(without: live.path) { _ = try live.settings() }
      #expect(found?.contains("formatVersion") == true, "\(found ?? "")")
      #expect(found?.contains("1, the only one that this net2net knows") == true)
    }
  }

  @Test func fileThatIsNoJSONIsRefused() throws {
    try withTemporaryFolder { folder in
      let live = LiveFolder(folder)
      try Data("not JSON".utf8).write(to: URL(filePath: live.settingsFile))
      #expect(
        sentence(without: folder) { _ = try live.settings() }
          == "live.json: JSON of a live model's settings expected, something else found")
    }
  }

  @Test func folderWithoutSettingsIsNoLiveFolder() throws {
    try withTemporaryFolder { folder in
      #expect(
        sentence { _ = try LiveFolder(folder).settings() }
          == "\(folder): is no folder of a live model, for it holds no live.json; `net2net live "
          + "init` makes one")
    }
  }

  static let outOfRange: [(String, @Sendable (inout LiveSettings) -> Void, String)] = [
    (
      "model", { $0.model = "../etc" },
      "model name: 1 to 100 letters, digits, dashes, underscores and dots, no dot first, expected, "
        + "\"../etc\" found"
    ),
    ("share", { $0.heldOutShare = 0.7 }, "held-out share: 0.001 to 0.5 expected, 0.7 found"),
    ("share", { $0.heldOutShare = .nan }, "held-out share: 0.001 to 0.5 expected, nan found"),
    (
      "twice", { $0.classes = ["a", "a"] },
      "classes: different names expected, one of them twice found"
    ),
    ("none", { $0.classes = [] }, "classes: 1 to 1000 expected, 0 found"),
    ("reservoir", { $0.reservoirSize = 0 }, "reservoir size: 1 to 10000000 expected, 0 found"),
    (
      "shape", { $0.sample.shape = [1, 0, 3] },
      "sample shape: 1 to 4 axes and at most 4194304 elements expected, (1, 0, 3) found"
    ),
    (
      "huge", { $0.sample.shape = [1 << 40, 1 << 40, 3] },
      "sample shape: 1 to 4 axes and at most 4194304 elements expected, (1099511627776, "
        + "1099511627776, 3) found"
    ),
    (
      "pixels", { $0.sample.shape = [6] },
      "sample shape: (channel, row, column) for pixels expected, (6) found"
    ),
    (
      "channels", { $0.sample.shape = [3, 2, 1] },
      "preparation: 3 means and deviations, one for each channel, expected, 1 and 1 found"
    ),
    (
      "deviation", { $0.sample.preparation = .pixels(means: [0], deviations: [0]) },
      "preparation: finite means and deviations above 0 expected, others found"
    ),
    (
      "budget", { $0.learner.budget.networkMultiplyAdds = 0 },
      "largest multiply-adds: 1 or more expected, 0 found"
    ),
    (
      "round", { $0.learner.budget.seconds = -1 },
      "budget of seconds: above 0 expected, -1.0 found"
    ),
    ("batch", { $0.learner.batchSize = 0 }, "batch size: 1 or more expected, 0 found"),
    (
      "level", { $0.learner.promotion.level = 0 },
      "promotion level: between 0 and 1 expected, 0.0 found"
    ),
    (
      "rate", { $0.learner.optimizer.learningRate = 0 },
      "learning rate: > 0 expected, 0.0 found"
    ),
  ]

  @Test(arguments: 0..<outOfRange.count)
  func valuesOutOfTheirRangeAreNamed(index: Int) throws {
    let (name, change, expected) = Self.outOfRange[index]
    var settings = LiveSettings.small
    change(&settings)
    #expect(sentence { try settings.validate() } == expected, "\(name)")
  }
}
