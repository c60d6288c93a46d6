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
    ] as [([Int], Int?)])
  func elementCountIsCheckedForOverflow(sizes: [Int], count: Int?) {
    #expect(Shape(sizes).checkedElementCount == count)
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
