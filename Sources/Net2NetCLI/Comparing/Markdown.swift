import Net2Net

/// Names as they stand in a page of Markdown, where they must not become part of its structure.
enum Markdown {
  /// Shown as it is, on one line. By Unicode scalars, as Markdown is read.
  static func text(_ text: String) -> String {
    var escaped = ""
    for scalar in text.shown(.max).unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\\", "`", "|", "*", "_", "[", "]", "#", "~":
        escaped += "\\"
        escaped.unicodeScalars.append(scalar)
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// On one line, between more backquotes than it has in a row.
  static func code(_ text: String) -> String {
    let text = text.shown(.max)
    var (run, longest) = (0, 0)
    for scalar in text.unicodeScalars {
      run = scalar == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    guard longest > 0 else { return "`\(text)`" }
    let fence = String(repeating: "`", count: longest + 1)
    return "\(fence) \(text) \(fence)"
  }
}
