import Foundation
import Net2Net
import Testing

@Suite struct ShapeTests {
  @Test func stridesAreRowMajor() {
    #expect(Shape([2, 3, 4]).strides == [12, 4, 1])
    #expect(Shape([]).strides == [])
  }

  @Test(
    arguments: [
      ([], 1), ([2, 3, 4], 24), ([5, 0], 0), ([-1, 2], nil), ([1 << 40, 1 << 40], nil),
      ([0, 1 << 40, 1 << 40], nil), ([1 << 40, 1 << 40, 0], nil),
    ] as [([Int], Int?)])
  func elementCountIsCheckedForOverflow(sizes: [Int], count: Int?) {
    #expect(Shape(sizes).checkedElementCount == count)
    #expect(Shape(sizes).elementCount == count ?? .max)
  }

  @Test func stridesThatNoNumberHoldsAreTheLargest() {
    #expect(Shape([0, 1 << 31, 1 << 31, 1 << 31]).strides == [.max, 1 << 62, 1 << 31, 1])
    #expect(Shape([2, 0, 3]).strides == [0, 3, 1])
  }

  @Test(
    arguments: [
      ([], true), ([0, 3], true), ([1 << 47], true), ([1 << 48], false), ([-1], false),
      ([0, 1 << 24, 1 << 24], false), (Array(repeating: 1, count: 64), true),
      (Array(repeating: 1, count: 65), false),
    ] as [([Int], Bool)])
  func onlyShapesWithinTheBoundsArePossible(sizes: [Int], isPossible: Bool) {
    #expect(Shape(sizes).isPossible == isPossible)
  }

  @Test func knownFactorsOfRunTimeSizesCount() {
    #expect(TensorType(.float32, [.product(1 << 24, ["N"]), .fixed(1 << 23)]).isPossible)
    #expect(!TensorType(.float32, [.product(1 << 24, ["N"]), .fixed(1 << 24)]).isPossible)
    #expect(!TensorType(.float32, [.product(-1, ["N"])]).isPossible)
  }

  @Test func shapeIsAListInJSON() throws {
    let shape: Shape = [2, 3]
    let json = try JSONEncoder().encode(shape)
    #expect(String(decoding: json, as: UTF8.self) == "[2,3]")
    #expect(try JSONDecoder().decode(Shape.self, from: json) == shape)
  }

  @Test func symbolicDimensionsBecomeTheBatch() {
    let type = TensorType(.float32, [.symbolic("N"), 3])
    #expect(type.shape == nil)
    #expect(type.shape(batch: 5) == [5, 3])
    #expect(type.description == "float32(N, 3)")
  }
}
