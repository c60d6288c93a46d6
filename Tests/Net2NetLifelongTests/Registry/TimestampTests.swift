import Foundation
import Testing

@testable import Net2NetLifelong

@Suite struct TimestampTests {
  @Test func momentsAreISO8601ToTheMillisecond() throws {
    let moment = Timestamp(millisecondsSince1970: 1_700_000_000_123)
    #expect("\(moment)" == "2023-11-14T22:13:20.123Z")
    let data = try JSONEncoder().encode([moment])
    #expect(try JSONDecoder().decode([Timestamp].self, from: data) == [moment])
  }

  @Test func anythingElseIsRefused() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Timestamp].self, from: Data(#"["yesterday"]"#.utf8))
    }
  }

  @Test func valuesOfEventsAreReadAsTheyWereWritten() throws {
    let value: JSONValue = [
      "a": 1, "b": 1.5, "c": [true, .null, "text"], "d": ["e": -7], "f": .number(1e300),
    ]
    let data = try JSONEncoder().encode(value)
    #expect(try JSONDecoder().decode(JSONValue.self, from: data) == value)
    #expect(String(decoding: try JSONEncoder().encode([JSONValue(3)]), as: UTF8.self) == "[3]")
  }
}
