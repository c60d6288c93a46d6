/// An element type that rewrites read and write: one of the four floating-point types, as it is
/// stored. Everything in between is double.
protocol RewrittenElement: BitwiseCopyable, Sendable {
  static func load(_ bytes: UnsafeRawPointer, _ index: Int) -> Double
  /// To nearest, ties to even.
  init(rounding value: Double)
}

extension Float: RewrittenElement {
  @inline(__always)
  static func load(_ bytes: UnsafeRawPointer, _ index: Int) -> Double {
    Double(bytes.loadUnaligned(fromByteOffset: index &* 4, as: Float.self))
  }
  @inline(__always)
  init(rounding value: Double) { self = Float(value) }
}

extension Double: RewrittenElement {
  @inline(__always)
  static func load(_ bytes: UnsafeRawPointer, _ index: Int) -> Double {
    bytes.loadUnaligned(fromByteOffset: index &* 8, as: Double.self)
  }
  @inline(__always)
  init(rounding value: Double) { self = value }
}

/// The bits of an IEEE 754 half.
struct Float16Bits: RewrittenElement {
  var bits: UInt16

  @inline(__always)
  static func load(_ bytes: UnsafeRawPointer, _ index: Int) -> Double {
    let bits = bytes.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self)
    return Double(HalfPrecision.float(fromFloat16: bits))
  }
  @inline(__always)
  init(rounding value: Double) { bits = HalfPrecision.float16(from: value) }
}

/// The bits of a bfloat16: the upper half of a float32.
struct BFloat16Bits: RewrittenElement {
  var bits: UInt16

  @inline(__always)
  static func load(_ bytes: UnsafeRawPointer, _ index: Int) -> Double {
    let bits = bytes.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self)
    return Double(Float(bitPattern: UInt32(bits) << 16))
  }
  @inline(__always)
  init(rounding value: Double) { bits = HalfPrecision.bfloat16(from: value) }
}
