extension JSONReader {
  /// Of a string that is kept, in UTF-8: names, keys and ids.
  static let mostStringBytes = 1000

  /// What a string consists of.
  private enum Piece {
    /// Bytes as they stand, valid UTF-8.
    case run(UnsafeRawBufferPointer)
    case escaped(Unicode.Scalar)
  }

  mutating func string() throws(Failure) -> String {
    let start = offset
    var text: [UInt8] = []
    try readString { (piece) throws(Failure) in
      switch piece {
      // No more than shows that it is too long.
      case .run(let bytes): text.append(contentsOf: bytes.prefix(Self.mostStringBytes + 1))
      case .escaped(let scalar): text.append(contentsOf: scalar.utf8)
      }
      guard text.count <= Self.mostStringBytes else {
        throw Failure(
          offset: start, expected: "a string of at most \(Self.mostStringBytes) bytes",
          found: "a longer one")
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Passes over a string of any length, which is JSON all the same.
  mutating func skipString() throws(Failure) {
    try readString { (_) throws(Failure) in }
  }

  private mutating func readString(
    _ use: (Piece) throws(Failure) -> Void
  ) throws(Failure) {
    guard accept("\"") else { throw failure("a string") }
    while true {
      if let run = try run() { try use(.run(run)) }
      switch current {
      case nil: throw failure("the string's end")
      case UInt8(ascii: "\""):
        offset += 1
        return
      case UInt8(ascii: "\\"): try use(.escaped(escape()))
      default: throw failure("an escaped control character")
      }
    }
  }

  /// What stands before the next escape or the string's end; nil where nothing does.
  private mutating func run() throws(Failure) -> UnsafeRawBufferPointer? {
    let start = offset
    var isASCII = true
    while let byte = current, byte >= 0x20, byte != UInt8(ascii: "\""),
      byte != UInt8(ascii: "\\")
    {
      isASCII = isASCII && byte < 0x80
      offset += 1
    }
    guard offset > start else { return nil }
    let run = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    guard isASCII || String(validating: run, as: UTF8.self) != nil else {
      throw Failure(offset: start, expected: "UTF-8", found: "other bytes")
    }
    return run
  }

  private mutating func escape() throws(Failure) -> Unicode.Scalar {
    let start = offset
    var value = try escapedUnit()
    if (0xD800..<0xDC00).contains(value), current == UInt8(ascii: "\\") {
      let low = try escapedUnit()
      guard (0xDC00..<0xE000).contains(low) else { throw halfPair(start) }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw halfPair(start) }
    return scalar
  }

  private func halfPair(_ start: Int) -> Failure {
    Failure(offset: start, expected: "a character", found: "half a surrogate pair")
  }

  /// The UTF-16 unit that an escape stands for.
  private mutating func escapedUnit() throws(Failure) -> UInt32 {
    let start = offset
    offset += 1
    guard let letter = current else { throw failure("the string's end") }
    offset += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt32(letter)
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "f"): return 0x0C
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "u"):
      var unit: UInt32 = 0
      for _ in 0..<4 {
        guard let digit = current.flatMap(Self.hexDigit) else { throw unknownEscape(start) }
        unit = unit << 4 | digit
        offset += 1
      }
      return unit
    default: throw unknownEscape(start)
    }
  }

  private func unknownEscape(_ start: Int) -> Failure {
    Failure(offset: start, expected: "a known escape", found: "another")
  }

  private static func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}
