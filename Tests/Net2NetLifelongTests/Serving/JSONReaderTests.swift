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
    (#""\u0041\u00E9\ud83D\uDE00é\b\f\r\t""#, "Aé😀é\u{8}\u{C}\r\t"), (#""\u0000""#, "\u{0}"),
  ])
  func stringsAreUnescaped(_ text: String, _ expected: String) throws {
    let found = try read(text) { try $0.string() }
    #expect(found == expected)
  }

  @Test(arguments: [
    (#""\ud83d""#, "at 1 a character expected, half a surrogate pair found"),
    (#""a\ude00""#, "at 2 a character expected, half a surrogate pair found"),
    (#""\ud83d\u0041""#, "at 1 a character expected, half a surrogate pair found"),
    (#""\ud83dA""#, "at 1 a character expected, half a surrogate pair found"),
    (#""\q""#, "at 1 a known escape expected, another found"),
    (#""\u12""#, "at 1 a known escape expected, another found"),
    (#""\u00g0""#, "at 1 a known escape expected, another found"),
    ("\"a\nb\"", "at 2 an escaped control character expected, \"\\u000ab\"\" found"),
    (#""open"#, "at 5 the string's end expected, the end found"),
    (#""\"#, "at 2 the string's end expected, the end found"),
  ])
  func whatIsNoStringIsRefusedWhereverItStands(_ text: String, _ sentence: String) {
    #expect(throws: FoundFailure(sentence)) { try read(text) { try $0.string() } }
    #expect(throws: FoundFailure(sentence)) { try read(text) { try $0.skip() } }
  }

  @Test func stringsThatAreKeptAreBoundedAndOthersPassedOver() throws {
    let longest = String(repeating: "a", count: 1000)
    #expect(try read("\"\(longest)\"") { try $0.string() } == longest)
    for text in [
      "\"\(longest)a\"", "\"\(longest)\\u0041\"",
      "\"" + String(repeating: #"\u0041"#, count: 100_000) + "\"",
    ] {
      let sentence = "at 0 a string of at most 1000 bytes expected, a longer one found"
      #expect(throws: FoundFailure(sentence)) { try read(text) { try $0.string() } }
      try read(text) { try $0.skip() }
    }
  }

  /// `é` in two spellings is one String and two keys.
  @Test func keysAreComparedByTheirBytes() throws {
    try read("{\"\u{E9}\":1,\"e\u{301}\":2}") { try $0.skip() }
    #expect(throws: FoundFailure("at 7 each key once expected, \"a\" again found")) {
      try read(#"{"a":1,"\u0061":2}"#) { try $0.skip() }
    }
  }

  @Test func keysInSentencesAreCutAndHarmless() {
    let key = "\\u001b" + String(repeating: "\u{301}", count: 300)
    let shown = "\\u001b" + String(repeating: "\u{301}", count: 99) + "…"
    let second = 2 + key.utf8.count + 4
    #expect(
      throws: FoundFailure("at \(second) each key once expected, \"\(shown)\" again found")
    ) {
      try read("{\"\(key)\":1,\"\(key)\":2}") { try $0.skip() }
    }
  }

  @Test func objectsHaveAtMostAThousandKeys() throws {
    let members = (0..<1000).map { "\"\($0)\":0" }.joined(separator: ",")
    try read("{\(members)}") { try $0.skip() }
    #expect(
      throws: FoundFailure("at \(members.utf8.count + 2) at most 1000 keys expected, more found")
    ) {
      try read("{\(members),\"more\":0}") { try $0.skip() }
    }
  }

  @Test func numbersOfManyDigitsAreRefused() throws {
    #expect(try number("0." + String(repeating: "3", count: 900)) == 1.0 / 3)
    #expect(
      throws: FoundFailure("at 0 a number of at most 1000 digits expected, a longer one found")
    ) { try number(String(repeating: "7", count: 1001)) }
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
