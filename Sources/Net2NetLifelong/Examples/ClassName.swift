internal import Foundation
internal import Net2Net

/// The name of a class as it is kept: normalised, so that one name has one spelling, and free of
/// what steers terminals or cannot be seen, so that two names that look alike are not two classes.
struct ClassName: Hashable, Sendable {
  let text: String

  /// In UTF-8.
  static let mostBytes = 200

  /// Trims white space, makes every space a plain one, leaves out variation selectors (which choose
  /// between two pictures of one emoji), and composes letters with their marks (Unicode's form C).
  ///
  /// - Throws: ``LifelongError/className(_:expected:found:)``.
  init(_ given: String) throws(LifelongError) {
    let trimmed = given.trimmingCharacters(in: .whitespacesAndNewlines)
    // Before anything is done that may take longer for longer names.
    try Self.checkLength(trimmed, of: given)
    let name = Self.plain(trimmed).precomposedStringWithCanonicalMapping
    try Self.checkLength(name, of: given)
    if let scalar = name.unicodeScalars.first(where: { !$0.isOfNames }) {
      throw .className(
        given,
        expected: "no control, format, private or unassigned characters",
        found: scalar.codePoint)
    }
    // A mark would be drawn onto whatever stands before the name.
    guard let first = name.unicodeScalars.first, !first.isMark else {
      throw .className(
        given, expected: "a first character that is no combining mark",
        found: name.unicodeScalars.first?.codePoint ?? "none")
    }
    text = name
  }

  private static func plain(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !scalar.properties.isVariationSelector {
      scalars.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
    }
    return String(scalars)
  }

  /// The name that would be kept; nil for one that would be refused.
  static func canonical(_ given: String) -> String? { try? ClassName(given).text }

  private static func checkLength(_ name: String, of given: String) throws(LifelongError) {
    guard (1...mostBytes).contains(name.utf8.count) else {
      throw .className(
        given, expected: "1 to \(mostBytes) bytes", found: "\(name.utf8.count)")
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isOfNames: Bool {
    switch properties.generalCategory {
    case .format, .privateUse, .unassigned, .surrogate: return false
    default: break
    }
    // Some letters are drawn as nothing, such as the Hangul fillers.
    return !steersText && !properties.isDefaultIgnorableCodePoint
  }

  fileprivate var isMark: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }

  fileprivate var codePoint: String {
    let digits = String(value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
