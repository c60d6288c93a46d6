/// Reads JSON (RFC 8259) token by token, as strictly as safetensors' own reader does: no
/// fractions where a size stands, no lone surrogates, and duplicate keys are left for the caller
/// to see. Foundation's readers forgive all of these.
struct JSONScanner {
  struct Failure: Error {
    let offset: Int
    let expected: String
    let found: String
  }

  private let bytes: UnsafeRawBufferPointer
  private(set) var offset = 0

  /// - Parameter bytes: valid UTF-8.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return offset == bytes.count
    }
  }

  /// Visits the members of an object; `member` reads each value.
  mutating func object(
    _ member: (inout JSONScanner, String) throws(Failure) -> Void
  ) throws(Failure) {
    try expect("{", "an object")
    if accept("}") { return }
    repeat {
      let key = try string()
      try expect(":", "a colon")
      try member(&self, key)
    } while accept(",")
    try expect("}", "a comma or the object's end")
  }

  mutating func array(
    _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    try expect("[", "a list")
    if accept("]") { return }
    repeat { try element(&self) } while accept(",")
    try expect("]", "a comma or the list's end")
  }

  /// A non-negative integer without fraction or exponent.
  mutating func size() throws(Failure) -> Int {
    skipSpace()
    let start = offset
    var value = 0
    while let byte = current, (0x30...0x39).contains(byte) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (next, carry) = tens.addingReportingOverflow(Int(byte - 0x30))
      guard !overflow, !carry else { throw failure(at: start, "a size below 2⁶³", "a larger one") }
      value = next
      offset += 1
    }
    let hasLeadingZero = offset - start > 1 && bytes[start] == 0x30
    guard offset > start, !hasLeadingZero, current.map({ !".eE".utf8.contains($0) }) ?? true else {
      throw failure(at: start, "a size in decimal digits")
    }
    return value
  }

  mutating func null() -> Bool {
    skipSpace()
    return accept(literal: "null")
  }

  mutating func string() throws(Failure) -> String {
    try expect("\"", "a string")
    var utf8: [UInt8] = []
    while let byte = current {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: utf8, as: UTF8.self)
      case UInt8(ascii: "\\"): utf8.append(contentsOf: String(try escape()).utf8)
      case 0..<0x20: throw failure(at: offset - 1, "an escaped control character")
      default: utf8.append(byte)
      }
    }
    throw failure(at: offset, "the string's end")
  }

  /// Passes over any value. Containers nest 127 deep at most.
  mutating func skipValue(depth: Int = 0) throws(Failure) {
    guard depth < 127 else { throw failure(at: offset, "at most 127 nested values") }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"):
      try object { (scanner, _) throws(Failure) in try scanner.skipValue(depth: depth + 1) }
    case UInt8(ascii: "["):
      try array { (scanner) throws(Failure) in try scanner.skipValue(depth: depth + 1) }
    case UInt8(ascii: "\""): _ = try string()
    default:
      if accept(literal: "null") || accept(literal: "true") || accept(literal: "false") { return }
      try skipNumber()
    }
  }

  private mutating func skipNumber() throws(Failure) {
    let start = offset
    if current == UInt8(ascii: "-") { offset += 1 }
    let hasLeadingZero = current == 0x30
    let wholeDigits = skipDigits()
    guard wholeDigits > 0, !(hasLeadingZero && wholeDigits > 1) else {
      throw failure(at: start, "a value")
    }
    if current == UInt8(ascii: ".") {
      offset += 1
      guard skipDigits() > 0 else { throw failure(at: offset, "a digit") }
    }
    if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if let sign = current, "+-".utf8.contains(sign) { offset += 1 }
      guard skipDigits() > 0 else { throw failure(at: offset, "a digit") }
    }
  }

  private mutating func skipDigits() -> Int {
    let start = offset
    while let byte = current, (0x30...0x39).contains(byte) { offset += 1 }
    return offset - start
  }
}

extension JSONScanner {
  private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { offset += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard current == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func accept(literal: StaticString) -> Bool {
    let text = String(describing: literal).utf8
    guard bytes[offset...].starts(with: text) else { return false }
    offset += text.count
    return true
  }

  private mutating func expect(
    _ character: Unicode.Scalar, _ description: String
  ) throws(Failure) {
    guard accept(character) else { throw failure(at: offset, description) }
  }

  /// The character after a backslash.
  private mutating func escape() throws(Failure) -> Unicode.Scalar {
    let start = offset
    guard let byte = current else { throw failure(at: start, "an escape") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape(at: start)
    default: throw failure(at: start, "a known escape")
    }
  }

  private mutating func unicodeEscape(at start: Int) throws(Failure) -> Unicode.Scalar {
    let first = try fourHexDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // A surrogate: only the first of a pair may stand here.
    guard (0xD800..<0xDC00).contains(first), accept(literal: "\\u") else {
      throw failure(at: start, "a character", "half a surrogate pair")
    }
    let second = try fourHexDigits()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw failure(at: start, "a character", "half a surrogate pair") }
    return scalar
  }

  private mutating func fourHexDigits() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue,
        byte < 0x80
      else { throw failure(at: offset, "four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  private func failure(at offset: Int, _ expected: String, _ found: String? = nil) -> Failure {
    let text = String(decoding: bytes[min(offset, bytes.count)...].prefix(12), as: UTF8.self)
    return Failure(
      offset: offset, expected: expected,
      found: found ?? (text.isEmpty ? "its end" : "\"\(text)\""))
  }
}
