import Net2Net
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

/// Gradients through what picks, cuts, pads and chooses.
@Suite(.requiresTorch)
struct LookupGradientTests {
  /// Sums of a few dozen products, each rounding at 1e-16.
  static let tolerance = 1e-13

  /// tokens (N, 4) → embedding (N, 4, 3) → its last three places, mirrored → 18 features, the
  /// positive ones and twice the others → fc1.
  static func network() throws -> Network {
    var b = NetworkBuilder(name: "lookup", seed: 5)
    var h = try b.embedding(b.input([4], elementType: .int64), count: 5, features: 3)
    h = try b.layer(
      .slice(Slice([Slice.Cut(axis: 1, start: 1, count: 3)])), [h], name: nil, kind: "slice")
    h = try b.layer(
      .pad(Pad(.reflect, begins: [0, 2, 0], ends: [0, 1, 0])), [h], name: nil, kind: "pad")
    h = try b.flatten(h)
    let zero = ParameterSlot("zero", [], .constant(0))
    let isPositive = try b.layer(
      .comparison(Comparison(.greater)), [h], parameters: [zero], name: nil, kind: "test")
    h = try b.layer(
      .selection(Selection()), [isPositive, h, b.add(h, h)], name: nil, kind: "choice")
    return try b.network(output: b.dense(h, features: 2))
  }

  static let code = """
    e, w, g = (t.requires_grad_() for t in (e, w, g))
    h = F.embedding(x, e)[:, 1:][:, [2, 1, 0, 1, 2, 1]].flatten(1)
    F.linear(torch.where(h > 0, h, 2 * h), w, g).square().sum().backward()
    grad_e, grad_w, grad_g = e.grad, w.grad, g.grad
    """

  @Test(.requiresPython) func gradientsArePyTorchs() async throws {
    let network = try Self.network()
    let tokens = Tensor([0, 4, 4, 1, 2, 0, 3, 4] as [Int64], shape: [2, 4])
    let names = ["e": "embed1.weight", "w": "fc1.weight", "g": "fc1.bias"]
    var tensors = names.compactMapValues { network.parameters[$0]?.tensor(as: .float64) }
    tensors["x"] = tokens
    let wanted = names.keys.map { "grad_" + $0 }
    let answer = try #require(
      try await TorchOracle.answers(to: [.init(Self.code, tensors: tensors, wanted: wanted)]).first)

    let engine = try CompiledNetwork(network, precision: .float64)
    let output = try #require(
      try engine.forward(["input": try TorchTensor(tokens)], mode: .training(dropoutSeed: 0))[
        "output"])
    let squares = try TorchOperator("aten::square")(.tensor(output))
    try TorchOperator("aten::sum")(.tensor(squares)).backward()

    #expect(Set(engine.trainedParameters.keys) == Set(names.values))
    for (short, name) in names {
      let gradient = try #require(try engine.trainedParameters[name]?.gradient).tensor()
      let difference = gradient.relativeDifference(from: try #require(answer["grad_" + short]))
      #expect((difference ?? .infinity) <= Self.tolerance, "gradient of \(name)")
    }
  }

  /// x · weight, hidden behind one number where a mask is false: written over the product, which
  /// its gradient does not need.
  @Test(arguments: [Precision.float32, .float64])
  func whatIsHiddenHasNoGradient(precision: Precision) throws {
    var builder = NetworkBuilder(name: "hidden", seed: 1)
    let input = builder.input([3])
    let product = try builder.layer(
      .matrixProduct(MatrixProduct()), [input],
      parameters: [ParameterSlot("weight", [3, 4], .normal(deviation: 1))], name: "product",
      kind: "product")
    let isSeen = builder.constant(
      "mask", Tensor(elementType: .bool, shape: [4]) { $0 == 1 ? 0 : 1 })
    let hidden = builder.constant("number", Tensor([-7] as [Float], shape: []))
    let network = try builder.network(
      output: try builder.layer(
        .selection(Selection()), [isSeen, product, hidden], name: "seen", kind: "seen"))
    let engine = try CompiledNetwork(network, precision: precision)
    let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let output = try #require(
      try engine.forward(["input": try TorchTensor(x)], mode: .trainingWithoutDropout)["output"])
    let values = try output.tensor().doubles()
    #expect(values[1] == -7 && values[5] == -7)
    #expect(![0, 2, 3, 4, 6, 7].contains { values[$0] == -7 })
    try TorchOperator("aten::sum")(.tensor(output)).backward()
    let gradient = try #require(try engine.trainedParameters["product.weight"]?.gradient)
    #expect(try gradient.tensor().doubles() == [5, 0, 5, 5, 7, 0, 7, 7, 9, 0, 9, 9])
  }
}
