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

  @Test func productOfMoreNamesThanASizeHasIsNone() throws {
    let many = try #require(Dimension.product(of: Array(repeating: Self.n, count: 32)))
    #expect(many.symbols.count == 32)
    #expect(Dimension.product(of: [many, Self.n]) == nil)
    #expect(Dimension.product(of: [many, Self.n, 0]) == nil)
    #expect(Dimension.product(of: [0, many, Self.n]) == 0)
  }

  @Test func longNamesAreCutToTheirBeginningAndAChecksum() {
    let expression = "(" + String(repeating: "H+", count: 200) + "1)/2"
    let size = Dimension.named(expression)
    #expect(size.description.hasPrefix("(H+H+") && size.description.utf8.count < 80)
    #expect(size.isDerived && size == .named(expression) && size != .named(expression + "0"))
    #expect(Dimension.named("(H-1)/2+1") == .symbolic("(H-1)/2+1"))
    #expect(!Dimension.named(String(repeating: "n", count: 300)).isDerived)
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
