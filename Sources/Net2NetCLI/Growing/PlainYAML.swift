/// The part of YAML that plans are written in: of a bounded size, without aliases.
///
/// An alias stands for a whole value, which may hold others, so that a few hundred bytes can mean
/// more than memory holds. Yams resolves them before anything of ours sees the value; so they are
/// found in the text. An alias begins with an asterisk where a value or a key may begin: first in its
/// line, or after an indicator (YAML 1.2, chapters 7 and 8). Plain text cannot begin with one there,
/// so nothing else is lost but comments and quoted text with an asterisk behind such an indicator.
///
/// Keys that begin with a question mark are found likewise. Only they can be whole values of any size,
/// which are compared as often as they lie in one another.
enum PlainYAML {
  static let largestSize = 1 << 18

  enum Complaint: Error, CustomStringConvertible {
    case size(Int)
    case alias(line: Int, String)
    case explicitKey(line: Int)

    var description: String {
      switch self {
      case .size(let count): "at most \(largestSize) bytes expected, \(count) found"
      case .alias(let line, let word):
        "line \(line): \"\(word)\" would be an alias, which plans cannot have; put text that "
          + "begins with * in quotes"
      case .explicitKey(let line):
        "line \(line): a key after ?, which plans cannot have; put text that begins with ? in quotes"
      }
    }
  }

  /// - Throws: ``Complaint``.
  static func check(_ text: String) throws(Complaint) {
    guard text.utf8.count <= largestSize else { throw .size(text.utf8.count) }
    var line = 1
    /// Whether nothing but blanks is between here and the beginning of a line, or an indicator.
    var canBegin = true
    let scalars = text.unicodeScalars
    for index in scalars.indices {
      let scalar = scalars[index]
      switch scalar {
      case "*" where canBegin:
        throw .alias(line: line, word(at: index, of: scalars))
      case "?" where canBegin && isBlank(scalars[index...].dropFirst().first):
        throw .explicitKey(line: line)
      case " ", "\t": break
      case "\n":
        line += 1
        canBegin = true
      // Breaks of lines too, and a mark of the order of bytes.
      case "\r", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}": canBegin = true
      default: canBegin = "-:?,[{".unicodeScalars.contains(scalar)
      }
    }
  }

  /// The end of the text is blank too.
  private static func isBlank(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar else { return true }
    return " \t\r\n\u{85}\u{2028}\u{2029}".unicodeScalars.contains(scalar)
  }

  private static func word(
    at index: String.Index, of scalars: String.UnicodeScalarView
  ) -> String {
    let rest = scalars[index...].prefix { !" \t\r\n,]}".unicodeScalars.contains($0) }
    return String(String.UnicodeScalarView(rest.prefix(40)))
  }
}
