import Net2Net
import Net2NetTorch
import TestSupport
import Testing

/// The operators that networks are evaluated with.
@Suite(.requiresTorch)
struct FilteringTests {
  static let packed = TorchOperator("net2net::packed_filters")
  static let filtered = TorchOperator("net2net::filtered")

  struct Case: CustomTestStringConvertible, Sendable {
    var x: Shape = [2, 5, 9, 10]
    var weight: Shape = [7, 5, 3, 3]
    var strides = [1, 1]
    /// Above, left, below, right.
    var padding = [1, 1, 1, 1]
    var dilations = [1, 1]
    var groups = 1
    var adds = false
    var rectifies = true

    var testDescription: String {
      "\(x) ⋆ \(weight), \(strides) \(padding) \(dilations) \(groups) \(adds) \(rectifies)"
    }
  }

  /// Fewer and more channels than registers take; widths that tiles fit and do not; one pixel; rows
  /// enough for several threads.
  static let cases = [
    Case(), Case(adds: true), Case(adds: true, rectifies: false),
    Case(weight: [16, 5, 3, 3]), Case(weight: [33, 5, 3, 3], adds: true),
    Case(weight: [40, 5, 3, 3], strides: [2, 3], adds: true),
    Case(weight: [7, 5, 1, 1], padding: [0, 0, 0, 0]),
    Case(weight: [7, 5, 1, 1], strides: [2, 2], padding: [0, 0, 0, 0]),
    Case(weight: [7, 5, 5, 2], padding: [2, 0, 1, 3]),
    Case(padding: [-1, 2, 1, -2]), Case(dilations: [2, 1]), Case(dilations: [1, 3]),
    Case(padding: [3, 2, 3, 2], dilations: [3, 2], adds: true),
    Case(x: [2, 6, 9, 10], weight: [8, 3, 3, 3], groups: 2, adds: true),
    Case(x: [1, 5, 3, 3], padding: [0, 0, 0, 0]),
    Case(x: [2, 16, 30, 31], weight: [48, 16, 3, 3], adds: true),
    Case(x: [1, 16, 40, 41], weight: [48, 16, 3, 3]),
    Case(x: [9, 21], weight: [35, 21], strides: [], padding: [], dilations: [], adds: true),
  ]

  /// Asked all at once, as starting PyTorch is most of the work.
  @Test(.requiresPython) func filtersAreWhatPyTorchConvolves() async throws {
    let answers = try await TorchOracle.answers(to: Self.cases.map(question))
    for (example, answer) in zip(Self.cases, answers) {
      func tensor(_ name: String) throws -> TorchTensor {
        let value = drawn(example)[name] ?? answer[name]?.tensor.converted(to: .float32)
        return try TorchTensor(try #require(value))
      }
      let filters = try Self.packed(.tensor(tensor("w")), .int(example.groups))
      #expect((filters.rank == 5) == (Self.hasKernels && example.groups == 1), "\(example)")
      let y = try Self.filtered(
        .tensor(tensor("x")), .tensor(filters), .tensor(tensor("b")),
        example.adds ? .tensor(tensor("a")) : .absent, .ints(example.strides),
        .ints(example.padding), .ints(example.dilations), .int(example.groups),
        .bool(example.rectifies)
      ).tensor()
      let expected = try #require(answer["y"])
      #expect(y.shape.sizes == expected.shape, "\(example)")
      // Sums of up to 150 products in float32.
      #expect((y.relativeDifference(from: expected) ?? .infinity) <= 2e-6, "\(example)")
    }
    #expect(answers.count == Self.cases.count)
  }

  private func drawn(_ example: Case) -> [String: Tensor] {
    [
      "x": .drawn(example.x, seed: 1, as: .float32),
      "w": .drawn(example.weight, seed: 2, as: .float32),
      "b": .drawn([example.weight[0]], seed: 3, as: .float32),
    ]
  }

  private func question(_ example: Case) -> TorchOracle.Question {
    let padding = example.padding
    // PyTorch counts axes from the last.
    let amounts = padding.isEmpty ? [] : [padding[1], padding[3], padding[0], padding[2]]
    let code = """
      y = F.linear(x, w, b) if x.dim() == 2 else F.conv2d(
          F.pad(x, \(amounts)), w, b, \(example.strides), 0, \(example.dilations),
          \(example.groups))
      torch.manual_seed(0)
      a = torch.randn(y.shape, dtype=y.dtype)
      if \(example.adds ? "True" : "False"): y = y + a
      if \(example.rectifies ? "True" : "False"): y = F.relu(y)
      """
    let tensors = drawn(example).mapValues { $0.converted(to: .float64) }
    return TorchOracle.Question(code, tensors: tensors, wanted: ["y", "a"])
  }

  /// Whether weights of one group are packed on this machine.
  static let hasKernels: Bool = {
    let weight = try? TorchTensor(Tensor.drawn([2, 2, 1, 1], seed: 1, as: .float32))
    return (try? weight.map { try packed(.tensor($0), .int(1)).rank }) == 5
  }()

  /// Ten million products in one row, which threads take channel by channel.
  @Test func aSingleRowIsCutBetweenItsChannels() throws {
    let small: @Sendable (Int) -> Double = { Double($0 % 7 - 3) / 8 }
    let weight = try TorchTensor(
      Tensor(elementType: .float32, shape: [3100, 3200], generating: small))
    let x = try TorchTensor(Tensor(elementType: .float32, shape: [1, 3200], generating: small))
    let bias = try TorchTensor(Tensor(elementType: .float32, shape: [3100], generating: small))
    let y = try Self.filtered(
      .tensor(x), .tensor(Self.packed(.tensor(weight), .int(1))), .tensor(bias), .absent,
      .ints([]), .ints([]), .ints([]), .int(1), .bool(false)
    ).tensor()
    let expected = try TorchOperator("aten::linear")(
      .tensor(x), .tensor(weight), .tensor(bias)
    ).tensor()
    #expect(y.shape == [1, 3100])
    // Products and sums of eighths squared are exact.
    #expect(y.doubles() == expected.doubles())
  }

  @Test func whatIsNotANumberPassesReluAndPooling() throws {
    let input = ValueDeclaration("x", TensorType(.float32, [.symbolic("N"), 1, 2, 2]))
    func network(_ operation: Operator, _ shape: [Dimension]) -> Network {
      let output = ValueDeclaration("y", TensorType(.float32, [.symbolic("N")] + shape))
      return Network(
        graph: Graph(
          name: "one", inputs: [input], outputs: [output],
          nodes: [Node(name: "y", operation: operation, inputs: ["x"], outputs: ["y"])]),
        parameters: [])
    }
    let pooling = network(.pooling(Pooling(.maximum, kernel: [2, 2])), [1, 1, 1])
    let x = Tensor([1, .nan, 3, 2] as [Float], shape: [1, 1, 2, 2])
    let y = try CompiledNetwork(pooling, purpose: .evaluation).run(["x": x])["y"]
    #expect(y?.doubles().allSatisfy(\.isNaN) == true)

    let (one, zero) = (
      try TorchTensor(Tensor([1] as [Float], shape: [1, 1])),
      try TorchTensor(Tensor([0] as [Float], shape: [1]))
    )
    let rows = try TorchTensor(Tensor([-1, .nan, 2] as [Float], shape: [3, 1]))
    let rectified = try Self.filtered(
      .tensor(rows), .tensor(Self.packed(.tensor(one), .int(1))), .tensor(zero), .absent,
      .ints([]), .ints([]), .ints([]), .int(1), .bool(true)
    ).tensor().doubles()
    #expect(rectified[0] == 0 && rectified[1].isNaN && rectified[2] == 2)
  }

  struct Misfit: CustomTestStringConvertible, Sendable {
    var x: Shape = [1, 1, 5, 5]
    var weight: Shape = [4, 1, 3, 3]
    var bias: Shape = [4]
    var addend: Shape?
    var strides = [1, 1]
    var reason: String
    var testDescription: String { reason }
  }

  static let misfits = [
    Misfit(x: [1, 1, 2, 2], strides: [2, 2], reason: "a window of 3 does not fit 2"),
    Misfit(x: [1, 1, 5, 1], strides: [16, 16], reason: "a window of 3 does not fit 1"),
    Misfit(x: [1, 1, 0, 8], reason: "a window of 3 does not fit 0"),
    Misfit(addend: [1, 4, 3, 2], reason: "a sum of"),
    Misfit(bias: [40], reason: "filters packed as"),
    Misfit(bias: [4, 1], reason: "filters packed as"),
    Misfit(strides: [1], reason: "two strides"),
    Misfit(strides: [0, 1], reason: "in steps of 0"),
    Misfit(x: [1, 2, 5, 5], reason: "channels"),
  ]

  /// Nothing but the kernel itself stands between these and memory of others.
  @Test(arguments: misfits)
  func filtersReadNothingBeyondTheirOperands(_ misfit: Misfit) throws {
    guard Self.hasKernels else { return }
    func tensor(_ shape: Shape) throws -> TorchTensor {
      try TorchTensor(Tensor(elementType: .float32, shape: shape, repeating: 1))
    }
    let filters = try Self.packed(.tensor(tensor(misfit.weight)), .int(1))
    let said = sentence {
      _ = try Self.filtered(
        .tensor(tensor(misfit.x)), .tensor(filters), .tensor(tensor(misfit.bias)),
        .optional(misfit.addend.map(tensor)), .ints(misfit.strides), .ints([0, 0, 0, 0]),
        .ints([1, 1]), .int(1), .bool(false))
    }
    #expect(said?.contains(misfit.reason) == true, "\(said ?? "nothing")")
  }

  @Test func anEmptyBatchIsFilteredToAnEmptyOne() throws {
    func zeros(_ shape: Shape) throws -> TorchTensor {
      try TorchTensor(Tensor(elementType: .float32, shape: shape, repeating: 0))
    }
    let y = try Self.filtered(
      .tensor(zeros([0, 1, 5, 5])), .tensor(Self.packed(.tensor(zeros([4, 1, 3, 3])), .int(1))),
      .tensor(zeros([4])), .absent, .ints([1, 1]), .ints([0, 0, 0, 0]), .ints([1, 1]), .int(1),
      .bool(false))
    #expect(y.shape == [0, 4, 3, 3])
  }

  @Test(arguments: [[3, 2], [0, 1], [-1, 1], [2]])
  func windowsBeyondTheImageAreNotPooled(sizes: [Int]) throws {
    guard Self.hasKernels else { return }
    let x = try TorchTensor(Tensor(elementType: .float32, shape: [1, 2, 4, 4], repeating: 1))
    let said = sentence {
      _ = try TorchOperator("net2net::pooled")(
        .tensor(x), .ints(sizes), .ints([2, 2]), .ints([2, 2]), .ints([0, 0, 0, 0]),
        .ints([1, 1]), .bool(true), .bool(false))
    }
    #expect(said?.contains("windows") == true, "\(said ?? "nothing")")
  }

  struct PoolingCase: CustomTestStringConvertible, Sendable {
    let pooling: Pooling
    var shape: Shape = [2, 5, 9, 10]
    var testDescription: String { "\(pooling) \(shape)" }
  }

  static let poolingCases =
    [Pooling.Function.maximum, .average].flatMap { function in
      [
        Pooling(function, kernel: [2, 2], strides: [2, 2]),
        Pooling(function, kernel: [3, 3], padding: .explicit([1, 1, 1, 1])),
        Pooling(function, kernel: [3, 2], strides: [2, 3], padding: .explicit([0, 1, 2, 0])),
        Pooling(
          function, kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1]),
          roundsUp: true),
        Pooling(
          function, kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 0, 0]),
          roundsUp: true, countsPadding: true),
        Pooling(function, kernel: [2, 3], dilations: [2, 2]),
        Pooling(function, kernel: [3, 3], strides: [2, 2], padding: .sameUpper),
      ].map { PoolingCase(pooling: $0) }
    } + [
      PoolingCase(
        pooling: Pooling(.average, kernel: [2, 2], strides: [2, 2]), shape: [4, 37, 31, 30])
    ]

  /// Against the engine's other way, which PyTorch and onnxruntime have tested.
  @Test(arguments: poolingCases)
  func windowsArePooledAlike(_ example: PoolingCase) throws {
    let type = TensorType(.float32, example.shape)
    let output = try example.pooling.outputTypes(of: [type])[0]
    let graph = Graph(
      name: "pooling", inputs: [ValueDeclaration("x", type)],
      outputs: [ValueDeclaration("y", output)],
      nodes: [
        Node(name: "y", operation: .pooling(example.pooling), inputs: ["x"], outputs: ["y"])
      ])
    let network = Network(graph: graph, parameters: [])
    let x = ["x": Tensor.drawn(example.shape, seed: 1, as: .float32)]
    let expected = try #require(try CompiledNetwork(network).run(x)["y"])
    let found = try #require(try CompiledNetwork(network, purpose: .evaluation).run(x)["y"])
    #expect(found.shape == expected.shape)
    // Means of at most nine numbers.
    #expect((found.relativeDifference(from: expected) ?? .infinity) <= 1e-6)
  }
}
