import Foundation
import Net2Net
import Net2NetFiles
import Testing

@Suite("Versions of receipts")
struct ReceiptVersionTests {
  /// By net2net 0.1.0 of November 2026, before steps had origins: `net2net new mlp --input 1x2x2
  /// --classes 3 --width-factor 0.02`, then `grow` by widening fc1 to 7 and deepening after relu1.
  private static let versionOne = """
    {"findings": [], "formatVersion": 1, "producer": "net2net 0.1.0", "seed": 5, "steps": [
      {"after": {"activationBytes": 56, "multiplyAdds": 78, "parameterBytes": 372, "parameters": 93},
       "before": {"activationBytes": 40, "multiplyAdds": 60, "parameterBytes": 292, "parameters": 73},
       "calibration": {},
       "changes": [{"name": "fc1.weight", "newShape": [7, 4], "oldShape": [5, 4]},
                   {"name": "fc1.bias", "newShape": [7], "oldShape": [5]},
                   {"name": "fc2.weight", "newShape": [5, 7], "oldShape": [5, 5]}],
       "growth": {"widen": {"map": "balanced", "strength": 0.5, "symmetry": "antithetic",
                            "widths": {"fc1": 7}}}},
      {"after": {"activationBytes": 56, "multiplyAdds": 127, "parameterBytes": 596, "parameters": 149},
       "before": {"activationBytes": 56, "multiplyAdds": 78, "parameterBytes": 372, "parameters": 93},
       "calibration": {},
       "changes": [{"name": "relu1.deeper.fc.weight", "newShape": [7, 7]},
                   {"name": "relu1.deeper.fc.bias", "newShape": [7]}],
       "growth": {"deepen": {"after": ["relu1"], "kernel": ["3"]}}}],
     "student": {"cost": {"activationBytes": 56, "multiplyAdds": 127, "parameterBytes": 596,
                          "parameters": 149},
                 "sha256": "60c6028b5ecd2b71c4caf433174e7f7f9c35913ce2ab695bd773c3ca20c1222c"},
     "teacher": {"cost": {"activationBytes": 40, "multiplyAdds": 60, "parameterBytes": 292,
                          "parameters": 73},
                 "sha256": "49436c6e0db4d15e0f66f0bb5aa355a346434147b640018e48f1964119d5a0a6"}}
    """

  private func decoded(_ text: String) throws -> Receipt {
    try JSONDecoder().decode(Receipt.self, from: Data(text.utf8))
  }

  private func teacher() throws -> Network {
    try Architecture.mlp.network(
      ArchitectureOptions(inputShape: [1, 2, 2], classes: 3, widthFactor: 0.02)
    ).evaluated()
  }

  @Test("version 1 replays to the same bytes, and the replay tells the origins")
  func versionOne() throws {
    let receipt = try decoded(Self.versionOne)
    #expect(receipt.formatVersion == 1 && receipt.origins == nil)
    #expect(receipt.steps.allSatisfy { $0.origins == nil })
    let teacher = try teacher()
    #expect(try Digest(of: teacher).description == receipt.teacher.sha256)
    let student = try teacher.replaying(receipt.steps, seed: receipt.seed)
    #expect(try Digest(of: student).description == receipt.student.sha256)
    #expect(
      student.origins.parameters["relu1.deeper.fc.weight"]
        == .inserted(at: "relu1", number: 1, part: "fc.weight"))
    // Written again, it is still of version 1.
    let again = try JSONDecoder().decode(Receipt.self, from: JSONEncoder().encode(receipt))
    #expect(again == receipt)
  }

  @Test("version 2 has the origins of every step")
  func versionTwo() throws {
    let old = try decoded(Self.versionOne)
    let grown = try teacher().grown(by: old.plan)
    let receipt = Receipt(
      producer: Release.nameAndVersion, teacher: old.teacher, student: old.student, seed: old.seed,
      steps: grown.steps)
    #expect(receipt.formatVersion == 2 && receipt.producer == "net2net \(Release.version)")
    let again = try JSONDecoder().decode(Receipt.self, from: JSONEncoder().encode(receipt))
    #expect(again == receipt)
    #expect(again.origins == grown.origins)
    #expect(again.origins?.parameters["fc1.weight"] == .grown(from: "fc1.weight"))
  }

  @Test("what no version is, or lacks, is refused")
  func refusals() throws {
    func sentence(_ version: Int) -> String? {
      let text = Self.versionOne.replacing(
        "\"formatVersion\": 1", with: "\"formatVersion\": \(version)")
      let error = #expect(throws: NetworkError.self) { try decoded(text) }
      return error?.description
    }
    #expect(sentence(3)?.contains("receipt: formatVersion") == true)
    #expect(sentence(2)?.contains("a step without origins") == true)
  }
}
