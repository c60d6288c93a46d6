internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// How many examples have been acknowledged, and what those of the last segment are.
struct Acknowledgement: Hashable, Sendable {
  /// The number of the segment's first example.
  var first = 0
  /// Examples below this number have been acknowledged.
  var end = 0
  /// Of the segment's examples below `end`.
  var digest = RunningDigest(value: 0)
}

extension Acknowledgement {
  private static let magic = Array("net2netA".utf8)
  static let byteCount = 36
  /// More examples than this are in no segment, whose size would be allocated.
  static let mostInSegment = 1 << 24

  var bytes: [UInt8] {
    var bytes = Self.magic
    for value in [UInt64(first), UInt64(end), digest.value] {
      withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
    withUnsafeBytes(of: SegmentLayout.checksum(bytes).littleEndian) { bytes += $0 }
    return bytes
  }

  /// Nil for bytes that are none.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic) else { return nil }
    let checksum = SegmentLayout.checksum(UnsafeRawBufferPointer(rebasing: bytes.prefix(32)))
    guard checksum == UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 32, as: UInt32.self))
    else { return nil }
    func word(_ index: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 + 8 * index, as: UInt64.self))
    }
    guard let first = Int(exactly: word(0)), let end = Int(exactly: word(1)), first <= end,
      end - first <= Self.mostInSegment
    else { return nil }
    self.init(first: first, end: end, digest: RunningDigest(value: word(2)))
  }
}

/// The file `examples/acknowledged`, which holds the ``Acknowledgement``: 8 bytes `net2netA`, the two
/// numbers and the digest (8 bytes each, little-endian) and the CRC-32 of these (4).
///
/// It is written in place after examples are on the disk and before anybody is told, and not flushed
/// by itself: that costs next to nothing. So it outlives a process that is killed; after a power
/// failure it may say less than what is there, and never more.
final class AcknowledgedFile: Sendable {
  private let descriptor: Int32

  /// What the registry notes once the file is there, so that it is missed.
  static let note = "acknowledged"

  static func path(in folder: String) -> String { "\(folder)/acknowledged" }

  /// Opens the file to write to it, and makes it where there is none or it is damaged.
  ///
  /// - Throws: ``LifelongError/diskFull(file:)``, `FilesError`.
  init(in folder: String, _ known: Acknowledgement, replacing: Bool) throws {
    let path = Self.path(in: folder)
    if replacing {
      do {
        try AtomicFile.write(known.bytes, to: path, overwriting: true)
      } catch {
        throw LifelongError.translated(error)
      }
    }
    descriptor = try FileDescriptor.openedRegularFile(path, O_RDWR | O_NOFOLLOW)
    note(known)
  }

  deinit { close(descriptor) }

  /// Where this fails, the file says what it said before, which is still true.
  func note(_ known: Acknowledgement) {
    let bytes = known.bytes
    _ = pwrite(descriptor, bytes, bytes.count, 0)
  }

  func flush() { _ = AtomicFile.flush(descriptor) }

  /// Nil where there is none.
  ///
  /// - Throws: ``LifelongError/damagedSegment(file:part:expected:found:)``, `FilesError`.
  static func read(in folder: String) throws -> Acknowledgement? {
    let path = path(in: folder)
    // Another process may be writing to it.
    for _ in 0..<readings {
      do throws(FilesError) {
        let bytes = try FileContents(of: path).bytes
        let found = withExtendedLifetime(bytes) { Acknowledgement(bytes.buffer) }
        if let found { return found }
      } catch {
        if case .missing = error { return nil }
        throw error
      }
      usleep(1000)
    }
    throw LifelongError.damagedSegment(
      file: path, part: "contents", expected: "the number of acknowledged examples",
      found: "something else")
  }

  private static let readings = 5
}
