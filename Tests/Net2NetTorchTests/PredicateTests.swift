import Net2Net
import Net2NetTorch
import TestSupport
import Testing

@Suite(.requiresTorch)
struct PredicateTests {
  static let cases: [(Predicate.Function, [Double])] = [
    (.isNaN, [0, 1, 0, 0]),
    (.isInfinite(positive: true, negative: true), [0, 0, 1, 1]),
    (.isInfinite(positive: true, negative: false), [0, 0, 1, 0]),
    (.isInfinite(positive: false, negative: true), [0, 0, 0, 1]),
    (.isInfinite(positive: false, negative: false), [0, 0, 0, 0]),
  ]

  /// Asked of 1, NaN, ∞ and −∞, which no JSON for an oracle could hold.
  @Test(arguments: cases)
  func strangeNumbersAreTold(function: Predicate.Function, expected: [Double]) throws {
    let strange = Tensor([1, .nan, .infinity, -.infinity] as [Float], shape: [4])
    let example = OperatorCase("\(function)", .predicate(Predicate(function)), [strange], code: "")
    let engine = try CompiledNetwork(try example.network(as: .float32))
    #expect(try engine.run(["a": strange])["y"]?.doubles() == expected)
  }
}
