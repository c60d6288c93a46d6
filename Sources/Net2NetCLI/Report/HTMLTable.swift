/// A table with a caption, for people and for screen readers; scrolls by itself on a phone.
struct HTMLTable {
  private let caption: String
  private let columns: [String]
  private var rows: [(cells: [String], isMarked: Bool)] = []

  init(_ caption: String, columns: [String]) {
    self.caption = caption
    self.columns = columns
  }

  /// - Parameter cells: the row's own heading first.
  mutating func add(_ cells: [String], isMarked: Bool = false) {
    rows.append((cells, isMarked))
  }

  var html: HTML {
    .element(
      "div", ["class": "scroll"],
      .element(
        "table", [:],
        .element("caption", [:], text: caption),
        .element(
          "thead", [:],
          .element("tr", [:], columns.map { .element("th", ["scope": "col"], text: $0) })),
        .element("tbody", [:], rows.map(row))))
  }

  private func row(_ row: (cells: [String], isMarked: Bool)) -> HTML {
    let cells = row.cells.enumerated().map { index, cell in
      index == 0
        ? HTML.element("th", ["scope": "row"], text: cell) : .element("td", [:], text: cell)
    }
    return .element("tr", row.isMarked ? ["class": "marked"] : [:], cells)
  }
}
