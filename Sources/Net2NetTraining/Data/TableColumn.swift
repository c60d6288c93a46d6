internal import Foundation
internal import Net2Net

/// A column of a table that a network looks at, as far as it has been read.
struct TableColumn {
  enum Kind {
    case number
    /// A name from a list.
    case category
  }

  let name: String
  let index: Int
  /// What the first cell is, unless told.
  var kind: Kind?
  /// Categories in the order they came.
  private var places: [String: Int] = [:]
  private(set) var categories: [String] = []
  /// How often each occurs among the rows to learn from.
  private var uses: [Int] = []
  /// Of the rows to learn from (Welford's running sums).
  private var count = 0.0
  private(set) var mean = 0.0
  private var squares = 0.0

  static let mostCategories = 1000

  init(_ name: String, index: Int, isCategorical: Bool) {
    self.name = name
    self.index = index
    kind = isCategorical ? .category : nil
  }

  /// A cell as a number: itself, or its category's place.
  ///
  /// - Throws: ``Unsuited`` with what was expected and found.
  mutating func value(of cell: String) throws(Unsuited) -> Double {
    let cell = cell.trimmed
    guard !cell.isEmpty else { throw Unsuited(expected: "a value", found: "an empty cell") }
    let number = Double(cell)
    if kind == nil { kind = number == nil ? .category : .number }
    guard kind == .number else { return Double(try place(of: cell)) }
    guard let number, number.isFinite else {
      throw Unsuited(expected: "a number, as in the rows before,", found: "\"\(cell)\"")
    }
    return number
  }

  private mutating func place(of cell: String) throws(Unsuited) -> Int {
    if let place = places[cell] { return place }
    guard categories.count < Self.mostCategories else {
      throw Unsuited(
        expected: "at most \(Self.mostCategories) different values (ignore=\(name) leaves the "
          + "column out)", found: "more")
    }
    places[cell] = categories.count
    categories.append(cell)
    uses.append(0)
    return categories.count - 1
  }

  /// Takes a value of a row to learn from into account.
  mutating func learn(_ value: Double) {
    guard kind == .number else { return uses[Int(value)] += 1 }
    count += 1
    let difference = value - mean
    mean += difference / count
    squares += difference * (value - mean)
  }

  /// 1 for a column that never changes.
  var deviation: Double {
    let variance = squares / max(count, 1)
    return variance > 1e-24 * mean * mean && variance > 0 ? variance.squareRoot() : 1
  }

  /// Those among the rows to learn from, sorted.
  var learntCategories: [String] {
    categories.indices.filter { uses[$0] > 0 }.map { categories[$0] }.sorted()
  }

  struct Unsuited: Error {
    var expected: String
    var found: String
  }
}

extension String {
  /// Without blanks at its ends. Foundation is asked only where there may be some: it takes longer
  /// than all else that is done to a cell.
  var trimmed: String {
    guard let first = utf8.first, let last = utf8.last else { return self }
    let plain = UInt8(ascii: "!")...UInt8(ascii: "~")
    return plain ~= first && plain ~= last ? self : trimmingCharacters(in: .whitespaces)
  }
}

extension TableColumn {
  /// How its numbers become features.
  var encoding: TableRows.Encoding {
    guard kind == .category else { return .number(mean: mean, deviation: deviation) }
    let learnt = learntCategories
    return .category(
      feature: categories.map { learnt.firstIndex(of: $0) }, count: learnt.count)
  }

  var preparation: PreparedColumn {
    kind == .category
      ? .category(name: name, categories: learntCategories)
      : .number(name: name, mean: mean, deviation: deviation)
  }

  /// How its numbers become features where other tables decided that.
  ///
  /// - Throws: ``Unsuited`` for a column of another kind.
  func encoding(as column: PreparedColumn) throws(Unsuited) -> TableRows.Encoding {
    switch (column, kind) {
    case (.number(_, let mean, let deviation), .number):
      return .number(mean: mean, deviation: deviation)
    case (.category(_, let known), .category):
      return .category(feature: categories.map(known.firstIndex), count: known.count)
    case (.number, _):
      throw Unsuited(expected: "numbers", found: "\"\(categories.first ?? "")\"")
    case (.category, _):
      throw Unsuited(expected: "categories (categorical=\(name))", found: "numbers")
    }
  }
}

/// Rows of a table as features: numbers standardised, a category as zeros with a one in its place,
/// or as zeros alone where no row to learn from has it.
struct TableRows: Samples {
  enum Encoding: Sendable {
    case number(mean: Double, deviation: Double)
    /// The feature of each category, nil for those that were not learnt.
    case category(feature: [Int?], count: Int)

    var count: Int {
      switch self {
      case .number: 1
      case .category(_, let count): count
      }
    }
  }

  /// float64, (row, column)
  let values: TensorBytes
  let rows: [Int]
  /// Those that networks look at, in the order of `values`.
  private let columns: [TableColumn]
  /// What becomes of them, in the order of features; which of `columns` each is.
  private let encodings: [(column: Int, Encoding)]
  let preparation: SamplePreparation

  /// Prepared by what is learnt of the columns themselves.
  init(values: TensorBytes, rows: [Int], columns: [TableColumn]) {
    self.init(
      values, rows, columns, columns.enumerated().map { ($0, $1.encoding) },
      .table(columns: columns.map(\.preparation)))
  }

  private init(
    _ values: TensorBytes, _ rows: [Int], _ columns: [TableColumn],
    _ encodings: [(column: Int, Encoding)], _ preparation: SamplePreparation
  ) {
    self.values = values
    self.rows = rows
    self.columns = columns
    self.encodings = encodings
    self.preparation = preparation
  }

  /// By name, so that columns may come in another order, with others between them.
  func prepared(
    as preparation: SamplePreparation, in name: String
  ) throws(TrainingError) -> any Samples {
    guard case .table(let wanted) = preparation else {
      throw .inconsistentData(
        name, part: "samples", expected: preparation.samplesNoun, found: "rows of a table")
    }
    var encodings: [(column: Int, Encoding)] = []
    for column in wanted {
      guard let place = columns.firstIndex(where: { $0.name == column.name }) else {
        throw .inconsistentData(
          name, part: "columns", expected: "one called \"\(column.name)\"",
          found: columns.map(\.name).joined(separator: ", "))
      }
      do throws(TableColumn.Unsuited) {
        encodings.append((place, try columns[place].encoding(as: column)))
      } catch {
        throw .inconsistentData(
          name, part: "column \"\(column.name)\"", expected: error.expected, found: error.found)
      }
    }
    return TableRows(values, rows, columns, encodings, preparation)
  }

  var count: Int { rows.count }
  /// By column of `values`: what its numbers stand for; none where they are numbers.
  var categories: [[String]] { columns.map(\.categories) }
  var shape: Shape { [encodings.reduce(0) { $0 + $1.1.count }] }
  var elementType: ElementType { .float32 }
  var isCostly: Bool { false }

  func targets(of indices: ArraySlice<Int>) -> Tensor? { nil }

  func prefix(_ length: Int) -> any Samples {
    TableRows(values, Array(rows.prefix(length)), columns, encodings, preparation)
  }

  func write(
    _ index: Int, into target: UnsafeMutableRawBufferPointer, _ change: Augmentation.Change
  ) {
    let features = target.bindMemory(to: Float.self)
    features.update(repeating: 0)
    var feature = 0
    for (column, encoding) in encodings {
      let offset = (rows[index] * columns.count + column) * 8
      let value = values.buffer.load(fromByteOffset: offset, as: Double.self)
      switch encoding {
      case .number(let mean, let deviation):
        features[feature] = Float((value - mean) / deviation)
      case .category(let places, _):
        if let place = places[Int(value)] { features[feature + place] = 1 }
      }
      feature += encoding.count
    }
  }
}
