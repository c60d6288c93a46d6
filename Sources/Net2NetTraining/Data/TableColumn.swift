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
    let cell = cell.trimmingCharacters(in: .whitespaces)
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

extension TableColumn {
  /// How its numbers become features.
  var encoding: TableRows.Encoding {
    guard kind == .category else { return .number(mean: mean, deviation: deviation) }
    let learnt = learntCategories
    return .category(
      feature: categories.map { learnt.firstIndex(of: $0) }, count: learnt.count)
  }

  var preparation: String {
    kind == .category
      ? "\(name): one of \(learntCategories.joined(separator: "|"))"
      : "\(name): (value - \(mean)) / \(deviation)"
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
  let encodings: [Encoding]

  var count: Int { rows.count }
  var shape: Shape { [encodings.reduce(0) { $0 + $1.count }] }
  var elementType: ElementType { .float32 }
  var isCostly: Bool { false }

  func targets(of indices: ArraySlice<Int>) -> Tensor? { nil }

  func prefix(_ length: Int) -> any Samples {
    TableRows(values: values, rows: Array(rows.prefix(length)), encodings: encodings)
  }

  func write(
    _ index: Int, into target: UnsafeMutableRawBufferPointer, _ change: Augmentation.Change
  ) {
    let features = target.bindMemory(to: Float.self)
    features.update(repeating: 0)
    var feature = 0
    for (column, encoding) in encodings.enumerated() {
      let offset = (rows[index] * encodings.count + column) * 8
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
