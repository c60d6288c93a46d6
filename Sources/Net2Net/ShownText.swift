// Text that others chose (names in files, labels in requests), made harmless for terminals, logs
// and sentences. Everything here works by Unicode scalars: a single Character can hold a megabyte
// of combining marks, and `\r\n` is one Character.

extension Unicode.Scalar {
  /// Whether it steers a terminal or reorders the text around it: control characters, marks of
  /// direction, and line separators. What joins letters or emoji is text.
  package var steersText: Bool {
    if value < 0x7F { return value < 0x20 }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    default: return properties.isBidiControl
    }
  }

  /// As JSON escapes it, so that JSON with escaped strings stays the same JSON: `\u001b`.
  private var escaped: String {
    String(self).utf16.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
  }

  fileprivate func write(into text: inout String.UnicodeScalarView, keepingLines: Bool) {
    let isLayout = keepingLines && (self == "\n" || self == "\t")
    if steersText, !isLayout {
      text.append(contentsOf: escaped.unicodeScalars)
    } else {
      text.append(self)
    }
  }
}

extension StringProtocol {
  /// The text with what steers terminals escaped; line ends and tabs stay.
  package var printable: String {
    let isPlain = utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x09 }
    guard !isPlain else { return String(self) }
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars { scalar.write(into: &text, keepingLines: true) }
    return String(text)
  }

  /// The text as a part of a sentence: on one line, harmless, and cut with "…" after `most` scalars.
  package func shown(_ most: Int = 100) -> String {
    var text = String.UnicodeScalarView()
    var count = 0
    for scalar in unicodeScalars {
      guard count < most else {
        text.append("…")
        break
      }
      scalar.write(into: &text, keepingLines: false)
      count += 1
    }
    return String(text)
  }
}
