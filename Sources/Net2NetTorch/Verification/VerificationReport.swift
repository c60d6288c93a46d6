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
    /// Nil where it has no size: shapes that do not suit, or elements that are no numbers.
    public var difference: Difference?
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
  /// else, a number missing on either side included.
  public func grade(in mode: VerificationMode) -> Grade {
    let found = comparisons.filter { $0.mode == mode }
    guard !found.isEmpty, found.allSatisfy({ $0.difference != nil }) else { return .approximate }
    let single = found.filter { $0.precision == .float32 }
    if single.allSatisfy({ $0.difference?.maxAbsolute == 0 }) { return .bitExact }
    let double = found.filter { $0.precision == .float64 }
    return double.allSatisfy { ($0.difference?.maxRelative ?? 1) <= Verification.exactTolerance }
      ? .exact : .approximate
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
    guard let studentShape else { return start + ["no such output", ""] }
    guard teacherShape == studentShape else {
      return start + ["shapes \(teacherShape) and \(studentShape)", ""]
    }
    return start + ["not a number", ""]
  }
}

private func scientific(_ value: Double) -> String {
  value == 0 ? "0" : String(format: "%.2e", value)
}
