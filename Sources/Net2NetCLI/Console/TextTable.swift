import Net2Net

/// Columns of text, as wide as their widest cell, two spaces apart.
struct TextTable {
  enum Alignment {
    case left, right
  }

  private let alignments: [Alignment]
  private var rows: [[String]]

  init(_ columns: String...) { self.init(columns: columns) }

  /// - Parameter columns: headings; those that begin with `>` are right-aligned without it.
  init(columns: [String]) {
    alignments = columns.map { $0.hasPrefix(">") ? .right : .left }
    rows = [columns.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }]
  }

  mutating func add(_ cells: String...) { add(cells) }

  mutating func add(_ cells: [String]) {
    precondition(cells.count == alignments.count)
    // Names of classes and layers come from files: one with a line's end would begin another row.
    rows.append(cells.map { $0.shown(.max) })
  }

  var isEmpty: Bool { rows.count == 1 }

  /// The table with `indent` spaces before each line and none after.
  func text(indent: Int = 0) -> String {
    let widths = alignments.indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      var line = String(repeating: " ", count: indent)
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        line += alignments[column] == .right ? space + cell : cell + space
        line += "  "
      }
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}
