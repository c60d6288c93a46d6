internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// How a table becomes samples.
public struct CSVOptions: Hashable, Sendable {
  /// The column that holds the class; the last one when nil.
  public var label: String?
  /// Columns whose numbers are names.
  public var categorical: [String] = []
  /// Columns that networks do not see.
  public var ignored: [String] = []
  public var delimiter = Delimiter.comma
  /// Row 1 names the columns; they are called 1, 2, … otherwise.
  public var hasHeader = true
  /// The share of rows to be measured by, drawn by their number; at 0 there need be none.
  public var heldOut = 0.2
  /// Leaves out rows that are not as the others rather than refusing them.
  public var skipsBad = false

  public init() {}

  /// What stands between cells.
  public enum Delimiter: String, CaseIterable, Sendable {
    case comma, semicolon, tab, pipe

    var byte: UInt8 {
      switch self {
      case .comma: UInt8(ascii: ",")
      case .semicolon: UInt8(ascii: ";")
      case .tab: UInt8(ascii: "\t")
      case .pipe: UInt8(ascii: "|")
      }
    }
  }
}

/// A table, one sample a row. Read once: what networks need goes into a temporary file of doubles.
struct CSVFile {
  let name: String
  let file: String
  let options: CSVOptions

  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)`` with row and column.
  func dataSet() throws -> DataSet {
    var reading = try Reading(file, options)
    try CSVRecords(of: file, delimiter: options.delimiter).forEach { try reading.take($1, row: $0) }
    return try reading.dataSet(name: name)
  }
}

/// A table as far as it has been read.
private struct Reading {
  struct Part {
    var rows: [Int] = []
    /// By the order in which classes came.
    var labels: [Int] = []
  }

  let file: String
  let options: CSVOptions
  private let values: SpillFile
  private var names: [String]?
  private var columns: [TableColumn] = []
  private var label = 0
  private var classPlaces: [String: Int] = [:]
  private var training = Part()
  private var test = Part()
  private var skipped = 0
  private let draw = Draw(seed: 0).derived(for: "rows held out")

  static let mostClasses = 10_000

  init(_ file: String, _ options: CSVOptions) throws {
    self.file = file
    self.options = options
    values = try SpillFile()
  }

  mutating func take(_ cells: [String], row: Int) throws {
    if cells.count == 1, cells[0].trimmed.isEmpty { return }
    guard let names else {
      try begin(
        options.hasHeader
          ? cells.map(\.trimmed)
          : cells.indices.map { "\($0 + 1)" })
      if !options.hasHeader { try take(cells, row: row) }
      return
    }
    do {
      try learn(cells, row: row, names)
    } catch let error as TrainingError {
      guard options.skipsBad else { throw error }
      skipped += 1
    }
  }

  // MARK: Columns

  private mutating func begin(_ names: [String]) throws {
    self.names = names
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw malformed("row 1", "columns of different names", "\"\(twice)\" twice")
    }
    for name in [options.label].compactMap(\.self) + options.categorical + options.ignored
    where !names.contains(name) {
      let hint = nearest(to: name, among: names).first.map { " (did you mean \"\($0)\"?)" } ?? ""
      throw malformed(
        "columns", "one called \"\(name)\"\(hint)", names.joined(separator: ", "))
    }
    label = options.label.flatMap(names.firstIndex) ?? names.count - 1
    columns = names.indices.filter { $0 != label && !options.ignored.contains(names[$0]) }
      .map {
        TableColumn(
          names[$0], index: $0, isCategorical: options.categorical.contains(names[$0]))
      }
    guard !columns.isEmpty else {
      throw malformed(
        "columns",
        "a label and at least one to look at"
          + (names.count == 1 ? " (delimiter= may be semicolon, tab or pipe)" : ""),
        names.joined(separator: ", "))
    }
  }

  // MARK: Rows

  private mutating func learn(_ cells: [String], row: Int, _ names: [String]) throws {
    guard cells.count == names.count else {
      throw malformed("row \(row)", "\(names.count) cells, as in row 1,", "\(cells.count)")
    }
    var numbers: [Double] = []
    for place in columns.indices {
      do throws(TableColumn.Unsuited) {
        numbers.append(try columns[place].value(of: cells[columns[place].index]))
      } catch {
        throw malformed(
          "row \(row), column \"\(columns[place].name)\"", error.expected, error.found)
      }
    }
    let target = try target(of: cells[label], row: row, names)
    let index = training.rows.count + test.rows.count
    if draw.uniform(row) < options.heldOut {
      test.rows.append(index)
      test.labels.append(target)
    } else {
      training.rows.append(index)
      training.labels.append(target)
      for (place, number) in numbers.enumerated() { columns[place].learn(number) }
    }
    try numbers.withUnsafeBytes { bytes in try values.append(bytes) }
  }

  private mutating func target(of cell: String, row: Int, _ names: [String]) throws -> Int {
    let name = cell.trimmed
    let part = "row \(row), column \"\(names[label])\""
    guard !name.isEmpty else { throw malformed(part, "a class", "an empty cell") }
    if let place = classPlaces[name] { return place }
    guard classPlaces.count < Self.mostClasses else {
      throw malformed(
        part, "at most \(Self.mostClasses) classes; label= names the column that tells them",
        "more")
    }
    classPlaces[name] = classPlaces.count
    return classPlaces.count - 1
  }

  // MARK: The whole

  func dataSet(name: String) throws -> DataSet {
    guard !training.rows.isEmpty, !test.rows.isEmpty || options.heldOut == 0 else {
      throw malformed(
        "rows", "some to learn from and some to be measured by",
        "\(training.rows.count) and \(test.rows.count)")
    }
    let classes = classPlaces.keys.sorted { Self.precedes($0, $1) }
    let place = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    var sorted = [Int](repeating: 0, count: classes.count)
    for (name, old) in classPlaces { sorted[old] = place[name] ?? 0 }
    let bytes = try values.mapped()
    func split(_ part: Part) -> DataSplit {
      DataSplit(
        TableRows(values: bytes, rows: part.rows, columns: columns),
        labels: part.labels.map { sorted[$0] })
    }
    return try DataSet(
      name: name, classes: classes, training: split(training), test: split(test),
      preparation: columns.map(\.preparation.description).joined(separator: "; "),
      remarks: skipped == 0 ? [] : ["\(name): rows left out, unlike the others: \(skipped)"])
  }

  /// Whole numbers by size, everything else as text.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    if let left = Int(left), let right = Int(right) { return left < right }
    return left < right
  }

  private func malformed(_ part: String, _ expected: String, _ found: String) -> TrainingError {
    .malformedData(file: file, part: part, expected: expected, found: found)
  }
}
