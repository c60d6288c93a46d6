public import Foundation

/// A moment to the millisecond; ISO 8601 in JSON.
public struct Timestamp: Hashable, Comparable, Sendable {
  public let millisecondsSince1970: Int64

  public init(millisecondsSince1970: Int64) { self.millisecondsSince1970 = millisecondsSince1970 }

  public init(_ date: Date = Date()) {
    millisecondsSince1970 = Int64((date.timeIntervalSince1970 * 1000).rounded())
  }

  public var date: Date { Date(timeIntervalSince1970: Double(millisecondsSince1970) / 1000) }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.millisecondsSince1970 < right.millisecondsSince1970
  }
}

extension Timestamp: CustomStringConvertible {
  private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  /// `2026-01-31T12:00:00.000Z`
  public var description: String {
    // Formatting cuts off what is behind the millisecond, and 0.123 s is a little less than that.
    date.addingTimeInterval(0.0001).formatted(Self.style)
  }
}

extension Timestamp: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let date = try? Self.style.parse(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is not a moment in ISO 8601")
    }
    self.init(date)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
