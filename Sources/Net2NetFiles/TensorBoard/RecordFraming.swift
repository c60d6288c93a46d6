/// TFRecord framing: length (u64le), masked CRC-32C of the length, payload, masked CRC-32C of the
/// payload. Readers end quietly at a record that is cut off, so a file that is appended to record
/// by record survives a writer that is killed.
///
/// Masking: the checksum rotated right by 15 bits, plus a constant, so that the checksum of data
/// that holds checksums is not degenerate (TensorFlow, `core/lib/hash/crc32c.h`).
enum RecordFraming {
  static func record(_ payload: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(payload.count))
    return length + littleEndian(maskedChecksum(length)) + payload
      + littleEndian(maskedChecksum(payload))
  }

  static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }

  /// CRC-32C (Castagnoli): reflected polynomial 0x82F63B78.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? 0x82F6_3B78 ^ (value >> 1) : value >> 1
    }
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
