import Foundation
import Net2Net
import Net2NetTorch
import TestSupport
import Testing

@testable import Net2NetFiles

/// The ONNX project's own node tests, for the operators that we claim: those that the importer
/// turns into operators of ours in at least one test that consists of nothing else.
@Suite("ONNX node tests", .enabled(if: Engine.isAvailable), .requiresPython)
struct ConformanceTests {
  @Test func everyClaimedOperatorPassesButForTheListedFailures() throws {
    let tests = try NodeTest.all()
    let claimed = try Self.claimedOperators(of: tests)
    let expected = try ExpectedFailures()
    var passed = 0
    var unclaimed = 0
    var failed = Set<String>()
    for test in tests {
      let model = try test.model()
      guard model.operatorTypes.isSubset(of: claimed), model.hasKnownTypes else {
        unclaimed += 1
        continue
      }
      guard let complaint = test.complaint() else {
        passed += 1
        continue
      }
      failed.insert(test.name)
      #expect(expected.reasons[test.name] != nil, "\(test.name): \(complaint)")
    }
    for name in expected.reasons.keys.sorted() where !failed.contains(name) {
      Issue.record("\(name) is listed as a failure, but it passes or is not claimed")
    }
    print(
      "ONNX node tests: \(passed) passed, \(failed.count) expected failures (listed), "
        + "\(unclaimed) not claimed; \(claimed.count) operators claimed")
    #expect(ClaimedOperators.least.subtracting(claimed).sorted() == [])
  }

  private static func claimedOperators(of tests: [NodeTest]) throws -> Set<String> {
    var claimed = Set<String>()
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
