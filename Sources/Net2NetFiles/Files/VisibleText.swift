extension StringProtocol {
  /// The text with everything that would be carried out rather than shown as its number, `\u{1B}`:
  /// control characters, which steer a terminal, line breaks, and marks that turn the direction of
  /// what follows. Names come from files and from clients, and each stays in its place.
  ///
  /// - Parameter keepingLines: leaves line feeds and tabs, for a text of several lines.
  package func visible(keepingLines: Bool = false) -> String {
    var visible = ""
    for scalar in unicodeScalars {
      if !scalar.isInstruction || keepingLines && (scalar == "\n" || scalar == "\t") {
        visible.unicodeScalars.append(scalar)
      } else {
        visible += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
    return visible
  }
}

extension Unicode.Scalar {
  /// Whether a terminal or a page does something on reading it.
  package var isInstruction: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: properties.isBidiControl
    }
  }
}
