import Testing

@testable import Net2Net

@Suite struct DimensionTests {
  static let n = Dimension.symbolic("N")
  static let s = Dimension.symbolic("S")

  @Test func productsOfTheSameFactorsAreEqualInAnyOrder() {
    #expect(Dimension.product(of: [4, Self.s, 3, Self.n]) == .product(12, ["N", "S"]))
    #expect(Dimension.product(of: [Self.n, 12, Self.s]) == .product(12, ["N", "S"]))
  }

  @Test func productOfOneNameOrOfNumbersIsWrittenAsThat() {
    #expect(Dimension.product(of: [1, Self.n]) == Self.n)
    #expect(Dimension.product(of: [2, 3]) == 6)
    #expect(Dimension.product(of: []) == 1)
    #expect(Dimension.product(of: [Self.n, 0]) == 0)
  }

  @Test func productBeyondIntIsNone() {
    #expect(Dimension.product(of: [.fixed(.max), 2]) == nil)
  }

  @Test func quotientTakesFactorsAway() {
    let product = Dimension.product(12, ["N", "S"])
    #expect(product.quotient(by: .product(4, ["S"])) == .product(3, ["N"]))
    #expect(product.quotient(by: product) == 1)
    #expect(product.quotient(by: 5) == nil)
    #expect(product.quotient(by: .product(1, ["N", "N"])) == nil)
    #expect(product.quotient(by: 0) == nil)
  }

  @Test func namesStandForTheBatch() {
    #expect(Dimension.product(12, ["N"]).size(batch: 3) == 36)
    #expect(Dimension.product(.max, ["N"]).size(batch: 3) == .max)
  }
}
