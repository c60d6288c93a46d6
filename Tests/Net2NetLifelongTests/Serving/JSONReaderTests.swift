import Testing

@testable import Net2NetLifelong

@Suite struct JSONReaderTests {
  @Test(arguments: [
    "0", "7", "-3", "0.1", "-0.49803921580314636", "0.3333333333333333", "1e5", "1E-5", "2.5e+3",
    "123456789012345678", "9007199254740993", "0.000001", "5e-324",
    "2.2250738585072014e-308",
    "1.7976931348623157e308", "0.30000000000000004", "12345678901234567890123", "1e22", "1e23",
    "9999999999999999999", "0.1000000000000000055511151231257827", "4.35", "1.0000000000000002",
  ])
  func numbersAreRoundedAsTheStandardLibraryDoes(_ text: String) throws {
    #expect(try number(text) == Double(text))
  }

  /// 53 bits are decided by what follows them: ties, and what is just beside a tie.
  @Test func drawnNumbersAreRoundedAsTheStandardLibraryDoes() throws {
    var draw = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let bits = draw.next() as UInt64
      let texts = [
        "\(Double(bits % 1000) / 999)", "\(Float(bits % 256) / 255)",
        "0.\(bits % 10_000_000_000_000_000_000)", "\(bits >> 11).5",
        "\(bits % 100_000).\(bits >> 40)", "\(bits >> 5)e-\(bits % 20)",
      ]
      for text in texts { #expect(try number(text) == Double(text), "\(text)") }
    }
  }

  @Test(arguments: [
    ("NaN", "at 0 a number expected, \"NaN\" found"),
    ("Infinity", "at 0 a number expected, \"Infinity\" found"),
    ("1e999", "at 0 a number that a double holds expected, \"1e999\" found"),
    ("01", "at 0 a number expected, \"01\" found"),
    (".5", "at 0 a number expected, \".5\" found"),
    ("1.", "at 2 a digit expected, the end found"),
    ("-", "at 0 a number expected, \"-\" found"),
    ("1e", "at 2 a digit expected, the end found"),
    ("+1", "at 0 a number expected, \"+1\" found"),
  ])
  func whatIsNoNumberIsRefusedWhereItStands(_ text: String, _ sentence: String) {
    #expect(throws: FoundFailure(sentence)) { try number(text) }
  }

  @Test(arguments: [
    (#""plain""#, "plain"), (#""a\n\"b\"\\\/""#, "a\n\"b\"\\/"), (#""\u00e9""#, "é"),
    (#""\ud83d\ude00""#, "😀"), (#""""#, ""), (#""Knöchel😀""#, "Knöchel😀"),
  ])
  func stringsAreUnescaped(_ text: String, _ expected: String) throws {
    let found = try read(text) { try $0.string() }
    #expect(found == expected)
  }

  @Test(arguments: [#""\ud83d""#, #""\q""#, #""\u12""#, "\"a\nb\"", #""open"#, #""\"#])
  func whatIsNoStringIsRefused(_ text: String) {
    #expect(throws: FoundFailure.self) {
      try read(text) { try $0.string() }
    }
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    let bytes: [UInt8] = [0x22, 0xFF, 0x22]
    #expect(throws: JSONReader.Failure.self) {
      try bytes.withUnsafeBytes { bytes in
        var reader = JSONReader(bytes, deepest: 3)
        _ = try reader.string()
      }
    }
  }

  @Test(arguments: [
    (#"{"a":1,"a":2}"#, "at 7 each key once expected, \"a\" again found"),
    ("[[[[1]]]]", "at 3 at most 3 lists or objects in one another expected, more found"),
    ("[1,]", "at 3 a number expected, \"]\" found"),
    ("[1 2]", "at 3 a comma or the list's end expected, \"2]\" found"),
    (#"{"a" 1}"#, "at 5 a colon expected, \"1}\" found"),
    ("[1]x", "at 3 the end expected, \"x\" found"),
    ("{", "at 1 a string expected, the end found"),
    ("nul", "at 0 a value expected, \"nul\" found"),
  ])
  func whatIsNoValueIsRefusedWhereItStands(_ text: String, _ sentence: String) {
    #expect(throws: FoundFailure(sentence)) {
      try read(text) { try $0.skip() }
    }
  }

  private func number(_ text: String) throws -> Double {
    try read(text) { try $0.number() }
  }

  private func read<R>(
    _ text: String, _ body: (inout JSONReader) throws -> R
  ) throws -> R {
    do {
      return try Array(text.utf8).withUnsafeBytes { bytes in
        var reader = JSONReader(bytes, deepest: 3)
        let value = try body(&reader)
        try reader.end()
        return value
      }
    } catch let failure as JSONReader.Failure {
      throw FoundFailure(
        "at \(failure.offset) \(failure.expected) expected, \(failure.found) found")
    }
  }

  private struct FoundFailure: Error, Hashable {
    var sentence: String
    init(_ sentence: String) { self.sentence = sentence }
  }
}
