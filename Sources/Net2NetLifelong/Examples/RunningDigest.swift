/// What a segment's examples are, in 64 bits that go on from each example to the next. A record's
/// own checksum says that its bytes belong together; this says that they are those that were written,
/// under their numbers, and it lies elsewhere: in the file of what was acknowledged, and in the
/// registry for a segment that is full.
///
/// It takes nothing that is not there already: the record's checksum, and the sample's SHA-256, by
/// which an example is held out or not. It finds damage; it does not withstand somebody who forges
/// both places.
struct RunningDigest: Hashable, Sendable {
  private(set) var value: UInt64

  init(value: UInt64) { self.value = value }

  /// Before the first example.
  ///
  /// - Parameter header: the checksum of the segment's header.
  init(header: UInt32) { value = Self.mixed(UInt64(header)) }

  mutating func add(_ link: UInt64) { value = Self.mixed(value &+ link) }

  /// What one example gives to it.
  static func link(checksum: UInt32, sampleHash: UInt64) -> UInt64 {
    sampleHash ^ mixed(UInt64(checksum))
  }

  /// A bijection whose every input bit reaches every output bit: the last steps of SplitMix64 (Steele,
  /// Lea and Flood 2014).
  private static func mixed(_ value: UInt64) -> UInt64 {
    var value = value &+ 0x9E37_79B9_7F4A_7C15
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
