import Net2Net

/// A piece of HTML or SVG. Text and attribute values are escaped where they enter, so pieces can
/// be put together without a thought.
struct HTML {
  let source: String

  private init(source: String) { self.source = source }

  static func text(_ text: String) -> HTML { HTML(source: escaped(text)) }

  /// Pieces one after another.
  static func all(_ pieces: [HTML]) -> HTML { HTML(source: pieces.map(\.source).joined()) }

  /// An element; attributes in the order given.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: HTML...
  ) -> HTML {
    element(name, attributes, all(children).source)
  }

  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [HTML]
  ) -> HTML {
    element(name, attributes, all(children).source)
  }

  /// An element that holds text alone.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String
  ) -> HTML {
    element(name, attributes, escaped(text))
  }

  /// A style sheet, which HTML reads without escapes.
  ///
  /// - Precondition: `css` is our own and holds no `</`.
  static func style(_ css: String) -> HTML {
    precondition(css.utf8.firstRange(of: "</".utf8) == nil)
    return HTML(source: "<style>\(css)</style>")
  }

  /// A whole page.
  func document() -> String { "<!doctype html>\n\(source)\n" }

  private static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String>, _ content: String
  ) -> HTML {
    let list = attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
    let isVoid = name == "meta"
    return HTML(source: isVoid ? "<\(name)\(list)>" : "<\(name)\(list)>\(content)</\(name)>")
  }

  /// By Unicode scalars, as HTML is read: a mark that joins the character before or behind it must
  /// not hide that one.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.printable.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
