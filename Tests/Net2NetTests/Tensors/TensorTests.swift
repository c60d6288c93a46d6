import Net2Net
import Testing

@Suite struct TensorTests {
  /// Reads the bits of a one-element tensor made from `value`.
  private func bits(of value: Double, as type: ElementType) -> UInt16 {
    Tensor([value], shape: [1]).converted(to: type).withUnsafeBytes {
      $0.loadUnaligned(as: UInt16.self)
    }
  }

  /// Memory that was something else before.
  @Test func zerosAreZerosInFewBytesToo() {
    for type in ElementType.allCases {
      for count in 1...5 {
        let others = (0..<32).map { _ in Tensor(elementType: type, shape: [count], repeating: 1) }
        #expect(others.allSatisfy { $0.doubles()[0] == 1 })
      }
      for count in 1...5 {
        let zeros = (0..<32).map { _ in Tensor(elementType: type, shape: [count], repeating: 0) }
        #expect(zeros.allSatisfy { $0.doubles().allSatisfy { $0 == 0 } }, "\(type), \(count)")
      }
    }
  }

  private func tensor(ofBits bits: UInt16, as type: ElementType) -> Tensor {
    let storage = TensorBytes(byteCount: 2) {
      $0.storeBytes(of: bits, as: UInt16.self)
    }
    return Tensor(elementType: type, shape: [1], storage: storage)
  }

  @Test(
    arguments: [
      (1.0, 0x3C00), (-2.0, 0xC000), (0.1, 0x2E66), (65_504, 0x7BFF), (-0.0, 0x8000),
      // Halfway to 2¹⁶ rounds away, a little less does not.
      (65_520, 0x7C00), (65_519.99, 0x7BFF), (1e30, 0x7C00), (-.infinity, 0xFC00),
      // Ties go to even: 1 + 2⁻¹¹ down, 1 + 3·2⁻¹¹ up.
      (1 + 0x1p-11, 0x3C00), (1 + 3 * 0x1p-11, 0x3C02),
      // Subnormals are multiples of 2⁻²⁴.
      (0x1p-24, 0x0001), (0x1p-25, 0x0000), (0x1.8p-24, 0x0002), (1023 * 0x1p-24, 0x03FF),
      (1023.5 * 0x1p-24, 0x0400), (0x1p-14, 0x0400),
    ] as [(Double, UInt16)])
  func float16IsRoundedToNearestEven(value: Double, expected: UInt16) {
    #expect(bits(of: value, as: .float16) == expected)
  }

  @Test(
    arguments: [
      (1.0, 0x3F80), (-2.0, 0xC000), (0.1, 0x3DCD), (.infinity, 0x7F80), (3.4e38, 0x7F80),
      (1 + 0x1p-8, 0x3F80), (1 + 3 * 0x1p-8, 0x3F82),
    ] as [(Double, UInt16)])
  func bfloat16IsRoundedToNearestEven(value: Double, expected: UInt16) {
    #expect(bits(of: value, as: .bfloat16) == expected)
  }

  @Test(arguments: [ElementType.float16, .bfloat16])
  func halfOfANotANumberIsNotANumber(type: ElementType) {
    #expect(Tensor([Double.nan], shape: [1]).converted(to: type).doubles()[0].isNaN)
  }

  @Test(arguments: [ElementType.float16, .bfloat16])
  func everyHalfSurvivesTheWayToDoubleAndBack(type: ElementType) {
    for bits in UInt16.min...UInt16.max {
      let value = tensor(ofBits: bits, as: type).doubles()[0]
      if !value.isNaN {
        #expect(self.bits(of: value, as: type) == bits)
      }
    }
  }

  @Test(
    arguments: [
      (.int8, 127.9, 127), (.int8, 200, 127), (.int8, -200, -128), (.uint8, -3, 0),
      (.int32, -1.5, -1), (.uint16, 70_000, 65_535), (.int16, .nan, 0), (.bool, 0.5, 1),
      (.uint64, -1, 0), (.int64, -7, -7),
    ] as [(ElementType, Double, Double)])
  func integersAreCutTowardsZeroAndClamped(type: ElementType, value: Double, expected: Double) {
    #expect(Tensor([value], shape: [1]).converted(to: type).doubles() == [expected])
  }

  @Test func bigIntegersAreReadWithoutRounding() {
    let value = Int64(1) << 53 + 1
    #expect(Tensor([value], shape: [1]).integers() == [Int(value)])
    #expect(Tensor([1.9, -1.9], shape: [2]).integers() == [1, -1])
    #expect(Tensor([Double.infinity], shape: [1]).integers() == nil)
  }

  @Test func copiesAndReshapesShareTheirBytes() {
    let tensor = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let reshaped = tensor.reshaped(to: [3, 2])
    #expect(reshaped.storage === tensor.storage)
    #expect(reshaped.doubles() == [1, 2, 3, 4, 5, 6])
  }

  @Test func tensorReadsFromItsOffset() {
    let whole = Tensor([1, 2, 3, 4] as [Double], shape: [4])
    let part = Tensor(elementType: .float64, shape: [2], storage: whole.storage, byteOffset: 16)
    #expect(part.doubles() == [3, 4])
  }

  @Test func emptyTensorHasNoElements() {
    #expect(Tensor([] as [Float], shape: [0, 3]).doubles() == [])
  }

  @Test func bytesAreReleasedOnceWithTheirLastTensor() async {
    await confirmation(expectedCount: 1) { released in
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 4)
      memory.storeBytes(of: Float(2), as: Float.self)
      let storage = TensorBytes(owning: UnsafeRawBufferPointer(memory)) { buffer in
        UnsafeMutableRawPointer(mutating: buffer.baseAddress)?.deallocate()
        released()
      }
      let tensor = Tensor(elementType: .float32, shape: [1], storage: storage)
      #expect(tensor.reshaped(to: []).doubles() == [2])
    }
  }
}
