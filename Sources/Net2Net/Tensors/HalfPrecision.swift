/// Conversions to and from the two 16-bit formats, in integer arithmetic because `Float16` is not
/// available on every platform.
///
/// Both roundings go from double to 16 bits at once, to nearest with ties to even. By way of
/// float32 a value such as 1 + 2⁻⁸ + 2⁻⁴⁰ would first become a tie and then 1.
enum HalfPrecision {
  static func float(fromFloat16 bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits) & 0x3FF
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 0x1F:
      return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default:
      return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// 10 bits of fraction, normal from 2⁻¹⁴, finite below 65,520.
  @inline(__always)
  static func float16(from value: Double) -> UInt16 {
    rounded(
      value, fractionBits: 10, smallestNormal: 0x1p-14, perSmallestStep: 0x1p24, infinity: 0x7C00)
  }

  /// 7 bits of fraction, the exponents of float32.
  @inline(__always)
  static func bfloat16(from value: Double) -> UInt16 {
    rounded(
      value, fractionBits: 7, smallestNormal: 0x1p-126, perSmallestStep: 0x1p133, infinity: 0x7F80)
  }

  /// - Parameters:
  ///   - smallestNormal: below it, elements are whole multiples of `1 / perSmallestStep`.
  ///   - infinity: its bits, so every exponent bit.
  @inline(__always)
  private static func rounded(
    _ value: Double, fractionBits: UInt64, smallestNormal: Double, perSmallestStep: Double,
    infinity: UInt64
  ) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 48) & 0x8000
    let magnitude = value.magnitude
    if magnitude < smallestNormal {
      return sign | UInt16((magnitude * perSmallestStep).rounded(.toNearestOrEven))
    }
    if value.isNaN {
      let fraction = value.bitPattern & 0xF_FFFF_FFFF_FFFF
      let quiet = 1 << (fractionBits - 1) | fraction >> (52 - fractionBits)
      return sign | UInt16(truncatingIfNeeded: infinity | quiet)
    }
    // A carry out of the fraction raises the exponent, as it should.
    let dropped = 52 - fractionBits
    let bits = magnitude.bitPattern &- (smallestNormal.bitPattern &- 1 << 52)
    let half = (1 << (dropped - 1)) &- 1 &+ (bits &>> dropped & 1)
    return sign | UInt16(truncatingIfNeeded: min((bits &+ half) &>> dropped, infinity))
  }
}
