internal import Dispatch
internal import Foundation
internal import Synchronization

/// Examples that wait to be written, as bytes of a segment, and who waits for them.
struct PendingExamples: Sendable {
  var examples: EncodedExamples
  /// Told when they are on the disk, or why they are not.
  var finish: @Sendable (Result<Range<Int>, any Error>) -> Void
}

extension ExampleStore {
  /// Stores examples in their order, side by side, all of them or none, and with them the classes
  /// that appear. Returns when they are on the disk; many callers share one flush.
  ///
  /// - Returns: their numbers.
  /// - Throws: ``LifelongError/sampleMismatch(part:expected:found:)``,
  ///   ``LifelongError/className(_:expected:found:)``,
  ///   ``LifelongError/tooManyClasses(name:limit:)`` before anything is stored;
  ///   ``LifelongError/storeBusy(pendingBytes:)`` where too much waits already,
  ///   ``LifelongError/storeClosed``, ``LifelongError/diskFull(file:)``; `FilesError`.
  public func append(_ examples: [IncomingExample]) async throws -> Range<Int> {
    try await append(try encoded(examples))
  }

  public func append(_ examples: [Example]) async throws -> Range<Int> {
    try await append(examples.map { IncomingExample($0) })
  }

  func append(_ examples: EncodedExamples) async throws -> Range<Int> {
    try await withCheckedThrowingContinuation { continuation in
      enqueue(examples) { continuation.resume(with: $0) }
    }
  }

  /// As the other one, for threads that may wait.
  public func append(_ examples: [IncomingExample]) throws -> Range<Int> {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<Result<Range<Int>, any Error>?>(nil)
    enqueue(try encoded(examples)) { found in
      result.withLock { $0 = found }
      done.signal()
    }
    done.wait()
    guard let result = result.withLock({ $0 }) else { throw LifelongError.storeClosed }
    return try result.get()
  }

  public func append(_ examples: [Example]) throws -> Range<Int> {
    try append(examples.map { IncomingExample($0) })
  }

  private func enqueue(
    _ examples: EncodedExamples,
    _ finish: @escaping @Sendable (Result<Range<Int>, any Error>) -> Void
  ) {
    do {
      guard examples.count > 0 else { return finish(.success(count..<count)) }
      let pending = PendingExamples(examples: examples, finish: finish)
      let starts = try state.withLock { try $0.enqueue(pending, limits) }
      if starts { queue.async { self.writeAll() } }
    } catch {
      finish(.failure(error))
    }
  }

  // MARK: Writing, on the one writer's thread

  private func writeAll() {
    while let taken = state.withLock({ $0.takePending() }) {
      var classes = state.withLock { $0.classes }
      let batch = taken.compactMap { numbered($0, by: &classes) }
      guard !batch.isEmpty else { continue }
      let result = Result { try write(batch.map(\.examples), classes) }
      var next = (try? result.get().lowerBound) ?? 0
      for pending in batch {
        let first = next
        next += pending.examples.count
        pending.finish(result.map { _ in first..<first + pending.examples.count })
      }
    }
  }

  /// The examples with the numbers of their classes; nil where they are refused, and told so.
  private func numbered(
    _ pending: PendingExamples, by classes: inout ClassList
  ) -> PendingExamples? {
    var pending = pending
    do throws(LifelongError) {
      try pending.examples.number(by: &classes, most: largestClassCount)
      return pending
    } catch {
      pending.finish(.failure(error))
      return nil
    }
  }

  /// Writes a batch behind what is there, and flushes once. Classes that appear are known from then
  /// on.
  private func write(_ batch: [EncodedExamples], _ classes: ClassList) throws -> Range<Int> {
    let (file, count) = try fileForWriting(classes.names)
    do {
      try file.append(batch.map(\.records), behind: count)
    } catch {
      abandon(file, behind: count)
      throw error
    }
    let (numbers, known, acknowledgement) = state.withLock { state in
      let first = state.count
      let known = state.classes.count
      state.flushes += 1
      state.classes = classes
      for examples in batch { state.add(examples) }
      return (first..<state.count, known, state.acknowledgement)
    }
    acknowledged?.note(acknowledgement)
    noteClasses(classes.names, from: known, in: batch, numbers)
    return numbers
  }

  /// The last segment's file and how many examples it has; a new one where that is full or does not
  /// know all classes. Hands out no entries, for they would be copied when more come.
  private func fileForWriting(_ classes: [String]) throws -> (SegmentFile, count: Int) {
    let (last, end, isAbandoned) = state.withLock {
      ($0.segments.last?.file, $0.count, $0.isLastAbandoned)
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
    state.withLock { state in
      if last != nil, count == 0 { state.segments.removeLast() }
      let digest = RunningDigest(header: file.layout.headerChecksum)
      state.segments.append(
        Segment(file: file, entries: [], known: Segment.Known(digest: digest, count: 0)))
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
    acknowledged?.flush()
    try? registry.index(segment.file, segment.entries, segment.known?.digest)
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
  private func noteClasses(
    _ names: [String], from known: Int, in batch: [EncodedExamples], _ numbers: Range<Int>
  ) {
    guard known < names.count else { return }
    let labels = batch.lazy.flatMap(\.entries).map(\.label)
    var firsts: [Int: Int] = [:]
    for (number, label) in zip(numbers, labels) where label >= known && firsts[label] == nil {
      firsts[label] = number
    }
    for (label, number) in firsts.sorted(by: { $0.key < $1.key }) {
      _ = try? registry.record(
        .classAppeared, ["class": .string(names[label]), "firstExample": JSONValue(number)])
    }
  }
}

extension ExampleStore.State {
  /// What has been written at the end of the last segment.
  fileprivate mutating func add(_ written: EncodedExamples) {
    let last = segments.count - 1
    segments[last].entries += written.entries
    let links = written.links
    for link in links { segments[last].known?.digest.add(link) }
    segments[last].known?.count += links.count
    written.entries.forEach { counts.add($0) }
  }

  /// - Returns: whether nobody is writing yet.
  fileprivate mutating func enqueue(
    _ examples: PendingExamples, _ limits: ExampleStore.Limits
  ) throws -> Bool {
    if let failure { throw failure }
    guard !isClosed else { throw LifelongError.storeClosed }
    let bytes = examples.examples.records.count
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
