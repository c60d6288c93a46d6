internal import Foundation
internal import GRDB
internal import Net2Net
internal import Net2NetFiles

// Rows as values. JSON columns are written by `json(_:)`, numbers that are none included.

extension Version {
  static let columns =
    "number, parent, origin, firstExample, endExample, metrics, cost, sha256, created"

  init(_ row: Row) throws {
    let first: Int? = row["firstExample"]
    let end: Int? = row["endExample"]
    self.init(
      number: row["number"], parent: row["parent"],
      origin: try decoded(Origin.self, row["origin"]),
      examples: first.flatMap { first in end.map { first..<$0 } },
      metrics: try decoded([String: Double].self, row["metrics"]),
      cost: try decoded(Cost.self, row["cost"]), sha256: row["sha256"],
      created: Timestamp(millisecondsSince1970: row["created"]))
  }
}

extension RegistryEvent {
  init(_ row: Row) throws {
    let kind: String = row["kind"]
    guard let kind = Kind(rawValue: kind) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "event of kind \"\(kind)\"")
    }
    self.init(
      id: row["id"], kind: kind, version: row["version"],
      time: Timestamp(millisecondsSince1970: row["time"]),
      detail: try decoded([String: JSONValue].self, row["detail"]))
  }
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
