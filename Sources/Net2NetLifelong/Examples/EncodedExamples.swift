internal import Synchronization

/// Examples as records of a segment, all checked. Those whose class is new have its name beside
/// them: only the one writer gives numbers to names, when it writes their examples, so that a batch
/// that is refused leaves no name behind.
struct EncodedExamples: Sendable {
  private(set) var records: [UInt8]
  private(set) var entries: [ExampleEntry]
  /// Of the samples, by which they are held out or not.
  private let hashes: [UInt64]
  /// Where examples of new classes are.
  private var names: [(index: Int, name: ClassName)]

  fileprivate init(
    records: [UInt8], entries: [ExampleEntry], hashes: [UInt64],
    names: [(index: Int, name: ClassName)]
  ) {
    self.records = records
    self.entries = entries
    self.hashes = hashes
    self.names = names
  }

  var count: Int { entries.count }

  /// What each gives to the segment's digest, once classes have their numbers.
  var links: [UInt64] {
    guard !entries.isEmpty else { return [] }
    let size = records.count / entries.count
    return records.withUnsafeBytes { bytes in
      hashes.enumerated().map { index, hash in
        let record = UnsafeRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
        return RunningDigest.link(
          checksum: SegmentLayout.checksum(ofRecord: record), sampleHash: hash)
      }
    }
  }

  /// Gives new classes their numbers.
  ///
  /// - Throws: ``LifelongError/tooManyClasses(name:limit:)``, and `classes` are what they were.
  mutating func number(by classes: inout ClassList, most limit: Int) throws(LifelongError) {
    guard !names.isEmpty else { return }
    var further = classes
    let size = records.count / entries.count
    for (index, name) in names {
      let label = try further.number(of: name, most: limit)
      entries[index] = ExampleEntry(label: label, isHeldOut: entries[index].isHeldOut)
      records.withUnsafeMutableBytes { bytes in
        SegmentLayout.change(
          UnsafeMutableRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size]),
          to: entries[index])
      }
    }
    names = []
    classes = further
  }
}

extension ExampleStore {
  /// - Throws: ``LifelongError/sampleMismatch(part:expected:found:)``,
  ///   ``LifelongError/className(_:expected:found:)``,
  ///   ``LifelongError/tooManyClasses(name:limit:)``.
  func encoded(_ examples: [IncomingExample]) throws -> EncodedExamples {
    guard !isReadOnly || examples.isEmpty else { throw LifelongError.storeClosed }
    let (labels, names) = try labels(of: examples)
    let received = Timestamp()
    let size = form.recordSize
    var entries: [ExampleEntry] = []
    var hashes: [UInt64] = []
    entries.reserveCapacity(examples.count)
    hashes.reserveCapacity(examples.count)
    let records = [UInt8](unsafeUninitializedCapacity: examples.count * size) { bytes, count in
      for (index, example) in examples.enumerated() {
        let record = UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: bytes[index * size..<(index + 1) * size]))
        example.sample.withUnsafeBytes { sample in
          let hash = HeldOutChoice.hash(sample)
          let entry = ExampleEntry(label: labels[index], isHeldOut: heldOut.contains(hash: hash))
          entries.append(entry)
          hashes.append(hash)
          SegmentLayout.write(entry, received: received, sample, into: record)
        }
      }
      count = examples.count * size
    }
    return EncodedExamples(records: records, entries: entries, hashes: hashes, names: names)
  }

  /// Checks all of them. Those of new classes have the label 0 until they are written.
  private func labels(
    of examples: [IncomingExample]
  ) throws -> ([Int], names: [(index: Int, name: ClassName)]) {
    let classes = state.withLock { $0.classes }
    var further = classes
    var labels: [Int] = []
    var names: [(index: Int, name: ClassName)] = []
    for (index, example) in examples.enumerated() {
      try check(example.sample, "example \(index)")
      switch example.label {
      case .number(let number):
        guard (0..<classes.count).contains(number) else {
          throw LifelongError.sampleMismatch(
            part: "example \(index), label", expected: "0 to \(classes.count - 1)",
            found: "\(number)")
        }
        labels.append(number)
      case .name(let text):
        let name = try ClassName(text)
        let isKnown = classes[name] != nil
        let number = try further.number(of: name, most: largestClassCount)
        labels.append(isKnown ? number : 0)
        if !isKnown { names.append((index, name)) }
      }
    }
    return (labels, names)
  }

  /// - Throws: ``LifelongError/sampleMismatch(part:expected:found:)``.
  func check(_ sample: [UInt8], _ name: String) throws(LifelongError) {
    guard sample.count == form.byteCount else {
      throw .sampleMismatch(
        part: name, expected: "\(form.byteCount) bytes, \(form.storage.rawValue)\(form.shape),",
        found: "\(sample.count)")
    }
    guard form.storage == .float32 else { return }
    let place = sample.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).first {
        !bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self).isFinite
      }
    }
    if let place {
      throw .sampleMismatch(
        part: "\(name), number \(place)", expected: "a finite number", found: "another")
    }
  }
}
