internal import Net2Net

/// Reads JSON (RFC 8259) from bytes that a stranger sent, token by token and without building a
/// tree: how deep values nest is bounded, numbers are rounded as exactly as the standard library
/// rounds them, and what is no JSON (`NaN`, a comma too many) is refused where it stands.
///
/// It takes time in proportion to the bytes, whatever they are: it never looks at Characters, whose
/// borders and equality depend on runs of combining marks of any length, and bounds the lengths of
/// keys, of strings that are kept and of numbers, and how many members an object has.
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

  private static let mostMembers = 1000

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

  /// Visits the members of an object; `member` reads each value. A key that comes twice, byte for
  /// byte, is refused: readers disagree about which one counts.
  mutating func object(
    _ member: (inout JSONReader, String) throws(Failure) -> Void
  ) throws(Failure) {
    try open("{", "an object")
    defer { depth -= 1 }
    if accept("}") { return }
    var seen = Set<[UInt8]>()
    repeat {
      skipSpace()
      let start = offset
      guard seen.count < Self.mostMembers else {
        throw Failure(
          offset: start, expected: "at most \(Self.mostMembers) keys", found: "more")
      }
      let key = try string()
      guard seen.insert(Array(key.utf8)).inserted else {
        throw Failure(offset: start, expected: "each key once", found: "\"\(key.shown())\" again")
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
    case UInt8(ascii: "\""): try skipString()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
    case UInt8(ascii: "n"):
      guard accept(literal: "null") else { throw failure("a value") }
    default: _ = try number()
    }
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
      offset: offset, expected: expected, found: text.isEmpty ? "the end" : "\"\(text.shown())\"")
  }
}
