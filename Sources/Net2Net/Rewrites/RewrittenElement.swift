/// An element type that rewrites read and write: one of the four floating-point types, as it is
/// stored. Everything in between is double.
protocol RewrittenElement: BitwiseCopyable, Sendable {
  static func load(_ bytes: UnsafeRawPointer, _ index: Int) -> Double
  /// To nearest, ties to even.
  init(rounding value: Double)
  /// Writes `count` values, each rounded as by ``init(rounding:)``.
  static func store(
    _ values: UnsafePointer<Double>, count: Int, to target: UnsafeMutablePointer<Self>)
}

extension RewrittenElement {
  @inline(__always)
  static func store(
    _ values: UnsafePointer<Double>, count: Int, to target: UnsafeMutablePointer<Self>
  ) {
    storeEach(values, count: count, to: target)
  }

  @inline(__always)
  fileprivate static func storeEach(
    _ values: UnsafePointer<Double>, count: Int, to target: UnsafeMutablePointer<Self>
  ) {
    for k in 0..<count { target[k] = Self(rounding: values[k]) }
  }
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

  /// Without a branch for each element, which the compiler turns into vector instructions: what a
  /// float32 has no bits for is kept as one bit (round to odd), so the second rounding is right.
  static func store(
    _ values: UnsafePointer<Double>, count: Int, to target: UnsafeMutablePointer<Self>
  ) {
    // NaN, and what is subnormal in bfloat16, told by the upper half of each double.
    var unusual: Int32 = 0
    for k in 0..<count {
      let upper = UInt32(truncatingIfNeeded: values[k].bitPattern >> 32) & 0x7FFF_FFFF
      let aboveSmallest = Int32(bitPattern: upper &- 0x3810_0000)
      unusual |= upper == 0 ? 0 : aboveSmallest | (0x47DF_FFFF &- aboveSmallest)
    }
    guard unusual >= 0 else { return storeEach(values, count: count, to: target) }
    let dropped: UInt64 = (1 << 29) - 1
    for k in 0..<count {
      let bits = values[k].bitPattern
      let odd = (bits | ((bits & dropped) &+ dropped)) & ~dropped
      let single = Float(Double(bitPattern: odd)).bitPattern
      let rounded = single &+ 0x7FFF &+ (single >> 16 & 1)
      target[k].bits = UInt16(truncatingIfNeeded: rounded >> 16)
    }
  }
}
