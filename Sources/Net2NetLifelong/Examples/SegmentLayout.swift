internal import CZlib
internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// What a file of examples looks like. It explains itself:
///
/// | bytes | hold |
/// |---|---|
/// | 8 | `net2netE` |
/// | 4 | length of the header |
/// | 4 | CRC-32 of the header |
/// | … | the header, JSON: number of the first example, form of samples, share held out, classes |
/// | … | records, all of one size |
///
/// A record is the CRC-32 of the rest of it (4 bytes), the ``ExampleEntry`` (4), when it came (8,
/// milliseconds since 1970) and the sample. Numbers are little-endian. As all records have one size,
/// where an example lies follows from its number. Classes that appear later begin another file.
struct SegmentLayout: Hashable, Sendable {
  struct Header: Hashable, Sendable, Codable {
    var formatVersion = 1
    /// The number of the first example.
    var first: Int
    var storage: SampleForm.Storage
    var shape: Shape
    /// What its examples were divided by.
    var heldOutShare: Double
    var classes: [String]
  }

  let header: Header
  /// As the file has it.
  let headerChecksum: UInt32
  /// Where records begin.
  let start: Int

  static let recordHeaderSize = 16
  private static let magic = Array("net2netE".utf8)
  private static let largestHeader = 64 << 20

  let recordSize: Int

  func offset(_ record: Int) -> Int { start + record * recordSize }

  // MARK: The header

  /// - Returns: the bytes that the file begins with, and what follows from them.
  static func begun(_ header: Header) throws -> (bytes: [UInt8], layout: SegmentLayout) {
    let text = Array(try json(header, isOneLine: true).utf8)
    let checksum = checksum(text)
    let start = magic + littleEndian(UInt32(text.count)) + littleEndian(checksum)
    return (start + text, SegmentLayout(header, checksum, start: start.count + text.count))
  }

  private init(_ header: Header, _ checksum: UInt32, start: Int) {
    self.header = header
    self.start = start
    headerChecksum = checksum
    let elements = header.shape.elementCount
    recordSize = Self.recordHeaderSize + elements * (header.storage == .uint8 ? 1 : 4)
  }

  /// - Parameter bytes: the whole file.
  /// - Throws: ``LifelongError/damagedSegment(file:part:expected:found:)``.
  init(_ bytes: UnsafeRawBufferPointer, file: String) throws(LifelongError) {
    func damaged(_ part: String, _ expected: String, _ found: String) -> LifelongError {
      .damagedSegment(file: file, part: part, expected: expected, found: found)
    }
    guard bytes.count >= 16, bytes.starts(with: Self.magic) else {
      throw damaged("the first 8 bytes", "\"net2netE\"", "something else")
    }
    let length = Int(bytes.word(at: 8))
    guard length <= min(Self.largestHeader, bytes.count - 16) else {
      throw damaged("the header", "\(length) bytes", "\(bytes.count - 16)")
    }
    let text = UnsafeRawBufferPointer(rebasing: bytes[16..<16 + length])
    guard Self.checksum(text) == bytes.word(at: 12) else {
      throw damaged("the header", "the checksum beside it", "another")
    }
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(text)),
      header.formatVersion == 1, header.first >= 0
    else {
      throw damaged("the header", "that of a segment of examples, format 1,", "something else")
    }
    // What follows is computed with, and trusted to be in its range.
    guard let elements = header.shape.checkedElementCount,
      elements <= LiveSettings.largestSampleBytes
    else {
      throw damaged(
        "the shape of samples", "at most \(LiveSettings.largestSampleBytes) elements",
        "\(header.shape)")
    }
    guard Set(header.classes).count == header.classes.count else {
      throw damaged("classes", "different names", "one of them twice")
    }
    self.init(header, bytes.word(at: 12), start: 16 + length)
  }

  // MARK: Records

  /// Writes one record.
  ///
  /// - Returns: its checksum.
  @discardableResult
  static func write(
    _ entry: ExampleEntry, received: Timestamp, _ sample: UnsafeRawBufferPointer,
    into record: UnsafeMutableRawBufferPointer
  ) -> UInt32 {
    record.storeBytes(of: entry.bits.littleEndian, toByteOffset: 4, as: UInt32.self)
    record.storeBytes(
      of: received.millisecondsSince1970.littleEndian, toByteOffset: 8, as: Int64.self)
    UnsafeMutableRawBufferPointer(rebasing: record[recordHeaderSize...])
      .copyMemory(from: sample)
    return seal(record)
  }

  /// Gives a record that was written before another entry.
  static func change(_ record: UnsafeMutableRawBufferPointer, to entry: ExampleEntry) {
    record.storeBytes(of: entry.bits.littleEndian, toByteOffset: 4, as: UInt32.self)
    seal(record)
  }

  @discardableResult
  private static func seal(_ record: UnsafeMutableRawBufferPointer) -> UInt32 {
    let checksum = checksum(UnsafeRawBufferPointer(rebasing: record[4...]))
    record.storeBytes(of: checksum.littleEndian, as: UInt32.self)
    return checksum
  }

  /// What a record says of its example; nil where its checksum is not that of its bytes, or its class
  /// is none of the file's.
  func entry(of record: UnsafeRawBufferPointer) -> ExampleEntry? {
    guard Self.checksum(UnsafeRawBufferPointer(rebasing: record[4...])) == record.word(at: 0) else {
      return nil
    }
    let entry = ExampleEntry(bits: record.word(at: 4))
    return suits(entry) ? entry : nil
  }

  /// Whether an entry can be one of this file's, and lists of classes have a place for it.
  func suits(_ entry: ExampleEntry) -> Bool {
    !entry.isDamaged && entry.label < header.classes.count
  }

  /// What a record gives to the digest of the segment.
  static func link(of record: UnsafeRawBufferPointer) -> UInt64 {
    RunningDigest.link(
      checksum: record.word(at: 0), sampleHash: HeldOutChoice.hash(sample(record)))
  }

  /// As it was written.
  static func checksum(ofRecord record: UnsafeRawBufferPointer) -> UInt32 { record.word(at: 0) }

  static func received(_ record: UnsafeRawBufferPointer) -> Timestamp {
    Timestamp(
      millisecondsSince1970: Int64(
        littleEndian: record.loadUnaligned(fromByteOffset: 8, as: Int64.self)))
  }

  static func sample(_ record: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: record[recordHeaderSize...])
  }

  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(
      truncatingIfNeeded: crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { checksum($0) }
  }

  private static func littleEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

extension SampleForm {
  /// Of one example in a segment.
  var recordSize: Int { SegmentLayout.recordHeaderSize + byteCount }
}

extension UnsafeRawBufferPointer {
  fileprivate func word(at offset: Int) -> UInt32 {
    UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}
