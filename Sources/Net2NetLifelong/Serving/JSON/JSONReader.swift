/// Reads JSON (RFC 8259) from bytes that a stranger sent, token by token and without building a
/// tree: how deep values nest is bounded, numbers are rounded as exactly as the standard library
/// rounds them, and what is no JSON (`NaN`, a comma too many) is refused where it stands.
struct JSONReader {
  /// What stands at a place where something else should.
  struct Failure: Error, Hashable {
    let offset: Int
    let expected: String
    let found: String
  }

  let bytes: UnsafeRawBufferPointer
  let deepest: Int
  var offset = 0
  private var depth = 0

  /// - Parameter deepest: how many lists and objects may lie in one another.
  init(_ bytes: UnsafeRawBufferPointer, deepest: Int) {
    self.bytes = bytes
    self.deepest = deepest
  }

  var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  /// The byte that the next value begins with.
  mutating func next() -> UInt8? {
    skipSpace()
    return current
  }

  mutating func end() throws(Failure) {
    guard next() == nil else { throw failure("the end") }
  }

  /// Visits the members of an object; `member` reads each value. A key that comes twice is
  /// refused: readers disagree about which one counts.
  mutating func object(
    _ member: (inout JSONReader, String) throws(Failure) -> Void
  ) throws(Failure) {
    try open("{", "an object")
    defer { depth -= 1 }
    if accept("}") { return }
    var seen = Set<String>()
    repeat {
      skipSpace()
      let start = offset
      let key = try string()
      guard seen.insert(key).inserted else {
        throw Failure(offset: start, expected: "each key once", found: "\"\(key)\" again")
      }
      guard accept(":") else { throw failure("a colon") }
      try member(&self, key)
    } while accept(",")
    guard accept("}") else { throw failure("a comma or the object's end") }
  }

  /// - Returns: how many elements there were.
  @discardableResult
  mutating func array(
    _ element: (inout JSONReader) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    try open("[", "a list")
    defer { depth -= 1 }
    if accept("]") { return 0 }
    var count = 0
    repeat {
      try element(&self)
      count += 1
    } while accept(",")
    guard accept("]") else { throw failure("a comma or the list's end") }
    return count
  }

  mutating func boolean() throws(Failure) -> Bool {
    skipSpace()
    if accept(literal: "true") { return true }
    if accept(literal: "false") { return false }
    throw failure("true or false")
  }

  /// Passes over any value.
  mutating func skip() throws(Failure) {
    switch next() {
    case UInt8(ascii: "{"): try object { (reader, _) throws(Failure) in try reader.skip() }
    case UInt8(ascii: "["): try array { (reader) throws(Failure) in try reader.skip() }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
    case UInt8(ascii: "n"):
      guard accept(literal: "null") else { throw failure("a value") }
    default: _ = try number()
    }
  }
}

extension JSONReader {
  mutating func string() throws(Failure) -> String {
    guard accept("\"") else { throw failure("a string") }
    let start = offset
    var isEscaped = false
    while let byte = current, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw failure("an escaped control character") }
      isEscaped = isEscaped || byte == UInt8(ascii: "\\")
      offset += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard current != nil else { throw failure("the string's end") }
    offset += 1
    let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<offset - 1])
    guard let text = String(validating: raw, as: UTF8.self) else {
      throw Failure(offset: start, expected: "UTF-8", found: "other bytes")
    }
    return isEscaped ? try unescaped(text, at: start) : text
  }

  private func unescaped(_ text: String, at start: Int) throws(Failure) -> String {
    var result = ""
    var units: [UInt16] = []
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      if scalar == "\\", let unit = Self.escape(&rest) {
        units.append(unit)
        continue
      }
      guard scalar != "\\", Self.flush(&units, to: &result) else {
        throw Failure(offset: start, expected: "a known escape", found: "another")
      }
      result.unicodeScalars.append(scalar)
    }
    guard Self.flush(&units, to: &result) else {
      throw Failure(offset: start, expected: "a character", found: "half a surrogate pair")
    }
    return result
  }

  private static func escape(_ rest: inout Substring.UnicodeScalarView) -> UInt16? {
    switch rest.popFirst() {
    case "\"": return 0x22
    case "\\": return 0x5C
    case "/": return 0x2F
    case "b": return 0x08
    case "f": return 0x0C
    case "n": return 0x0A
    case "r": return 0x0D
    case "t": return 0x09
    case "u":
      let digits = String(String.UnicodeScalarView(rest.prefix(4)))
      guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit) else { return nil }
      rest.removeFirst(4)
      return UInt16(digits, radix: 16)
    default: return nil
    }
  }

  /// Appends UTF-16 units; false where they are no text.
  private static func flush(_ units: inout [UInt16], to text: inout String) -> Bool {
    defer { units = [] }
    guard let part = String(validating: units, as: UTF16.self) else { return false }
    text += part
    return true
  }
}

extension JSONReader {
  private mutating func open(
    _ character: Unicode.Scalar, _ description: String
  ) throws(Failure) {
    guard accept(character) else { throw failure(description) }
    guard depth < deepest else {
      throw Failure(
        offset: offset - 1, expected: "at most \(deepest) lists or objects in one another",
        found: "more")
    }
    depth += 1
  }

  mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard current == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  mutating func accept(literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    guard bytes.count - offset >= count else { return false }
    for index in 0..<count where bytes[offset + index] != literal.utf8Start[index] { return false }
    offset += count
    return true
  }

  func failure(_ expected: String) -> Failure { failure(expected, at: offset) }

  func failure(_ expected: String, at offset: Int) -> Failure {
    let text = String(decoding: bytes[min(offset, bytes.count)...].prefix(12), as: UTF8.self)
    return Failure(
      offset: offset, expected: expected, found: text.isEmpty ? "the end" : "\"\(text)\"")
  }
}
