internal import Net2Net
internal import Net2NetFiles
internal import SwiftCSV

/// The rows of a CSV file (RFC 4180), the first being row 1. The file is cut into pieces of whole
/// rows, so that it need not fit into memory; SwiftCSV parses the pieces.
struct CSVRecords {
  let file: String
  let delimiter: Character
  private let bytes: TensorBytes

  private static let pieceSize = 1 << 18
  static let largestRow = 16 << 20

  init(of file: String, delimiter: Character) throws {
    self.file = file
    self.delimiter = delimiter
    bytes = try FileContents(of: file).bytes
  }

  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)`` with the row in it;
  ///   whatever `body` throws.
  func forEach(_ body: (_ row: Int, _ cells: [String]) throws -> Void) throws {
    defer { withExtendedLifetime(bytes) {} }
    let hasMark = bytes.buffer.starts(with: [0xEF, 0xBB, 0xBF])
    var (start, row) = (hasMark ? 3 : 0, 1)
    while start < bytes.count {
      let end = try endOfPiece(from: start, row: row)
      for cells in try rows(of: start..<end, first: row) {
        try body(row, cells)
        row += 1
      }
      start = end
    }
  }

  /// Behind the last row that ends within a piece, or the first that ends at all. Line ends between
  /// quotes do not end a row.
  private func endOfPiece(from start: Int, row: Int) throws(TrainingError) -> Int {
    let (quote, newline) = (UInt8(ascii: "\""), UInt8(ascii: "\n"))
    var (end, place, row, isQuoted) = (start, start, row, false)
    while place < bytes.count {
      let byte = bytes.buffer[place]
      place += 1
      if byte == quote {
        isQuoted.toggle()
      } else if byte == newline, !isQuoted {
        end = place
        row += 1
        if end - start >= Self.pieceSize { return end }
      } else if place - end > Self.largestRow {
        throw malformed(row, "\(Self.largestRow) bytes or fewer", "more")
      }
    }
    if isQuoted { throw malformed(row, "a closing quote", "the end of the file") }
    return place
  }

  private func rows(of range: Range<Int>, first: Int) throws(TrainingError) -> [[String]] {
    let piece = bytes.buffer[range]
    guard var text = String(validating: piece, as: UTF8.self) else {
      throw malformed(Self.rowThatIsNoText(piece, first: first), "UTF-8", "other bytes")
    }
    // Else an empty last cell would be lost.
    if text.last?.isNewline == false { text += "\n" }
    var rows: [[String]] = []
    do {
      let table = try CSV<Enumerated>(
        string: text, delimiter: CSVDelimiter(unicodeScalarLiteral: delimiter), loadColumns: false,
        rowLimit: 0)
      try table.enumerateAsArray(startAt: 0, rowLimit: nil) { rows.append($0) }
    } catch {
      throw malformed(first + rows.count, "cells, quoted whole or not at all,", "\(error)")
    }
    return rows
  }

  private static func rowThatIsNoText(
    _ piece: UnsafeRawBufferPointer.SubSequence, first: Int
  ) -> Int {
    let lines = piece.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return first + (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0)
  }

  private func malformed(_ row: Int, _ expected: String, _ found: String) -> TrainingError {
    .malformedData(file: file, part: "row \(row)", expected: expected, found: found)
  }
}
