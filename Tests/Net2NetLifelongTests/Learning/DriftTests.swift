import Foundation
import Net2Net
import Net2NetLifelong
import Testing

@Suite struct DriftTests {
  /// - Parameter shift: added to the one feature from example 500 on.
  private func drift(
    _ count: Int, shift: Double = 0, label: (Int) -> Int = { $0 % 2 },
    isRecognised: (Int) -> Bool? = { _ in nil }
  ) -> Drift {
    let draw = Draw(seed: 9)
    var drift = Drift(referenceSize: 500, halfLife: 200)
    for index in 0..<count {
      drift.record(
        summary: [draw.normal(index) + (index < 500 ? 0 : shift), 1], label: label(index),
        isRecognised: isRecognised(index))
    }
    return drift
  }

  @Test func tellsNothingBeforeThereIsEnough() {
    #expect(drift(500).report == nil)
    #expect(drift(549).report == nil)
    #expect(drift(550).report != nil)
  }

  @Test func whatComesFromTheSamePlaceHasNotMoved() throws {
    let report = try #require(drift(2000).report)
    #expect(report.largestMeanDifference < 0.15)
    #expect(report.largestStabilityIndex < 0.1)
    #expect(report.classStabilityIndex < 0.01)
    #expect(report.warnings.isEmpty)
  }

  /// A shift by one standard deviation is a standardised mean difference of 1.
  @Test func shiftOfTheInputsIsMeasuredInDeviations() throws {
    let report = try #require(drift(2000, shift: 1).report)
    #expect(abs(report.meanDifferences[0] - 1) < 0.15)
    #expect(report.meanDifferences[1] == 0)
    // Of two normal distributions one deviation apart, in tenths of the first: about 0.9.
    #expect((0.7...1.2).contains(report.stabilityIndices[0]))
    #expect(report.warnings.count == 1)
    #expect(report.warnings[0].hasPrefix("inputs have moved: standardised mean difference up to "))
  }

  /// Ten half-lives after a shift that lasted as long, a thousandth of it is left.
  @Test func whatHasComeBackIsNoDrift() throws {
    let draw = Draw(seed: 9)
    var drift = Drift(referenceSize: 500, halfLife: 100)
    for index in 0..<2500 {
      let shift = (500..<1500).contains(index) ? 2.0 : 0
      drift.record(summary: [draw.normal(index) + shift], label: index % 2, isRecognised: nil)
    }
    #expect(try #require(drift.report).largestMeanDifference < 0.3)
  }

  @Test func newClassesMoveTheMix() throws {
    let report = try #require(drift(2000, label: { $0 < 500 ? $0 % 2 : 2 }).report)
    #expect(report.classStabilityIndex > 1)
    #expect(report.warnings.first?.hasPrefix("the mix of classes has moved") == true)
  }

  /// h of 0.5 after 0.9: 2 asin √0.5 − 2 asin √0.9 = 1.5708 − 2.4981.
  @Test func lossOfAccuracyIsCohensH() throws {
    let report = try #require(
      drift(4000, isRecognised: { $0 < 500 ? $0 % 10 != 0 : $0 % 2 == 0 }).report)
    let effect = try #require(report.accuracyEffect)
    #expect(abs(effect + 0.927) < 0.02)
    #expect(
      report.warnings.last?.hasPrefix("accuracy on what arrives has gone down: 90.0 % to ") == true)
  }

  /// What is remembered does not grow with what arrives.
  @Test func memoryIsBounded() throws {
    let (few, many) = (try json(drift(1000)), try json(drift(20_000)))
    #expect(Double(many.count) < 1.1 * Double(few.count))
  }

  @Test func summaryIsMeanSpreadAndStretches() {
    #expect(FeatureSummary.numbers(of: [1, 1, 3, 3]) == [2, 1, 1, 1, 3, 3])
    let long = FeatureSummary.numbers(of: (0..<784).map { Float($0 / 56) })
    #expect(long.count == 16)
    #expect(Array(long.dropFirst(2)) == (0..<14).map(Double.init))
    #expect(FeatureSummary.numbers(of: []) == [])
  }
}

private func json(_ value: some Encodable) throws -> String {
  String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
}
