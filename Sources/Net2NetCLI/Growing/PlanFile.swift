import Foundation
import Net2Net
import Net2NetFiles
import Yams

/// A plan as people write it, in YAML, or as an earlier growth left it, in a receipt.
struct PlanFile {
  let plan: GrowthPlan
  /// A receipt's steps, whose statistics a replay uses instead of measuring again.
  let recorded: [GrowthStep]

  /// - Throws: ``CommandError/malformedPlan(file:reason:)``.
  init(_ file: String) throws {
    guard file.hasSuffix(".json") else {
      plan = try planFile(file)
      recorded = []
      return
    }
    let text = try planText(file)
    do {
      let receipt = try JSONDecoder().decode(Receipt.self, from: Data(text.utf8))
      plan = receipt.plan
      recorded = receipt.steps
    } catch {
      throw CommandError.malformedPlan(file: file, reason: sentence(error))
    }
  }
}

/// A value that people write in YAML.
///
/// - Throws: ``CommandError/malformedPlan(file:reason:)``.
func planFile<Plan: Decodable>(_ file: String, as: Plan.Type = Plan.self) throws -> Plan {
  let text = try planText(file)
  do {
    try PlainYAML.check(text)
    return try YAMLDecoder().decode(Plan.self, from: text)
  } catch {
    throw CommandError.malformedPlan(file: file, reason: sentence(error))
  }
}

private func planText(_ file: String) throws -> String {
  do throws(FilesError) {
    return try FileContents.text(of: file)
  } catch {
    guard case .malformed = error else { throw error }
    throw CommandError.malformedPlan(file: file, reason: "cannot be read as text")
  }
}

/// Decoders wrap what the heart throws; the sentence is inside.
private func sentence(_ error: any Error) -> String {
  switch error {
  case let error as NetworkError: error.description
  case let error as PlainYAML.Complaint: error.description
  case DecodingError.dataCorrupted(let context):
    context.underlyingError.map(sentence) ?? context.debugDescription
  case DecodingError.typeMismatch(_, let context):
    "\(place(context.codingPath))\(context.debugDescription)"
  case DecodingError.keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
  case let error as YamlError: "not YAML: \(error)"
  default: "\(error)"
  }
}

private func place(_ path: [any CodingKey]) -> String {
  path.isEmpty ? "" : path.map(\.stringValue).joined(separator: ".") + ": "
}
