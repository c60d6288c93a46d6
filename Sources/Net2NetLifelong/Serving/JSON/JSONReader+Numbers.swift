/// Numbers as the nearest double, without a copy of their digits.
///
/// A decimal number is m · 10ᵉ. Where m fits the 53 bits of a double and |e| ≤ 22, so that 10ᵉ is a
/// double too, one multiplication or division of the two rounds as it has to (Clinger, How to Read
/// Floating Point Numbers Accurately, 1990). With at most 19 digits m fits 64 bits, and so does 10ᵏ for
/// k ≤ 19. Of m / 10ᵏ with both shifted to the left end of a word, one division of 128 by 64 bits
/// gives 64 leading bits of the quotient and whether anything is left over; a remainder sets the
/// lowest bit, so that rounding those 64 bits to 53 goes the way the whole number would. Other
/// numbers, which hardly anybody sends, go to the standard library.
extension JSONReader {
  /// A finite number; one too large for a double is refused rather than made infinite.
  mutating func number() throws(Failure) -> Double {
    skipSpace()
    let start = offset
    let isNegative = current == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    var digits = Digits()
    let first = offset
    digits.read(&self)
    guard offset > first, offset == first + 1 || bytes[first] != UInt8(ascii: "0") else {
      throw failure("a number", at: start)
    }
    if current == UInt8(ascii: ".") {
      offset += 1
      let fraction = offset
      digits.read(&self)
      digits.exponent -= offset - fraction
      guard offset > fraction else { throw failure("a digit") }
    }
    if let byte = current, byte | 0x20 == UInt8(ascii: "e") { digits.exponent += try exponent() }
    let magnitude: Double
    if let value = digits.value {
      magnitude = value
    } else {
      magnitude = try standardValue(from: first)
    }
    guard magnitude.isFinite else { throw failure("a number that a double holds", at: start) }
    return isNegative ? -magnitude : magnitude
  }

  /// A non-negative integer without fraction or exponent.
  mutating func size() throws(Failure) -> Int {
    skipSpace()
    let start = offset
    let value = try number()
    let isPlain = bytes[start..<offset].allSatisfy { (0x30...0x39).contains($0) }
    guard isPlain, value < 0x1p53 else { throw failure("a size", at: start) }
    return Int(value)
  }

  private mutating func exponent() throws(Failure) -> Int {
    offset += 1
    let isNegative = current == UInt8(ascii: "-")
    if isNegative || current == UInt8(ascii: "+") { offset += 1 }
    let start = offset
    var value = 0
    while let byte = current, (0x30...0x39).contains(byte) {
      value = min(value * 10 + Int(byte - 0x30), 100_000)
      offset += 1
    }
    guard offset > start else { throw failure("a digit") }
    return isNegative ? -value : value
  }

  /// Longer ones than anybody needs: 767 digits decide every rounding.
  private static let mostDigits = 1000

  private func standardValue(from start: Int) throws(Failure) -> Double {
    guard offset - start <= Self.mostDigits else {
      throw Failure(
        offset: start, expected: "a number of at most \(Self.mostDigits) digits",
        found: "a longer one")
    }
    guard let value = Double(String(decoding: bytes[start..<offset], as: UTF8.self)) else {
      throw failure("a number", at: start)
    }
    return value
  }
}

/// m · 10^exponent, m being the digits read so far.
private struct Digits {
  var mantissa: UInt64 = 0
  var exponent = 0
  private var isExact = true

  mutating func read(_ reader: inout JSONReader) {
    while let byte = reader.current, (0x30...0x39).contains(byte) {
      if mantissa < 1_000_000_000_000_000_000 {
        mantissa = mantissa * 10 + UInt64(byte - 0x30)
      } else {
        isExact = false
      }
      reader.offset += 1
    }
  }

  /// Nil where the digits are more than 19, or the exponent is far from 0.
  var value: Double? {
    guard isExact else { return nil }
    if mantissa == 0 { return 0 }
    if exponent == 0 { return Double(mantissa) }
    if mantissa <= 1 << 53, abs(exponent) < exactPowers.count {
      return exponent < 0
        ? Double(mantissa) / exactPowers[-exponent] : Double(mantissa) * exactPowers[exponent]
    }
    guard abs(exponent) < Self.powers.count else { return nil }
    if exponent < 0 { return quotient(Self.powers[-exponent]) }
    let (product, overflow) = mantissa.multipliedReportingOverflow(by: Self.powers[exponent])
    return overflow ? nil : Double(product)
  }

  private func quotient(_ power: UInt64) -> Double {
    let divisor = power << power.leadingZeroBitCount
    let numerator = mantissa << mantissa.leadingZeroBitCount
    let halves = numerator >= divisor
    let (quotient, remainder) = divisor.dividingFullWidth(
      halves ? (numerator >> 1, numerator << 63) : (numerator, 0))
    let bits = remainder == 0 ? quotient : quotient | 1
    let exponent =
      power.leadingZeroBitCount - mantissa.leadingZeroBitCount - (halves ? 63 : 64)
    return Double(sign: .plus, exponent: exponent, significand: Double(bits))
  }

  private static let powers: [UInt64] = (0...19).map { exponent in
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}

/// Powers of ten that doubles hold. Written out, they are data of the program; computed, each use
/// would ask whether they have been.
private let exactPowers: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]
