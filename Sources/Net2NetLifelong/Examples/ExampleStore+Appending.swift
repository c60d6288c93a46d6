internal import Dispatch
internal import Foundation
internal import Synchronization

/// Examples that wait to be written, as bytes of a segment, and who waits for them.
struct PendingExamples: Sendable {
  var records: [UInt8]
  var entries: [ExampleEntry]
  /// Told when they are on the disk, or why they are not.
  var finish: @Sendable (Result<Range<Int>, any Error>) -> Void
}

extension ExampleStore {
  /// Stores examples in their order, side by side, all of them or none. Returns when they are on the
  /// disk; many callers share one flush.
  ///
  /// - Returns: their numbers.
  /// - Throws: ``LifelongError/sampleMismatch(part:expected:found:)`` before anything is stored;
  ///   ``LifelongError/storeBusy(pendingBytes:)`` where too much waits already,
  ///   ``LifelongError/storeClosed``, ``LifelongError/diskFull(file:)``; `FilesError`.
  public func append(_ examples: [Example]) async throws -> Range<Int> {
    try await withCheckedThrowingContinuation { continuation in
      enqueue(examples) { continuation.resume(with: $0) }
    }
  }

  /// As the other one, for threads that may wait.
  public func append(_ examples: [Example]) throws -> Range<Int> {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<Result<Range<Int>, any Error>?>(nil)
    enqueue(examples) { found in
      result.withLock { $0 = found }
      done.signal()
    }
    done.wait()
    guard let result = result.withLock({ $0 }) else { throw LifelongError.storeClosed }
    return try result.get()
  }

  private func enqueue(
    _ examples: [Example], _ finish: @escaping @Sendable (Result<Range<Int>, any Error>) -> Void
  ) {
    do {
      guard !examples.isEmpty else { return finish(.success(count..<count)) }
      let pending = try encoded(examples, finish)
      let starts = try state.withLock { try $0.enqueue(pending, limits) }
      if starts { queue.async { self.writeAll() } }
    } catch {
      finish(.failure(error))
    }
  }

  // MARK: Encoding, on the caller's thread

  private func encoded(
    _ examples: [Example], _ finish: @escaping @Sendable (Result<Range<Int>, any Error>) -> Void
  ) throws -> PendingExamples {
    guard !isReadOnly else { throw LifelongError.storeClosed }
    let classes = state.withLock { $0.classes.count }
    for (index, example) in examples.enumerated() {
      try check(example, "example \(index)", classes: classes)
    }
    let received = Timestamp()
    let size = form.recordSize
    var entries: [ExampleEntry] = []
    entries.reserveCapacity(examples.count)
    let records = [UInt8](unsafeUninitializedCapacity: examples.count * size) { bytes, count in
      for (index, example) in examples.enumerated() {
        let record = UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: bytes[index * size..<(index + 1) * size]))
        example.sample.withUnsafeBytes { sample in
          let entry = ExampleEntry(label: example.label, isHeldOut: heldOut.contains(sample))
          entries.append(entry)
          SegmentLayout.write(entry, received: received, sample, into: record)
        }
      }
      count = examples.count * size
    }
    return PendingExamples(records: records, entries: entries, finish: finish)
  }

  private func check(_ example: Example, _ name: String, classes: Int) throws(LifelongError) {
    guard example.sample.count == form.byteCount else {
      throw .sampleMismatch(
        part: name, expected: "\(form.byteCount) bytes, \(form.storage.rawValue)\(form.shape),",
        found: "\(example.sample.count)")
    }
    guard (0..<classes).contains(example.label) else {
      throw .sampleMismatch(
        part: "\(name), label", expected: "0 to \(classes - 1)", found: "\(example.label)")
    }
    guard form.storage == .float32 else { return }
    let place = example.sample.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).first {
        !bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self).isFinite
      }
    }
    if let place {
      throw .sampleMismatch(
        part: "\(name), number \(place)", expected: "a finite number", found: "another")
    }
  }

  // MARK: Writing, on the one writer's thread

  private func writeAll() {
    while let batch = state.withLock({ $0.takePending() }) {
      let result = Result { try write(batch) }
      var next = (try? result.get().lowerBound) ?? 0
      for pending in batch {
        let first = next
        next += pending.entries.count
        pending.finish(result.map { _ in first..<first + pending.entries.count })
      }
    }
  }

  /// Writes a batch behind what is there, and flushes once.
  private func write(_ batch: [PendingExamples]) throws -> Range<Int> {
    let (file, count) = try fileForWriting()
    do {
      try file.append(batch.map(\.records), behind: count)
    } catch {
      abandon(file, behind: count)
      throw error
    }
    return state.withLock { state in
      let first = state.count
      let last = state.segments.count - 1
      state.flushes += 1
      for pending in batch {
        state.segments[last].entries += pending.entries
        pending.entries.forEach { state.counts.add($0) }
      }
      return first..<state.count
    }
  }

  /// The last segment's file and how many examples it has; a new one where that is full or does not
  /// know all classes. Hands out no entries, for they would be copied when more come.
  private func fileForWriting() throws -> (SegmentFile, count: Int) {
    let (last, classes, end, isAbandoned) = state.withLock {
      ($0.segments.last?.file, $0.classes, $0.count, $0.isLastAbandoned)
    }
    let count = last.map { end - $0.first } ?? 0
    if let last, last.isWritable, !isAbandoned, !isFull(last, count),
      last.layout.header.classes == classes
    {
      return (last, count)
    }
    // One without examples has the name that this one gets, and gives way to it.
    let file = try SegmentFile.created(
      "\(folder)/\(SegmentOpening.name(first: end))",
      SegmentLayout.Header(
        first: end, storage: form.storage, shape: form.shape, heldOutShare: heldOut.share,
        classes: classes))
    if last != nil, count > 0 { seal() }
    let known = last?.layout.header.classes.count ?? initialClassCount
    noteClasses(classes.dropFirst(known), from: end)
    state.withLock { state in
      if last != nil, count == 0 { state.segments.removeLast() }
      state.segments.append(Segment(file: file, entries: []))
      state.isLastAbandoned = false
    }
    return (file, 0)
  }

  private func isFull(_ file: SegmentFile, _ count: Int) -> Bool {
    count >= limits.segmentEntries || file.layout.offset(count) >= limits.segment
  }

  /// Maps the last segment, which is full, and notes its index. Where that fails, it is read by its
  /// descriptor until the store is opened again, and the index is made then.
  private func seal() {
    guard let segment = state.withLock({ $0.segments.last }), segment.file.isWritable else {
      return
    }
    try? registry.index(segment.file, segment.entries)
    guard let mapped = try? SegmentFile.mapped(segment.file.path) else { return }
    state.withLock { $0.segments[$0.segments.count - 1].file = mapped }
  }

  /// After a write or a flush that failed nobody knows what the disk holds of it: it is cut off, and
  /// the next examples begin another segment.
  private func abandon(_ file: SegmentFile, behind count: Int) {
    do {
      try file.cut(behind: count)
      state.withLock { $0.isLastAbandoned = true }
    } catch {
      // What is in the file would be taken for examples that were acknowledged.
      state.withLock { $0.failure = error }
    }
  }

  /// The list is in the segments; the event is for whoever watches.
  private func noteClasses(_ names: ArraySlice<String>, from number: Int) {
    for name in names {
      _ = try? registry.record(
        .classAppeared, ["class": .string(name), "firstExample": JSONValue(number)])
    }
  }
}

extension ExampleStore.State {
  /// - Returns: whether nobody is writing yet.
  fileprivate mutating func enqueue(
    _ examples: PendingExamples, _ limits: ExampleStore.Limits
  ) throws -> Bool {
    if let failure { throw failure }
    guard !isClosed else { throw LifelongError.storeClosed }
    let bytes = examples.records.count
    guard pending.isEmpty || pendingBytes + bytes <= limits.pending else {
      throw LifelongError.storeBusy(pendingBytes: pendingBytes)
    }
    pending.append(examples)
    pendingBytes += bytes
    defer { isWriting = true }
    return !isWriting
  }

  /// All that waits; nil, and nobody is writing any longer, where nothing does.
  fileprivate mutating func takePending() -> [PendingExamples]? {
    guard !pending.isEmpty else {
      isWriting = false
      return nil
    }
    defer {
      pending = []
      pendingBytes = 0
    }
    return pending
  }
}
