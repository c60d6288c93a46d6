import Net2Net
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

/// Our own operators, and the steps that are made of several nodes.
@Suite(.requiresTorch)
struct FusionTests {
  static let batchNorm = TorchOperator("net2net::batch_norm")
  static let convolution = TorchOperator("net2net::convolution")
  static let clone = TorchOperator("aten::clone")

  /// libtorch's number for (N, C, H, W) stored as (N, H, W, C).
  static let channelsLast = 2

  struct NormCase: CustomTestStringConvertible, Sendable {
    let shape: Shape
    let type: ElementType
    var adds = false
    var rectifies = true

    var testDescription: String { "\(type)\(shape) adds \(adds) rectifies \(rectifies)" }

    /// Rounding of a few operations on numbers of the type, and of sums of thousands.
    var tolerance: Double {
      switch type {
      case .float64: 1e-12
      case .float32: 2e-5
      default: 3e-2
      }
    }
  }

  /// Channels that fill vectors and that do not; one piece and several; a rest behind them.
  static let normCases = [ElementType.float64, .float32, .bfloat16].flatMap { type in
    [
      NormCase(shape: [4, 16, 6, 6], type: type),
      NormCase(shape: [4, 16, 6, 6], type: type, adds: true),
      NormCase(shape: [3, 5, 5, 7], type: type, adds: true),
      NormCase(shape: [3, 5, 5, 7], type: type, rectifies: false),
      NormCase(shape: [5, 17, 32, 32], type: type),
      NormCase(shape: [5, 17, 31, 29], type: type, adds: true, rectifies: false),
      NormCase(shape: [7, 33], type: type, adds: true),
    ]
  }

  static let normCode = """
    names = ["x", "w", "b"] + (["a"] if adds.item() else [])
    w, b = w.clone(), b.clone()
    leaves = {n: t.requires_grad_() for n, t in dict(x=x, a=a, w=w, b=b).items() if n in names}
    m, v = m.clone(), v.clone()
    y = F.batch_norm(x, m, v, w, b, True, 0.1)
    if adds.item(): y = y + a
    if rectifies.item(): y = F.relu(y)
    y.backward(g)
    for n in ["x", "a", "w", "b"]: globals()["d" + n] = leaves[n].grad if n in names else w
    """

  @Test(.requiresPython, arguments: normCases)
  func normWithSumAndReluIsPyTorchs(_ example: NormCase) async throws {
    let channels = example.shape[1]
    func drawn(_ shape: Shape, _ seed: UInt64, as type: ElementType? = nil) -> Tensor {
      Tensor.drawn(shape, seed: seed).converted(to: type ?? example.type)
    }
    let numbers: ElementType = example.type == .bfloat16 ? .float32 : example.type
    let tensors: [String: Tensor] = [
      "x": drawn(example.shape, 1), "a": drawn(example.shape, 2), "g": drawn(example.shape, 3),
      "w": drawn([channels], 4, as: numbers), "b": drawn([channels], 5, as: numbers),
      "m": drawn([channels], 6, as: numbers),
      "v": Tensor(elementType: numbers, shape: [channels]) { 1 + Double($0) },
    ]
    var asked = tensors.mapValues { $0.converted(to: .float64) }
    asked["adds"] = Tensor([example.adds ? 1 : 0] as [Int64], shape: [])
    asked["rectifies"] = Tensor([example.rectifies ? 1 : 0] as [Int64], shape: [])
    let wanted = ["y", "dx", "dw", "db", "m", "v"] + (example.adds ? ["da"] : [])
    let answer = try #require(
      try await TorchOracle.answers(
        to: [.init(Self.normCode, tensors: asked, wanted: wanted)]
      ).first)

    var leaves: [String: TorchTensor] = [:]
    for (name, tensor) in tensors {
      let copy = try TorchTensor(tensor)
      leaves[name] =
        tensor.shape.rank == 4
        ? try Self.clone(.tensor(copy), .int(Self.channelsLast)) : copy
      try leaves[name]?.setRequiresGradient(["x", "a", "w", "b"].contains(name))
    }
    func leaf(_ name: String) throws -> TorchTensor { try #require(leaves[name]) }
    let y = try Self.batchNorm(
      .tensor(leaf("x")), example.adds ? .tensor(leaf("a")) : .absent, .tensor(leaf("w")),
      .tensor(leaf("b")), .tensor(leaf("m")), .tensor(leaf("v")), .bool(true), .double(0.1),
      .double(1e-5), .bool(example.rectifies))
    try y.backward(from: leaf("g"))

    var found = ["y": try y.tensor(), "m": try leaf("m").tensor(), "v": try leaf("v").tensor()]
    for name in ["x", "w", "b"] + (example.adds ? ["a"] : []) {
      found["d" + name] = try #require(try leaf(name).gradient).tensor()
    }
    for name in wanted {
      let difference = try #require(found[name]).relativeDifference(
        from: try #require(answer[name]))
      #expect((difference ?? .infinity) <= example.tolerance, "\(name)")
    }
  }

  @Test func whatIsNotANumberPassesTheRelu() throws {
    var values = [Float](repeating: 1, count: 8)
    values[5] = .nan
    let x = try TorchTensor(Tensor(values, shape: [4, 2]))
    let (one, zero) = (
      try TorchTensor(Tensor([1, 1] as [Float], shape: [2])),
      try TorchTensor(Tensor([0, 0] as [Float], shape: [2]))
    )
    let y = try Self.batchNorm(
      .tensor(x), .absent, .tensor(one), .tensor(zero), .absent, .absent, .bool(true),
      .double(0.1), .double(1e-5), .bool(true)
    ).tensor().doubles()
    // The second channel's mean is no number; the first channel's deviations are all zero.
    #expect(y.enumerated().allSatisfy { $0 % 2 == 1 ? $1.isNaN : $1 == 0 })
  }

  struct ConvolutionCase: CustomTestStringConvertible, Sendable {
    var images = 5
    var stride = 1
    var groups = 1
    var testDescription: String { "\(images) images, stride \(stride), \(groups) groups" }
  }

  /// Five images on two threads are parts of two and of three.
  @Test(
    .requiresPython,
    arguments: [
      ConvolutionCase(), ConvolutionCase(images: 1), ConvolutionCase(stride: 2),
      ConvolutionCase(groups: 2),
    ])
  func gradientsOfConvolutionsArePyTorchs(_ example: ConvolutionCase) async throws {
    let tensors: [String: Tensor] = [
      "x": .drawn([example.images, 4, 6, 6], seed: 1, as: .float32),
      "w": .drawn([6, 4 / example.groups, 3, 3], seed: 2, as: .float32),
      "b": .drawn([6], seed: 3, as: .float32),
    ]
    let code = """
      for t in (x, w, b): t.requires_grad_()
      y = F.conv2d(x, w, b, \(example.stride), 1, 1, \(example.groups))
      (y * y).sum().backward()
      dx, dw, db = x.grad, w.grad, b.grad
      """
    let asked = tensors.mapValues { $0.converted(to: .float64) }
    let wanted = ["dx", "dw", "db"]
    let answer = try #require(
      try await TorchOracle.answers(to: [.init(code, tensors: asked, wanted: wanted)]).first)

    let leaves = try tensors.mapValues { try TorchTensor($0) }
    for leaf in leaves.values { try leaf.setRequiresGradient(true) }
    func leaf(_ name: String) throws -> TorchTensor { try #require(leaves[name]) }
    let y = try Self.convolution(
      .tensor(leaf("x")), .tensor(leaf("w")), .tensor(leaf("b")),
      .ints([example.stride, example.stride]), .ints([1, 1]), .ints([1, 1]),
      .int(example.groups))
    let double = try TorchOperator("aten::mul.Scalar")(.tensor(try y.detached()), .int(2))
    try y.backward(from: double)
    for name in wanted {
      let gradient = try #require(try leaf(String(name.dropFirst())).gradient).tensor()
      let difference = gradient.relativeDifference(from: try #require(answer[name]))
      // Sums of 360 products in float32.
      #expect((difference ?? .infinity) <= 1e-5, "\(name)")
    }
  }

  /// The norm's operand is read for the last time between the norm and its relu, which is where
  /// the one step for both runs.
  static func delayedNetwork() throws -> Network {
    var builder = NetworkBuilder(name: "delayed", seed: 5)
    let image = builder.input([3, 6, 6])
    let h = try builder.convolution(image, channels: 4, kernel: [3, 3], hasBias: false)
    let first = try builder.batchNormalization(h)
    let second = try builder.batchNormalization(h)
    let gate = try builder.activation(.sigmoid, h)
    let left = try builder.relu(second)
    let right = try builder.relu(try builder.add(gate, first))
    return try builder.network(output: try builder.add(left, right))
  }

  @Test(arguments: [Precision.float32, .float64])
  func stepsOfSeveralNodesComputeWhatTheNodesDo(_ precision: Precision) throws {
    for network in [try Self.delayedNetwork(), try GradientTests.residualNetwork()] {
      let engine = try CompiledNetwork(network, precision: precision)
      let inputs = ["input": Tensor.drawn([4, 3, 6, 6], seed: 1)]
      let fused = try engine.run(inputs, mode: .trainingWithoutDropout)
      var seen: [String] = []
      let single = try engine.run(inputs, mode: .trainingWithoutDropout) { name, _ in
        seen.append(name)
      }
      #expect(seen.contains("bn1"))
      for (name, output) in single {
        let other = try #require(fused[name])
        let difference = zip(output.doubles(), other.doubles()).map { abs($0 - $1) }.max()
        // Values near 1 behind at most eight nodes.
        let tolerance = precision == .float64 ? 1e-13 : 1e-5
        #expect((difference ?? .infinity) <= tolerance)
      }
    }
  }

  /// Products of operands with eight significant bits, all else in float32.
  @Test func bfloat16IsCloseToFloat32AndKeepsItsParameters() throws {
    let network = try GradientTests.residualNetwork()
    let inputs = ["input": Tensor.drawn([4, 3, 6, 6], seed: 1)]
    let exact = try CompiledNetwork(network).run(inputs, mode: .trainingWithoutDropout)
    let engine = try CompiledNetwork(network, precision: .bfloat16)
    let rounded = try engine.run(inputs, mode: .trainingWithoutDropout)
    let (expected, found) = (try #require(exact["output"]), try #require(rounded["output"]))
    #expect(found.elementType == .float32)
    let difference = zip(expected.doubles(), found.doubles()).map { abs($0 - $1) }.max() ?? 0
    let largest = expected.doubles().map(abs).max() ?? 0
    // Four rounded layers of 2⁻⁹ each; none at all would mean that nothing was rounded.
    #expect(difference > 0)
    #expect(difference <= 0.05 * largest)

    let outputs = try engine.forward(
      ["input": try TorchTensor(try #require(inputs["input"]))], mode: .training(dropoutSeed: 0))
    let output = try #require(outputs["output"])
    try output.backward(from: output.detached())
    for (name, parameter) in engine.trainedParameters {
      #expect(parameter.elementType == .float32, "\(name)")
      #expect(try #require(try parameter.gradient).elementType == .float32, "\(name)")
    }
  }
}
