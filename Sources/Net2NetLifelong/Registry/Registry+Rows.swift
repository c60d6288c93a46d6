internal import Foundation
internal import GRDB
internal import Net2Net
internal import Net2NetFiles

// Rows as values. JSON columns are written by `json(_:)`, numbers that are none included.

extension Version {
  static let columns =
    "number, parent, origin, firstExample, endExample, metrics, cost, sha256, created"

  init(_ row: Row) throws {
    let number = try row.decode(Int.self, forColumn: "number")
    let parent = try row.decode(Int?.self, forColumn: "parent")
    // Whoever follows parents must come to an end.
    guard number > 0, parent.map({ $0 < number }) ?? true else {
      throw damagedRow("version \(number), whose parent is not before it")
    }
    self.init(
      number: number, parent: parent,
      origin: try decoded(Origin.self, row.decode(forColumn: "origin")),
      examples: try Self.examples(row, of: number),
      metrics: try decoded([String: Double].self, row.decode(forColumn: "metrics")),
      cost: try decoded(Cost.self, row.decode(forColumn: "cost")),
      sha256: try Self.sha256(row, of: number), created: try Timestamp(row, "created"))
  }

  private static func examples(_ row: Row, of number: Int) throws -> Range<Int>? {
    guard let first = try row.decode(Int?.self, forColumn: "firstExample"),
      let end = try row.decode(Int?.self, forColumn: "endExample")
    else { return nil }
    guard 0 <= first, first <= end else {
      throw damagedRow("version \(number), examples \(first) to \(end)")
    }
    return first..<end
  }

  /// It is part of a path.
  private static func sha256(_ row: Row, of number: Int) throws -> String {
    let text = try row.decode(String.self, forColumn: "sha256")
    guard text.utf8.count == 64, text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
    else { throw damagedRow("version \(number), a SHA-256 that is none") }
    return text
  }
}

extension RegistryEvent {
  init(_ row: Row) throws {
    let name = try row.decode(String.self, forColumn: "kind")
    guard let kind = Kind(rawValue: name) else { throw damagedRow("event of kind \"\(name)\"") }
    self.init(
      id: try row.decode(forColumn: "id"), kind: kind,
      version: try row.decode(forColumn: "version"), time: try Timestamp(row, "time"),
      detail: try decoded([String: JSONValue].self, row.decode(forColumn: "detail")))
  }
}

extension Timestamp {
  /// The years that ISO 8601 writes with four digits.
  private static let known: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

  fileprivate init(_ row: Row, _ column: String) throws {
    let milliseconds = try row.decode(Int64.self, forColumn: column)
    guard Self.known.contains(milliseconds) else {
      throw damagedRow("\(column), \(milliseconds) ms, which is no time")
    }
    self.init(millisecondsSince1970: milliseconds)
  }
}

/// What SQLite takes for whole may still hold what nobody wrote.
private func damagedRow(_ found: String) -> DatabaseError {
  DatabaseError(resultCode: .SQLITE_CORRUPT, message: found)
}

func encoded(_ value: some Encodable) throws -> String { try json(value, isOneLine: true) }

func decoded<T: Decodable>(_: T.Type, _ text: String) throws -> T {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  do {
    return try decoder.decode(T.self, from: Data(text.utf8))
  } catch {
    throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(T.self) in \(text.prefix(60))")
  }
}
