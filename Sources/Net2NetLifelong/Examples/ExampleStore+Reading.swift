internal import Foundation
internal import Synchronization

extension ExampleStore {
  /// One example.
  ///
  /// - Throws: ``LifelongError/unknownExample(_:count:)``; ``LifelongError/damagedExample(_:file:)``,
  ///   and it is left out of every list from then on.
  public func example(_ number: Int) throws -> StoredExample {
    try withRecord(number) { record, entry in
      StoredExample(
        number: number, sample: Array(SegmentLayout.sample(record)), label: entry.label,
        isHeldOut: entry.isHeldOut, received: SegmentLayout.received(record))
    }
  }

  /// - Throws: ``LifelongError/unknownExample(_:count:)``.
  func file(of number: Int) throws -> String {
    try state.withLock { try $0.place(of: number) }.0.path
  }

  func withRecord<T>(
    _ number: Int, _ body: (UnsafeRawBufferPointer, ExampleEntry) throws -> T
  ) throws -> T {
    let (file, index) = try state.withLock { try $0.place(of: number) }
    do {
      return try file.withRecord(index, body)
    } catch let error as LifelongError {
      if case .damagedExample = error { state.withLock { $0.markDamaged(number) } }
      throw error
    }
  }

  /// The numbers of those in a range that are to learn from, in order.
  public func trainingNumbers(in range: Range<Int>) -> [Int] {
    numbers(in: range) { !$0.isHeldOut }
  }

  /// The numbers of those in a range that are held out, in order.
  public func heldOutNumbers(in range: Range<Int>) -> [Int] {
    numbers(in: range) { $0.isHeldOut }
  }

  private func numbers(in range: Range<Int>, where isWanted: (ExampleEntry) -> Bool) -> [Int] {
    // Entries are copied by reference, so nobody who stores examples waits for this.
    let segments = state.withLock { $0.segments }
    var numbers: [Int] = []
    for segment in segments {
      let part = range.clamped(to: segment.first..<segment.end)
      for number in part {
        let entry = segment.entries[number - segment.first]
        if !entry.isDamaged, isWanted(entry) { numbers.append(number) }
      }
    }
    return numbers
  }

  /// The classes of examples.
  ///
  /// - Throws: ``LifelongError/unknownExample(_:count:)``.
  public func labels(of numbers: [Int]) throws -> [Int] {
    let segments = state.withLock { $0.segments }
    return try numbers.map { number in
      let segment = try Self.position(of: number, in: segments)
      return segments[segment].entries[number - segments[segment].first].label
    }
  }

  /// What ``examined()`` finds.
  struct Examination {
    /// The numbers of examples that are damaged.
    var damaged: [Int] = []
    /// Segments whose examples suit their checksums and are not what was written.
    var altered: [SegmentFile] = []
    /// How many examples nothing but their own checksums vouches for.
    var uncompared = 0
  }

  /// Reads every example and compares its checksum, and whether it is held out as it should be.
  ///
  /// - Returns: the numbers of those that are damaged.
  public func verify() throws -> [Int] { examined().damaged }

  /// As ``verify()``, and compares the examples of each segment with what was noted of them elsewhere.
  func examined() -> Examination {
    let segments = state.withLock { $0.segments }
    return segments.reduce(into: Examination()) { examine($1, &$0) }
  }

  private func examine(_ segment: Segment, _ examination: inout Examination) {
    var digest = RunningDigest(header: segment.file.layout.headerChecksum)
    var isAltered = false
    let before = examination.damaged.count
    for number in segment.first..<segment.end {
      if let link = link(number, in: segment) {
        digest.add(link)
      } else {
        examination.damaged.append(number)
      }
      if let known = segment.known, number - segment.first + 1 == known.count {
        isAltered = digest != known.digest
      }
    }
    examination.uncompared += max(0, segment.entries.count - (segment.known?.count ?? 0))
    // Where one is damaged the others cannot be compared, and it has been named.
    if isAltered, examination.damaged.count == before { examination.altered.append(segment.file) }
  }

  /// What an example gives to its segment's digest; nil for one that is damaged.
  private func link(_ number: Int, in segment: Segment) -> UInt64? {
    let link = try? withRecord(number) { record, entry -> UInt64? in
      let isHeldOut = heldOut.contains(SegmentLayout.sample(record))
      guard entry == segment.entries[number - segment.first], entry.isHeldOut == isHeldOut else {
        return nil
      }
      return SegmentLayout.link(of: record)
    }
    return link ?? nil
  }

  fileprivate static func position(of number: Int, in segments: [Segment]) throws(LifelongError)
    -> Int
  {
    let count = segments.last?.end ?? 0
    guard number >= 0, number < count else { throw .unknownExample(number, count: count) }
    var (low, high) = (0, segments.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if segments[middle].first <= number { low = middle } else { high = middle }
    }
    return low
  }
}

extension ExampleStore.State {
  fileprivate func place(of number: Int) throws(LifelongError) -> (SegmentFile, index: Int) {
    let segment = segments[try ExampleStore.position(of: number, in: segments)]
    return (segment.file, number - segment.first)
  }

  fileprivate mutating func markDamaged(_ number: Int) {
    guard let position = try? ExampleStore.position(of: number, in: segments) else { return }
    let index = number - segments[position].first
    let entry = segments[position].entries[index]
    guard !entry.isDamaged else { return }
    counts.add(entry, -1)
    segments[position].entries[index].isDamaged = true
    counts.add(segments[position].entries[index])
  }
}
