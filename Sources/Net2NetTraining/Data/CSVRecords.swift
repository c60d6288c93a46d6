internal import Net2Net
internal import Net2NetFiles

/// The rows of a CSV file (RFC 4180), the first being row 1, one after another from its bytes: a
/// file that is mapped need not fit into memory.
///
/// A row ends at a line end outside of quotes: LF, CR LF or CR. Blanks before an opening quote and
/// behind a closing one are no part of a cell, though RFC 4180 has none there.
struct CSVRecords {
  let file: String
  let delimiter: CSVOptions.Delimiter
  private let bytes: TensorBytes

  static let largestRow = 16 << 20

  init(of file: String, delimiter: CSVOptions.Delimiter) throws {
    self.file = file
    self.delimiter = delimiter
    bytes = try FileContents(of: file).bytes
  }

  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)`` with the row in it;
  ///   whatever `body` throws.
  func forEach(_ body: (_ row: Int, _ cells: [String]) throws -> Void) throws {
    defer { withExtendedLifetime(bytes) {} }
    let text = bytes.buffer.bindMemory(to: UInt8.self)
    let hasMark = text.starts(with: [0xEF, 0xBB, 0xBF])
    var scanner = CSVScanner(text, from: hasMark ? 3 : 0, delimiter: delimiter.byte)
    var cells: [String] = []
    var row = 1
    while !scanner.isAtEnd {
      do throws(CSVScanner.Fault) {
        try scanner.readRow(into: &cells, atMost: Self.largestRow)
      } catch {
        throw TrainingError.malformedData(
          file: file, part: "row \(row)", expected: error.expected, found: error.found)
      }
      try body(row, cells)
      row += 1
    }
  }
}

/// Reads rows from where it stands.
private struct CSVScanner {
  private let text: UnsafeBufferPointer<UInt8>
  private let delimiter: UInt8
  private var place: Int
  /// Where a row must have ended.
  private var limit = 0

  struct Fault: Error {
    var expected: String
    var found: String
  }

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(_ text: UnsafeBufferPointer<UInt8>, from place: Int, delimiter: UInt8) {
    self.text = text
    self.place = place
    self.delimiter = delimiter
  }

  var isAtEnd: Bool { place == text.count }

  mutating func readRow(into cells: inout [String], atMost size: Int) throws(Fault) {
    cells.removeAll(keepingCapacity: true)
    limit = min(text.count, place + size)
    repeat { cells.append(try cell()) } while try skipDelimiter()
    skipLineEnd()
  }

  /// Whether another cell follows.
  private mutating func skipDelimiter() throws(Fault) -> Bool {
    guard place < text.count else { return false }
    guard place < limit else { throw tooLong }
    guard text[place] == delimiter else { return false }
    place += 1
    return true
  }

  private mutating func skipLineEnd() {
    if place < text.count, text[place] == Self.carriageReturn { place += 1 }
    // A lone carriage return ends a row too; a line feed behind one ends no row of its own.
    if place < text.count, text[place] == Self.lineFeed { place += 1 }
  }

  private mutating func cell() throws(Fault) -> String {
    let start = place
    skipBlanks()
    if place < limit, text[place] == Self.quote { return try quotedCell() }
    while place < limit, !endsCell(text[place]) {
      guard text[place] != Self.quote else {
        throw Fault(
          expected: "cells, quoted whole or not at all,", found: "a quote within a cell")
      }
      place += 1
    }
    return try string(start..<place)
  }

  private mutating func quotedCell() throws(Fault) -> String {
    place += 1
    let start = place
    var isDoubled = false
    while true {
      while place < limit, text[place] != Self.quote { place += 1 }
      guard place < limit else {
        guard limit == text.count else { throw tooLong }
        throw Fault(expected: "a closing quote", found: "the end of the file")
      }
      place += 1
      guard place < limit, text[place] == Self.quote else { break }
      isDoubled = true
      place += 1
    }
    let content = try isDoubled ? undoubled(start..<place - 1) : string(start..<place - 1)
    skipBlanks()
    guard place == limit || endsCell(text[place]) else {
      throw Fault(
        expected: "cells, quoted whole or not at all,", found: "more behind a closing quote")
    }
    return content
  }

  private mutating func skipBlanks() {
    while place < limit, text[place] != delimiter,
      text[place] == UInt8(ascii: " ") || text[place] == UInt8(ascii: "\t")
    {
      place += 1
    }
  }

  private func endsCell(_ byte: UInt8) -> Bool {
    byte == delimiter || byte == Self.lineFeed || byte == Self.carriageReturn
  }

  private func string(_ range: Range<Int>) throws(Fault) -> String {
    let bytes = UnsafeBufferPointer(rebasing: text[range])
    // What needs no validation is made a string in half the time.
    if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
    return try string(of: bytes)
  }

  /// With one quote for each two.
  private func undoubled(_ range: Range<Int>) throws(Fault) -> String {
    var bytes: [UInt8] = []
    var isSecond = false
    for byte in text[range] {
      isSecond = byte == Self.quote && !isSecond
      if byte != Self.quote || isSecond { bytes.append(byte) }
    }
    return try string(of: bytes)
  }

  private func string(of bytes: some Sequence<UInt8>) throws(Fault) -> String {
    guard let string = String(validating: bytes, as: UTF8.self) else {
      throw Fault(expected: "UTF-8", found: "other bytes")
    }
    return string
  }

  private var tooLong: Fault {
    Fault(expected: "\(CSVRecords.largestRow) bytes or fewer", found: "more")
  }
}
