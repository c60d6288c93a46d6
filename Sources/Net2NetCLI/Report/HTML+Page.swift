extension HTML {
  /// A whole page that needs no other file.
  static func page(title: String, _ body: HTML...) -> HTML {
    .element(
      "html", ["lang": "en"],
      .element(
        "head", [:], .element("meta", ["charset": "utf-8"]),
        .element(
          "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        .element("title", [:], text: title), .style(StyleSheet.css)),
      .element("body", [:], body))
  }

  static func section(_ title: String, _ pieces: [HTML]) -> HTML {
    .element("section", [:], [.element("h2", [:], text: title)] + pieces)
  }

  /// One figure, large, and what it is.
  static func tile(_ figure: String, _ words: String) -> HTML {
    .element(
      "div", ["class": "tile"], .element("b", [:], text: figure),
      .element("span", [:], text: words))
  }

  /// Charts side by side where there is room, each drawn as for a phone.
  static func pair(_ charts: [LineChart]) -> HTML {
    .element("div", ["class": "pair"], charts.map(\.html))
  }

  /// Names and what is to be said of them.
  static func facts(_ facts: KeyValuePairs<String, String>) -> HTML {
    .element(
      "dl", ["class": "facts"],
      facts.flatMap { name, fact in
        [.element("dt", [:], text: name), .element("dd", [:], text: fact)]
      })
  }

  /// What is shown on request.
  static func details(_ title: String, _ pieces: HTML...) -> HTML {
    .element("details", [:], [.element("summary", [:], text: title)] + pieces)
  }
}
