@testable import Net2Net
import Testing

/// Roundings to 16 bits, against what the definition of each type gives.
@Suite struct HalfPrecisionTests {
  private func stored(_ value: Double, as type: ElementType) -> Double {
    Tensor(elementType: type, shape: [1]) { _ in value }.doubles()[0]
  }

  /// By way of float32 each of these would become a tie first, and then the even neighbour.
  @Test func valuesAreRoundedOnce() {
    #expect(stored(1 + 0x1p-8 + 0x1p-40, as: .bfloat16) == 1.0078125)
    #expect(stored(-1 - 0x1p-8 - 0x1p-40, as: .bfloat16) == -1.0078125)
    #expect(stored(1.0078125 + 0x1p-8 - 0x1p-40, as: .bfloat16) == 1.0078125)
    #expect(stored(1 + 0x1p-11 + 0x1p-40, as: .float16) == 1 + 0x1p-10)
    #expect(stored(0x1p-25 + 0x1p-60, as: .float16) == 0x1p-24)
  }

  @Test func tiesGoToTheEvenNeighbour() {
    #expect(stored(1 + 0x1p-8, as: .bfloat16) == 1)
    #expect(stored(1 + 3 * 0x1p-8, as: .bfloat16) == 1 + 0x1p-6)
    #expect(stored(1 + 0x1p-11, as: .float16) == 1)
    #expect(stored(0x1p-25, as: .float16) == 0)
    #expect(stored(0x1p-134, as: .bfloat16) == 0)
  }

  @Test func bordersOfTheRange() {
    #expect(stored(65_519.999, as: .float16) == 65_504)
    #expect(stored(65_520, as: .float16) == .infinity)
    #expect(stored(-1e300, as: .bfloat16) == -.infinity)
    #expect(stored(0x1.FEp127, as: .bfloat16) == 0x1.FEp127)
    #expect(stored(0x1.FFp127, as: .bfloat16) == .infinity)
    #expect(stored(0x1p-14, as: .float16) == 0x1p-14)
    #expect(stored(0x1.FFFp-15, as: .float16) == 0x1p-14)
    #expect(stored(-0x1p-133, as: .bfloat16) == -0x1p-133)
    #expect(stored(.nan, as: .bfloat16).isNaN)
    #expect(stored(-.nan, as: .float16).isNaN)
    #expect(stored(-0.0, as: .bfloat16).sign == .minus)
  }

  /// All 65,536 patterns of both types: what is read is written back.
  @Test(arguments: [ElementType.float16, .bfloat16])
  func everyValueKeepsItsBits(type: ElementType) {
    let bits = (0...UInt16.max).map(\.self)
    let storage = bits.withUnsafeBytes { bytes in
      TensorBytes(byteCount: bytes.count) { $0.copyMemory(from: bytes) }
    }
    let tensor = Tensor(elementType: type, shape: [bits.count], storage: storage)
    let again = tensor.converted(to: .float64).converted(to: type)
    let written = again.withUnsafeBytes { again in
      bits.indices.map { again.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) }
    }
    let numbers = zip(bits, zip(written, tensor.doubles())).filter { !$1.1.isNaN }
    #expect(numbers.allSatisfy { $0 == $1.0 })
    #expect(numbers.count == (type == .float16 ? 63_490 : 65_282))
  }
}

/// Many values at once are rounded as each alone: the loops differ, for speed.
@Suite struct RewrittenElementTests {
  private func expectSame(_ values: [Double], _ name: String) {
    let stored = [BFloat16Bits](unsafeUninitializedCapacity: values.count) { target, count in
      guard let start = target.baseAddress else { return }
      BFloat16Bits.store(values, count: values.count, to: start)
      count = values.count
    }
    let one = values.map { BFloat16Bits(rounding: $0).bits }
    #expect(stored.map(\.bits) == one, "\(name)")
  }

  @Test func bfloat16() {
    let draw = Draw(seed: 8)
    let drawn = (0..<4096).map { draw.normal($0) }
    // On each side of a tie by less than a float32 can tell, and of every border.
    let ties = (0..<512).map { 1 + (2 * Double($0) + 1) * 0x1p-8 }
    let beside = ties.flatMap { [$0, $0 + 0x1p-44, $0 - 0x1p-44, -$0 - 0x1p-44] }
    expectSame(drawn + beside + [0, -0.0, 0x1p-126, -0x1p-126], "normal")
    expectSame([0x1.FEp127, 0x1.FEFFFFp127, 0x1.FFp127, 0x1p128, 1e300, -1e300], "large")
    for unusual in [Double.nan, -.nan, .infinity, -.infinity, 0x1p-127, -0x1.FFp-127, 0x1p-134] {
      expectSame([1, unusual, 0x1p-40 + 1, .leastNonzeroMagnitude], "\(unusual)")
    }
  }
}
