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

  /// What was found.
  struct Opened {
    /// In order.
    var segments: [ExampleStore.Segment] = []
    /// Those that their examples may be of.
    var classes: [String]
    /// Nil where nothing says it: in a folder of before there was such a file, or it is damaged.
    var acknowledged: Acknowledgement?
  }

  func opened() throws -> Opened {
    if !isReadOnly { AtomicDirectory.removeLeftovers(in: folder) }
    // First what was promised, then what is there, which becomes only more.
    var opened = Opened(classes: settings.classes, acknowledged: try acknowledged())
    let indexed = try registry.segmentIndex()
    let names = try names()
    for (position, name) in names.enumerated() {
      let isLast = position == names.count - 1
      let file = try SegmentFile.mapped("\(folder)/\(name)", copying: isLast && isReadOnly)
      try check(file, follows: opened.segments.last, opened.classes)
      let segment = try segment(file, indexed[file.first], opened.acknowledged, isLast: isLast)
      // A class appears with its first example: names in a file that a refused batch or a crash left
      // empty are nobody's.
      if !segment.entries.isEmpty { opened.classes = file.layout.header.classes }
      opened.segments.append(segment)
    }
    try requireAll(of: indexed, in: opened)
    return opened
  }

  /// A damaged file costs a writer what it said, which is made again and told of; ``LiveCheck`` names
  /// it to whoever looks.
  private func acknowledged() throws -> Acknowledgement? {
    do {
      let found = try AcknowledgedFile.read(in: folder)
      if found == nil, try registry.note(AcknowledgedFile.note, as: Bool.self) == true {
        try noteLost("it is missing")
      }
      return found
    } catch let error as LifelongError {
      guard case .damagedSegment = error else { throw error }
      try noteLost("\(error)")
      return nil
    }
  }

  private func noteLost(_ reason: String) throws {
    guard !isReadOnly else { return }
    try registry.record(
      .examplesDamaged,
      ["file": .string(AcknowledgedFile.path(in: folder)), "reason": .string(reason)])
  }

  /// Numbers must go on after those that were given, whether their examples can still be read or not.
  private func requireAll(of indexed: [Int: Registry.SegmentRow], in opened: Opened) throws {
    let end = opened.segments.last?.end ?? 0
    let known = Set(opened.segments.map(\.first))
    if let first = indexed.keys.filter({ !known.contains($0) }).min() {
      throw LifelongError.missingSegment(file: "\(folder)/\(Self.name(first: first))", from: first)
    }
    if let acknowledged = opened.acknowledged, acknowledged.end > end {
      throw LifelongError.missingSegment(
        file: "\(folder)/\(Self.name(first: acknowledged.first))", from: end)
    }
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
    guard header.classes.count <= settings.largestClassCount else {
      throw damaged(
        "classes", "at most \(settings.largestClassCount), as live.json says,",
        "\(header.classes.count)")
    }
  }

  /// From the index where it has the whole file, else from the file itself.
  private func segment(
    _ file: SegmentFile, _ row: Registry.SegmentRow?, _ acknowledged: Acknowledgement?,
    isLast: Bool
  ) throws -> ExampleStore.Segment {
    var known = row.flatMap { row in
      row.digest.map { ExampleStore.Segment.Known(digest: $0, count: row.entries.count) }
    }
    if let row, row.bytes == file.byteCount,
      row.bytes == file.layout.offset(row.entries.count),
      row.entries.allSatisfy({ $0.isDamaged || file.layout.suits($0) })
    {
      return ExampleStore.Segment(file: file, entries: row.entries, known: known)
    }
    if known == nil, let acknowledged, acknowledged.first == file.first {
      known = ExampleStore.Segment.Known(
        digest: acknowledged.digest, count: acknowledged.end - acknowledged.first)
    }
    let least = max(known?.count ?? 0, row?.entries.count ?? 0)
    let (entries, _) = file.scanned(atLeast: min(least, Acknowledgement.mostInSegment))
    guard !isReadOnly else {
      return ExampleStore.Segment(file: file, entries: entries, known: known)
    }
    return try mended(file, entries, known, isLast: isLast)
  }

  private func mended(
    _ file: SegmentFile, _ entries: [ExampleEntry], _ known: ExampleStore.Segment.Known?,
    isLast: Bool
  ) throws -> ExampleStore.Segment {
    let damaged = entries.count(where: \.isDamaged)
    if damaged > 0 {
      try registry.record(
        .examplesDamaged, ["file": .string(file.path), "examples": JSONValue(damaged)])
    }
    // Goes on from what was known, so that a record that was changed since is still found.
    let digest = file.digest(of: entries.count, from: known)
    var segment = ExampleStore.Segment(
      file: file, entries: entries,
      known: ExampleStore.Segment.Known(digest: digest, count: entries.count))
    guard isLast else {
      try registry.index(file, entries, digest)
      return segment
    }
    let open = try SegmentFile.opened(file.path, file.layout)
    let end = file.layout.offset(entries.count)
    if end != file.byteCount { try open.cut(behind: entries.count) }
    if end < file.byteCount {
      try registry.record(
        .tailCutOff, ["file": .string(file.path), "bytes": JSONValue(file.byteCount - end)])
    }
    segment.file = open
    return segment
  }
}

extension Registry {
  struct SegmentRow: Sendable {
    var bytes: Int
    var entries: [ExampleEntry]
    /// Nil in registries of before there were any.
    var digest: RunningDigest?
  }

  /// By the number of the first example.
  func segmentIndex() throws -> [Int: SegmentRow] {
    try read { database in
      var index: [Int: SegmentRow] = [:]
      // Registries of before there were digests have no such column.
      let rows = try Row.fetchCursor(database, sql: "SELECT * FROM segment")
      while let row = try rows.next() {
        let digest: Int64? = row.hasColumn("digest") ? try row.decode(forColumn: "digest") : nil
        index[try row.decode(forColumn: "first")] = SegmentRow(
          bytes: try row.decode(forColumn: "bytes"),
          entries: ExampleEntry.entries(try row.decode(forColumn: "entries")),
          digest: digest.map { RunningDigest(value: UInt64(bitPattern: $0)) })
      }
      return index
    }
  }

  /// Notes what a full segment holds.
  func index(_ file: SegmentFile, _ entries: [ExampleEntry], _ digest: RunningDigest?) throws {
    try write { database in
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO segment (first, count, bytes, entries, digest)
          VALUES (?, ?, ?, ?, ?)
          """,
        arguments: [
          file.first, entries.count, file.layout.offset(entries.count),
          ExampleEntry.data(entries), digest.map { Int64(bitPattern: $0.value) },
        ])
    }
  }
}
