internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// A file of examples: one that is appended to, read by its descriptor; or one that is full, mapped,
/// so that the system keeps in memory what it has room for.
final class SegmentFile: Sendable {
  let path: String
  let layout: SegmentLayout
  private let source: Source

  private enum Source: Sendable {
    case descriptor(Int32)
    case mapping(TensorBytes)
  }

  var first: Int { layout.header.first }

  var isWritable: Bool { if case .descriptor = source { true } else { false } }

  /// Of a mapped file.
  var byteCount: Int { if case .mapping(let bytes) = source { bytes.count } else { 0 } }

  private init(_ path: String, _ layout: SegmentLayout, _ source: Source) {
    self.path = path
    self.layout = layout
    self.source = source
  }

  deinit { if case .descriptor(let number) = source { close(number) } }

  /// - Parameter copying: reads the file into memory, for one that another process may shorten.
  /// - Throws: ``LifelongError/damagedSegment(file:part:expected:found:)``, `FilesError`.
  static func mapped(_ path: String, copying: Bool = false) throws -> SegmentFile {
    let descriptor = try FileDescriptor.openedRegularFile(path, O_RDONLY)
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
    let count = Int(status.st_size)
    guard count > 0 else {
      throw LifelongError.damagedSegment(
        file: path, part: "the file", expected: "a header", found: "0 bytes")
    }
    let bytes =
      copying
      ? try TensorBytes(byteCount: count) { try read(into: $0, from: descriptor, at: 0, path) }
      : try mapping(descriptor, count, path)
    return SegmentFile(path, try SegmentLayout(bytes.buffer, file: path), .mapping(bytes))
  }

  private static func mapping(
    _ descriptor: Int32, _ count: Int, _ path: String
  ) throws(FilesError) -> TensorBytes {
    let address = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw unreadable(path) }
    return TensorBytes(owning: UnsafeRawBufferPointer(start: address, count: count)) {
      munmap(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
    }
  }

  /// A file with a header alone, which is on the disk when this returns.
  static func created(_ path: String, _ header: SegmentLayout.Header) throws -> SegmentFile {
    let (bytes, layout) = try SegmentLayout.begun(header)
    do {
      try AtomicFile.write(bytes, to: path, overwriting: true)
    } catch {
      throw LifelongError.translated(error)
    }
    return try opened(path, layout)
  }

  /// The same file, to be appended to.
  static func opened(_ path: String, _ layout: SegmentLayout) throws -> SegmentFile {
    let descriptor = try FileDescriptor.openedRegularFile(path, O_RDWR)
    return SegmentFile(path, layout, .descriptor(descriptor))
  }

  private static func unreadable(_ path: String) -> FilesError {
    .unreadable(file: path, reason: String(cString: strerror(errno)).lowercased())
  }

  // MARK: Reading

  /// Hands record `index` on, whose checksum has been compared.
  ///
  /// - Throws: ``LifelongError/damagedExample(_:file:)``, `FilesError`.
  func withRecord<T>(_ index: Int, _ body: (UnsafeRawBufferPointer, ExampleEntry) throws -> T)
    throws -> T
  {
    switch source {
    case .mapping(let bytes):
      let range = layout.offset(index)..<layout.offset(index + 1)
      guard range.upperBound <= bytes.count else { throw damaged(index) }
      defer { withExtendedLifetime(bytes) {} }
      return try checked(UnsafeRawBufferPointer(rebasing: bytes.buffer[range]), index, body)
    case .descriptor(let number):
      return try withUnsafeTemporaryAllocation(byteCount: layout.recordSize, alignment: 8) {
        try Self.read(into: $0, from: number, at: layout.offset(index), path)
        return try checked(UnsafeRawBufferPointer($0), index, body)
      }
    }
  }

  private func checked<T>(
    _ record: UnsafeRawBufferPointer, _ index: Int,
    _ body: (UnsafeRawBufferPointer, ExampleEntry) throws -> T
  ) throws -> T {
    guard let entry = layout.entry(of: record) else { throw damaged(index) }
    return try body(record, entry)
  }

  private func damaged(_ index: Int) -> LifelongError {
    .damagedExample(first + index, file: path)
  }

  private static func read(
    into buffer: UnsafeMutableRawBufferPointer, from number: Int32, at start: Int, _ path: String
  ) throws(FilesError) {
    var offset = 0
    while offset < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])
      let count = pread(number, rest.baseAddress, rest.count, off_t(start + offset))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw unreadable(path) }
      offset += count
    }
  }

  /// What the records of a mapped file say, up to the last that is whole, and at least `least` of
  /// them, which were acknowledged. One that is damaged with whole ones behind it was damaged later, for
  /// what is acknowledged comes before what is not; it keeps its number.
  func scanned(atLeast least: Int = 0) -> (entries: [ExampleEntry], bytes: Int) {
    var entries: [ExampleEntry] = []
    var whole = least
    for index in 0..<max(recordCount, least) {
      let entry = withMappedRecord(index) { layout.entry(of: $0) }
      if entry != nil { whole = max(whole, index + 1) }
      entries.append(entry ?? .unreadable)
    }
    return (Array(entries.prefix(whole)), layout.offset(whole))
  }

  /// The digest of the first `count` records of a mapped file; those that the file lacks give nothing.
  ///
  /// - Parameter known: the digest of some of them, to go on from.
  func digest(
    of count: Int, from known: ExampleStore.Segment.Known? = nil
  ) -> RunningDigest {
    var digest = known?.digest ?? RunningDigest(header: layout.headerChecksum)
    for index in min(known?.count ?? 0, count)..<count {
      withMappedRecord(index) { digest.add(SegmentLayout.link(of: $0)) }
    }
    return digest
  }

  /// Of a mapped file, whether they are whole or not.
  private var recordCount: Int { max(0, byteCount - layout.start) / layout.recordSize }

  /// Nil for one that the file is too short for.
  @discardableResult
  private func withMappedRecord<T>(
    _ index: Int, _ body: (UnsafeRawBufferPointer) -> T?
  ) -> T? {
    guard case .mapping(let bytes) = source, index < recordCount else { return nil }
    let range = layout.offset(index)..<layout.offset(index + 1)
    return withExtendedLifetime(bytes) {
      body(UnsafeRawBufferPointer(rebasing: bytes.buffer[range]))
    }
  }

  // MARK: Writing

  /// Writes behind the first `count` records, and returns when it is on the disk.
  ///
  /// - Throws: ``LifelongError/diskFull(file:)``, `FilesError.unwritable`; some of it may be in the
  ///   file then.
  func append(_ pieces: [[UInt8]], behind count: Int) throws {
    guard case .descriptor(let number) = source else { throw LifelongError.storeClosed }
    var offset = layout.offset(count)
    for piece in pieces { try write(piece, to: number, at: &offset) }
    guard AtomicFile.flush(number) == 0 else { throw unwritable() }
  }

  private func write(_ bytes: [UInt8], to number: Int32, at offset: inout Int) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { pwrite(number, $0.baseAddress, $0.count, off_t(offset)) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw unwritable() }
      offset += written
      rest = rest.dropFirst(written)
    }
  }

  private func unwritable() -> any Error {
    [ENOSPC, EDQUOT].contains(errno)
      ? LifelongError.diskFull(file: path)
      : FilesError.unwritable(file: path, reason: AtomicFile.reason(errno, in: path))
  }

  /// Cuts off what lies behind the first `count` records, or makes room for them.
  ///
  /// - Throws: `FilesError.unwritable`.
  func cut(behind count: Int) throws {
    guard case .descriptor(let number) = source else { throw LifelongError.storeClosed }
    guard ftruncate(number, off_t(layout.offset(count))) == 0, AtomicFile.flush(number) == 0 else {
      throw unwritable()
    }
  }
}
