/// An immutable block of bytes that tensors share: allocated here, or mapped by whoever made it.
///
/// `@unchecked Sendable`: the bytes are never written after initialisation, and the pointer
/// lives exactly as long as the object.
public final class TensorBytes: @unchecked Sendable {
  public let buffer: UnsafeRawBufferPointer
  private let deallocate: @Sendable (UnsafeRawBufferPointer) -> Void

  /// Takes over `buffer`; `deallocate` runs once, when the last tensor lets go.
  public init(
    owning buffer: UnsafeRawBufferPointer,
    deallocate: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
  ) {
    self.buffer = buffer
    self.deallocate = deallocate
  }

  /// Allocates `byteCount` bytes, aligned to 64, and lets `initialize` write all of them.
  public init<E: Error>(
    byteCount: Int, initialize: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
    do {
      try initialize(UnsafeMutableRawBufferPointer(rebasing: bytes[0..<byteCount]))
    } catch {
      bytes.deallocate()
      throw error
    }
    buffer = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[0..<byteCount])
    // The allocation, never below one byte, begins where the buffer does.
    deallocate = { UnsafeMutableRawPointer(mutating: $0.baseAddress)?.deallocate() }
  }

  deinit { deallocate(buffer) }

  public var count: Int { buffer.count }
}

extension UnsafeMutableRawBufferPointer {
  /// On all cores where it is large: most of the time goes into getting the pages.
  func fillWithZeros() {
    nonisolated(unsafe) let bytes = self
    concurrently(count, elements: (count + 3) / 4) { range in
      let piece = UnsafeMutableRawBufferPointer(rebasing: bytes[range])
      _ = piece.initializeMemory(as: UInt8.self, repeating: 0)
    }
  }
}
