internal import Crypto
internal import Foundation

/// What the index says of one example: its class, and whether it is held out or damaged, in four
/// bytes.
struct ExampleEntry: Hashable, Sendable {
  private(set) var bits: UInt32

  private static let heldOut: UInt32 = 1 << 31
  private static let damaged: UInt32 = 1 << 30

  init(bits: UInt32) { self.bits = bits }

  init(label: Int, isHeldOut: Bool) {
    bits = UInt32(label) | (isHeldOut ? Self.heldOut : 0)
  }

  /// Of one that cannot be read.
  static var unreadable: ExampleEntry {
    var entry = ExampleEntry(label: 0, isHeldOut: false)
    entry.isDamaged = true
    return entry
  }

  var label: Int { Int(bits & ~(Self.heldOut | Self.damaged)) }
  var isHeldOut: Bool { bits & Self.heldOut != 0 }

  var isDamaged: Bool {
    get { bits & Self.damaged != 0 }
    set { bits = newValue ? bits | Self.damaged : bits & ~Self.damaged }
  }
}

extension ExampleEntry {
  /// As the registry's index holds them.
  static func data(_ entries: [ExampleEntry]) -> Data {
    var data = Data(capacity: 4 * entries.count)
    for entry in entries {
      withUnsafeBytes(of: entry.bits.littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }

  static func entries(_ data: Data) -> [ExampleEntry] {
    data.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { index in
        ExampleEntry(
          bits: UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
      }
    }
  }
}

/// Which examples are held out: those whose SHA-256, as a fraction of all hashes, lies below the
/// share. It depends on what the sample holds alone, so the same sample sent twice, under whatever
/// class, is never on both sides, and no restart moves it.
struct HeldOutChoice: Hashable, Sendable {
  let share: Double

  func contains(_ sample: UnsafeRawBufferPointer) -> Bool { contains(hash: Self.hash(sample)) }

  func contains(hash: UInt64) -> Bool { Double(hash >> 11) * 0x1p-53 < share }

  /// The first 64 bits of the SHA-256.
  static func hash(_ sample: UnsafeRawBufferPointer) -> UInt64 {
    var hash = SHA256()
    hash.update(bufferPointer: sample)
    return hash.finalize().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }
}
