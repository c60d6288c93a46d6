import Foundation
public import Net2Net

/// What a comparison found; prints as a table.
public struct VerificationReport: Hashable, Sendable, Codable {
  /// One output in one mode and precision.
  public struct Comparison: Hashable, Sendable, Codable {
    public var output: String
    public var mode: VerificationMode
    public var precision: Precision
    public var teacherShape: Shape
    /// Nil where the student has no such output.
    public var studentShape: Shape?
    /// Nil where it has no size.
    public var difference: Difference?
    /// Why it has none.
    public var incomparable: Incomparable?
  }

  /// Where the networks part: nodes before it, in graph order, agree.
  public struct FirstDifference: Hashable, Sendable, Codable {
    public var mode: VerificationMode
    public var node: String
    public var value: String
    public var difference: Difference?
  }

  public var comparisons: [Comparison]
  /// At most one for each mode; none for a mode that is graded exact or better.
  public var firstDifferences: [FirstDifference]

  /// Bit-exact: equal in float32. Exact: float64 differs by rounding. Approximate: anything
  /// else, a number that is NaN or infinite on one side alone, in either precision, included.
  public func grade(in mode: VerificationMode) -> Grade {
    let found = comparisons.filter { $0.mode == mode }
    guard !found.isEmpty, unlikeness(in: mode, beyond: .infinity) == nil else {
      return .approximate
    }
    let single = found.filter { $0.precision == .float32 }
    if single.allSatisfy({ $0.difference?.maxAbsolute == 0 }) { return .bitExact }
    return unlikeness(in: mode, beyond: Verification.exactTolerance) == nil ? .exact : .approximate
  }

  /// How the networks differ: a clause for a sentence. Nil where outputs agree in float64 to within
  /// `tolerance`, relatively, and in no precision one network alone is NaN or infinite.
  ///
  /// Where both are in float32, that says nothing of the student: float64 decides.
  public func unlikeness(in mode: VerificationMode, beyond tolerance: Double) -> String? {
    for comparison in comparisons where comparison.mode == mode {
      if let clause = comparison.clause { return clause }
    }
    guard let largest = largestDifference(in: mode, .float64), largest.maxRelative > tolerance
    else { return nil }
    return String(format: "the outputs differ by %.1e, relatively", largest.maxRelative)
  }

  /// The grade in evaluation mode, which is what a growth promises.
  public var grade: Grade { grade(in: .evaluation) }

  /// The largest difference of any output; nil where one has no size.
  public func largestDifference(
    in mode: VerificationMode, _ precision: Precision
  ) -> Difference? {
    var largest = Difference(maxAbsolute: 0, maxRelative: 0)
    for comparison in comparisons
    where comparison.mode == mode && comparison.precision == precision {
      guard let difference = comparison.difference else { return nil }
      largest.maxAbsolute = max(largest.maxAbsolute, difference.maxAbsolute)
      largest.maxRelative = max(largest.maxRelative, difference.maxRelative)
    }
    return largest
  }

  /// For a receipt; a difference without a size is the largest number there is.
  public var findings: [Receipt.Finding] {
    comparisons.map { comparison in
      Receipt.Finding(
        mode: comparison.mode.rawValue, elementType: comparison.precision.elementType,
        maxAbsoluteDifference: comparison.difference?.maxAbsolute ?? .greatestFiniteMagnitude,
        maxRelativeDifference: comparison.difference?.maxRelative ?? .greatestFiniteMagnitude)
    }
  }
}

extension VerificationReport: CustomStringConvertible {
  public var description: String {
    let header = ["output", "mode", "precision", "max |Δ|", "relative"]
    var lines = Self.aligned([header] + comparisons.map(\.row))
    for mode in VerificationMode.allCases {
      var line = "\(mode.rawValue): \(grade(in: mode).rawValue)"
      if let first = firstDifferences.first(where: { $0.mode == mode }) {
        line += "; first difference at node \"\(first.node)\", value \"\(first.value)\""
        line += first.difference.map { ", relative \(scientific($0.maxRelative))" } ?? ""
      }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }

  private static func aligned(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths)
        .map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ")
        .trimmingCharacters(in: .whitespaces)
    }
  }
}

extension VerificationReport.Comparison {
  fileprivate var row: [String] {
    let start = [output, mode.rawValue, precision.rawValue]
    if let difference {
      return start + [scientific(difference.maxAbsolute), scientific(difference.maxRelative)]
    }
    switch incomparable {
    case .missingOutput: return start + ["no such output", ""]
    case .shapes:
      return start + [
        "shapes \(teacherShape) and \(studentShape.map(\.description) ?? "none")", "",
      ]
    case .studentNotFinite: return start + ["NaN or infinite in the student", ""]
    case .teacherNotFinite: return start + ["NaN or infinite in the teacher", ""]
    case .bothNotFinite, nil: return start + ["NaN or infinite in both", ""]
    }
  }

  /// What is said of a difference without a size; nil where there is none to speak of.
  fileprivate var clause: String? {
    let place = "in \(precision.rawValue), output \"\(output)\""
    switch incomparable {
    case nil: return difference == nil ? "\(place) cannot be compared" : nil
    case .missingOutput: return "the student has no output \"\(output)\""
    case .shapes:
      return "output \"\(output)\" has shape \(teacherShape) in the teacher, "
        + "\(studentShape.map(\.description) ?? "none") in the student"
    case .studentNotFinite:
      return "\(place) is NaN or infinite in the student where it is finite in the teacher"
    case .teacherNotFinite:
      return "\(place) is NaN or infinite in the teacher where it is finite in the student"
    case .bothNotFinite:
      return precision == .float32
        ? nil : "\(place) is NaN or infinite in both networks, so nothing can be compared there"
    }
  }
}

private func scientific(_ value: Double) -> String {
  value == 0 ? "0" : String(format: "%.2e", value)
}
