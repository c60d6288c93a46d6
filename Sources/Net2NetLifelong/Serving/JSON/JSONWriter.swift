internal import NIOCore

/// Appends JSON to a buffer that goes out as it is.
struct JSONWriter {
  private(set) var buffer: ByteBuffer

  init(capacity: Int) { buffer = ByteBufferAllocator().buffer(capacity: capacity) }

  /// Text that is JSON already.
  mutating func raw(_ text: String) { buffer.writeString(text) }

  mutating func string(_ text: String) {
    buffer.writeInteger(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        buffer.writeInteger(UInt8(ascii: "\\"))
        buffer.writeInteger(byte)
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        raw("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
      default: buffer.writeInteger(byte)
      }
    }
    buffer.writeInteger(UInt8(ascii: "\""))
  }

  /// The elements with commas between them, and no brackets.
  mutating func list<C: Collection>(
    _ elements: C, _ write: (C.Element, inout JSONWriter) -> Void
  ) {
    var isFirst = true
    for element in elements {
      if !isFirst { buffer.writeInteger(UInt8(ascii: ",")) }
      isFirst = false
      write(element, &self)
    }
  }
}
