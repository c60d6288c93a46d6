/// Random numbers by position rather than by sequence: element `index` of a draw is a pure
/// function of the seed and the index. So a tensor can be drawn in any order, in parallel or
/// in pieces, and a receipt replays bit for bit on every platform (no `log`, no `cos`).
public struct Draw: Hashable, Sendable, Codable {
  public var seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  /// A draw of its own for one named purpose (a parameter, a width), derived from this one.
  public func derived(for purpose: String) -> Draw {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a, 64 bit
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Draw(seed: Draw.mixed(seed ^ hash))
  }

  /// 64 uniform bits (the finaliser of SplitMix64 over a Weyl sequence).
  @inline(__always)
  public func bits(_ index: Int) -> UInt64 {
    Draw.mixed(seed &+ (UInt64(bitPattern: Int64(index)) &+ 1) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// Zero mean, unit variance, close to normal, within ±2√3: the sum of four uniform 16-bit
  /// numbers (Irwin–Hall), exact in integers.
  @inline(__always)
  public func normal(_ index: Int) -> Double {
    let bits = bits(index)
    let sum =
      Int(bits & 0xFFFF) + Int(bits >> 16 & 0xFFFF) + Int(bits >> 32 & 0xFFFF) + Int(bits >> 48)
    // Four uniforms on 0…65535 have mean 131070 and variance 4·(65536² − 1)/12.
    return Double(sum - 131_070) * 2.642_899_792_130_301_4e-05
  }

  /// Uniform in [0, 1).
  @inline(__always)
  public func uniform(_ index: Int) -> Double { Double(bits(index) >> 11) * 0x1p-53 }

  /// Uniform in 0 ..< bound.
  public func integer(_ index: Int, below bound: Int) -> Int {
    Int(truncatingIfNeeded: bits(index).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A permutation of 0 ..< count (Fisher–Yates).
  public func permutation(of count: Int) -> [Int] {
    var permutation = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      permutation.swapAt(last, integer(last, below: last + 1))
    }
    return permutation
  }

  @inline(__always)
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
