import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetFiles

/// The ONNX project's own node tests, for the operators that we claim: those that the importer
/// turns into operators of ours in at least one test that consists of nothing else.
@Suite("ONNX node tests", .requiresTorch, .requiresPython)
struct ConformanceTests {
  @Test func everyClaimedOperatorPassesButForTheListedFailures() throws {
    let tests = try NodeTest.all()
    let claimed = try Self.claimedOperators(of: tests)
    var tally = Tally()
    for test in tests { try tally.add(test, claimed: claimed) }
    let reasons = try ExpectedFailures().reasons
    for (name, complaint) in tally.failed where reasons[name] == nil {
      Issue.record("\(name): \(complaint)")
    }
    for name in reasons.keys.sorted() where tally.failed[name] == nil {
      Issue.record("\(name) is listed as a failure, but it passes or is not claimed")
    }
    print(tally.summary + "; \(claimed.count) operators claimed\n" + tally.unclaimedByOperator)
    #expect(ClaimedOperators.least.subtracting(claimed).sorted() == [])
  }

  private static func claimedOperators(of tests: [NodeTest]) throws -> Set<String> {
    var claimed = ClaimedOperators.withOldTests
    for test in tests {
      let types = try test.model().operatorTypes
      guard let type = types.first, types.count == 1, !claimed.contains(type),
        let network = try? test.network(binding: test.dataSets().first?.inputs ?? [])
      else { continue }
      if !network.graph.nodes.contains(where: \.isOpaque) { claimed.insert(type) }
    }
    return claimed
  }
}

/// What became of the tests.
private struct Tally {
  var passed = 0
  /// What was wrong, by test.
  var failed: [String: String] = [:]
  /// How many tests want each operator that is not claimed; one that wants several counts for
  /// each.
  var unclaimed: [String: Int] = [:]
  var unclaimedCount = 0

  mutating func add(_ test: NodeTest, claimed: Set<String>) throws {
    let model = try test.model()
    var missing = model.operatorTypes.subtracting(claimed)
    if missing.isEmpty, !model.hasKnownTypes { missing = ["other types of elements or values"] }
    guard missing.isEmpty else {
      unclaimedCount += 1
      for type in missing { unclaimed[type, default: 0] += 1 }
      return
    }
    if let complaint = test.complaint() { failed[test.name] = complaint } else { passed += 1 }
  }

  var summary: String {
    "ONNX node tests: \(passed) passed, \(failed.count) expected failures (listed), "
      + "\(unclaimedCount) not claimed"
  }

  var unclaimedByOperator: String {
    "not claimed: "
      + unclaimed.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }
}
