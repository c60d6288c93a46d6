internal import Foundation
internal import GRDB
internal import Net2NetFiles

/// Finds the segments of a store, and mends what a crash left.
struct SegmentOpening {
  let folder: String
  let settings: LiveSettings
  let registry: Registry
  let isReadOnly: Bool

  static let suffix = ".segment"

  /// Sorted by name as by number.
  static func name(first: Int) -> String {
    let digits = String(first)
    return String(repeating: "0", count: max(0, 12 - digits.count)) + digits + suffix
  }

  /// The segments in order, and the classes that their examples may be of. A class appears with its
  /// first example: names in a file that a refused batch or a crash left empty are nobody's.
  func segments() throws -> ([ExampleStore.Segment], classes: [String]) {
    if !isReadOnly { AtomicDirectory.removeLeftovers(in: folder) }
    let indexed = try registry.segmentIndex()
    var segments: [ExampleStore.Segment] = []
    var classes = settings.classes
    let names = try names()
    for (position, name) in names.enumerated() {
      let isLast = position == names.count - 1
      let file = try SegmentFile.mapped("\(folder)/\(name)", copying: isLast && isReadOnly)
      try check(file, follows: segments.last, classes)
      let segment = try segment(file, indexed[file.first], isLast: isLast)
      if !segment.entries.isEmpty { classes = file.layout.header.classes }
      segments.append(segment)
    }
    return (segments, classes)
  }

  private func names() throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { $0.hasSuffix(Self.suffix) }.sorted()
    } catch {
      throw LifelongError.unusableFolder(folder, reason: "cannot be read, or is missing")
    }
  }

  private func check(
    _ file: SegmentFile, follows former: ExampleStore.Segment?, _ classes: [String]
  ) throws(LifelongError) {
    func damaged(_ part: String, _ expected: String, _ found: String) -> LifelongError {
      .damagedSegment(file: file.path, part: part, expected: expected, found: found)
    }
    let header = file.layout.header
    let expected = former?.end ?? 0
    guard header.first == expected else {
      throw damaged(
        "its first example", "\(expected), which follows the file before it,", "\(header.first)")
    }
    guard header.storage == settings.sample.storage, header.shape == settings.sample.shape else {
      throw damaged(
        "samples", "\(settings.sample.storage.rawValue)\(settings.sample.shape)",
        "\(header.storage.rawValue)\(header.shape)")
    }
    guard header.heldOutShare == settings.heldOutShare else {
      throw damaged(
        "held-out share", "\(settings.heldOutShare), as live.json says,",
        "\(header.heldOutShare), which its examples were divided by,")
    }
    guard header.classes.starts(with: classes) else {
      throw damaged("classes", "those that were known before, in their order,", "others")
    }
  }

  /// From the index where it has the whole file, else from the file itself.
  private func segment(
    _ file: SegmentFile, _ row: Registry.SegmentRow?, isLast: Bool
  ) throws -> ExampleStore.Segment {
    if let row, row.bytes == file.byteCount,
      row.bytes == file.layout.offset(row.entries.count)
    {
      return ExampleStore.Segment(file: file, entries: row.entries)
    }
    let (entries, bytes) = file.scanned()
    guard !isReadOnly else { return ExampleStore.Segment(file: file, entries: entries) }
    let damaged = entries.count(where: \.isDamaged)
    if damaged > 0 {
      try registry.record(
        .examplesDamaged, ["file": .string(file.path), "examples": JSONValue(damaged)])
    }
    guard isLast else {
      try registry.index(file, entries)
      return ExampleStore.Segment(file: file, entries: entries)
    }
    let open = try SegmentFile.opened(file.path, file.layout)
    if bytes < file.byteCount {
      try open.cut(behind: entries.count)
      try registry.record(
        .tailCutOff,
        ["file": .string(file.path), "bytes": JSONValue(file.byteCount - bytes)])
    }
    return ExampleStore.Segment(file: open, entries: entries)
  }
}

extension Registry {
  struct SegmentRow: Sendable {
    var bytes: Int
    var entries: [ExampleEntry]
  }

  /// By the number of the first example.
  func segmentIndex() throws -> [Int: SegmentRow] {
    try read { database in
      var index: [Int: SegmentRow] = [:]
      let rows = try Row.fetchCursor(database, sql: "SELECT first, bytes, entries FROM segment")
      while let row = try rows.next() {
        index[row["first"]] = SegmentRow(
          bytes: row["bytes"], entries: ExampleEntry.entries(row["entries"]))
      }
      return index
    }
  }

  /// Notes what a full segment holds.
  func index(_ file: SegmentFile, _ entries: [ExampleEntry]) throws {
    try write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO segment (first, count, bytes, entries) VALUES (?, ?, ?, ?)",
        arguments: [
          file.first, entries.count, file.layout.offset(entries.count),
          ExampleEntry.data(entries),
        ])
    }
  }
}
