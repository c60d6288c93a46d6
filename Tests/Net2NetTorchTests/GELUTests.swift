import Net2Net
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

/// Our own loop in float32, against libtorch's in float64.
@Suite(.enabled(if: Engine.isAvailable, "needs libtorch"))
struct GELUTests {
  /// From −20 to 20, no whole number of registers and of pieces that threads take.
  static let count = 40_003
  static let numbers = Tensor(
    (0..<count).map { -20 + 40 * Float($0) / Float(count - 1) }, shape: [1, count])

  /// x + weight → GELU, so that the weight's gradient is the slope.
  static func network() throws -> Network {
    var builder = NetworkBuilder(name: "gelu", seed: 0)
    let input = builder.input([count])
    let shifted = try builder.layer(
      .elementwise(Elementwise(.add)), [input],
      parameters: [ParameterSlot("weight", [count], .constant(0))], name: "shift", kind: "shift")
    return try builder.network(output: try builder.activation(.gelu(approximate: false), shifted))
  }

  private func resultAndSlope(_ precision: Precision) throws -> (y: [Double], slope: [Double]) {
    let engine = try CompiledNetwork(Self.network(), precision: precision)
    let output = try #require(
      try engine.forward(
        ["input": try TorchTensor(Self.numbers)], mode: .training(dropoutSeed: 0))["output"])
    try TorchOperator("aten::sum")(.tensor(output)).backward()
    let gradient = try #require(try engine.trainedParameters["shift.weight"]?.gradient)
    return (try output.tensor().doubles(), try gradient.tensor().doubles())
  }

  @Test func resultAndSlopeAreThoseOfTheNormalDistribution() throws {
    let (ours, exact) = (try resultAndSlope(.float32), try resultAndSlope(.float64))
    let numbers = Self.numbers.doubles()
    for (x, (y, expected)) in zip(numbers, zip(ours.y, exact.y)) {
      // Half of the last bit of Φ near 1, and of the product.
      #expect(abs(y - expected) <= 1.2e-7 * max(1, abs(x)), "at \(x)")
    }
    for (x, (slope, expected)) in zip(numbers, zip(ours.slope, exact.slope)) {
      #expect(abs(slope - expected) <= 2e-7, "at \(x)")
    }
  }

  private static let gelu = TorchOperator("net2net::gelu")

  private func gelu(_ numbers: [Float]) throws -> [Double] {
    let tensor = try TorchTensor(Tensor(numbers, shape: [numbers.count]))
    return try Self.gelu(.tensor(tensor)).tensor().doubles()
  }

  @Test func tailKeepsItsDigits() throws {
    // x · erfc(−x / √2) / 2
    let found = try gelu([-5, -8, -12])
    for (value, expected) in zip(found, [-1.4332579e-6, -4.976769e-15, -2.1319e-32]) {
      #expect(abs(value / expected - 1) <= 1e-4)
    }
  }

  @Test func numberDoesNotDependOnItsPlace() throws {
    let numbers = (0..<37).map { Float($0) / 7 - 3 }
    let together = try gelu(numbers)
    for (number, value) in zip(numbers, together) { #expect(try gelu([number]) == [value]) }
  }

  @Test func whatIsNoNumberStaysSo() throws {
    let found = try gelu([.nan, .infinity, -.infinity, .greatestFiniteMagnitude, 0])
    #expect(found[0].isNaN)
    #expect(found[1] == .infinity)
    #expect(found[2] == 0)
    #expect(found[3] == Double(Float.greatestFiniteMagnitude))
    #expect(found[4] == 0)
  }
}
