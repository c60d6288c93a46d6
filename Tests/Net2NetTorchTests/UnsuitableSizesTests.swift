import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTorch

/// Sizes that a run brings and an operator cannot work on. What is accepted was compared with
/// onnxruntime, which accepts the same images here.
@Suite(.requiresTorch)
struct UnsuitableSizesTests {
  private static let purposes = [Purpose.training, .evaluation]

  /// x (N, 1, H, W) → `operation` with `weight` → y.
  static func network(
    _ operation: Operator, weight: Shape? = nil, channels: Int = 1
  ) -> Network {
    func image(_ channels: Int, _ height: String, _ width: String) -> TensorType {
      TensorType(
        .float32, [.symbolic("N"), .fixed(channels), .symbolic(height), .symbolic(width)])
    }
    return Network(
      graph: Graph(
        name: "window", inputs: [ValueDeclaration("x", image(1, "H", "W"))],
        outputs: [ValueDeclaration("y", image(channels, "h", "w"))],
        nodes: [
          Node(
            name: "node", operation: operation, inputs: ["x"] + (weight == nil ? [] : ["w"]),
            outputs: ["y"])
        ]),
      parameters: weight.map {
        [Parameter(name: "w", tensor: Tensor(elementType: .float32, shape: $0, repeating: 1))]
      } ?? [])
  }

  static let patches = network(
    .convolution(Convolution(strides: [16, 16])), weight: [4, 1, 16, 16], channels: 4)
  static let steps = network(
    .convolution(Convolution(strides: [2, 2])), weight: [4, 1, 3, 3], channels: 4)
  static let pools = network(.pooling(Pooling(.maximum, kernel: [3, 3], strides: [2, 2])))
  static let averages = network(.pooling(Pooling(.average, kernel: [3, 3], strides: [2, 2])))
  static let whole = network(.pooling(Pooling(.average, kernel: nil)))
  static let padded = network(
    .convolution(Convolution(padding: .explicit([1, 1, 1, 1]))), weight: [4, 1, 3, 3], channels: 4)
  static let same = network(
    .convolution(Convolution(padding: .sameUpper)), weight: [4, 1, 3, 3], channels: 4)

  private static func image(_ shape: Shape) -> [String: Tensor] {
    ["x": Tensor(elementType: .float32, shape: shape, repeating: 1)]
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var network: Network
    var shape: Shape
    var reason: String
    var testDescription: String { "\(shape): \(reason)" }

    init(_ network: Network, _ shape: Shape, _ reason: String) {
      (self.network, self.shape, self.reason) = (network, shape, reason)
    }
  }

  static let refusals = [
    Refusal(patches, [1, 1, 15, 15], "(Conv): a window of 16 does not fit 15 padded by 0 and 0"),
    Refusal(patches, [1, 1, 20, 4], "(Conv): a window of 16 does not fit 4 padded by 0 and 0"),
    Refusal(patches, [1, 1, 0, 16], "(Conv): the input's spatial axis 0 is empty"),
    Refusal(steps, [1, 1, 1, 1], "(Conv): a window of 3 does not fit 1 padded by 0 and 0"),
    Refusal(steps, [1, 1, 0, 8], "(Conv): the input's spatial axis 0 is empty"),
    Refusal(padded, [2, 1, 3, 0], "(Conv): the input's spatial axis 1 is empty"),
    Refusal(padded, [4096, 1, 1 << 30, 0], "(Conv): the input's spatial axis 1 is empty"),
    Refusal(same, [1, 1, 0, 8], "(Conv): the input's spatial axis 0 is empty"),
    Refusal(pools, [1, 1, 2, 9], "(MaxPool): a window of 3 does not fit 2 padded by 0 and 0"),
    Refusal(
      averages, [1, 1, 9, 1], "(AveragePool): a window of 3 does not fit 1 padded by 0 and 0"),
    Refusal(whole, [1, 1, 0, 8], "(GlobalAveragePool): the input float32(1, 1, 0, 8) is empty"),
  ]

  @Test(arguments: refusals, purposes)
  func imageSmallerThanTheWindowIsRefused(_ refusal: Refusal, purpose: Purpose) throws {
    let engine = try CompiledNetwork(refusal.network, purpose: purpose)
    let said = sentence { _ = try engine.run(Self.image(refusal.shape)) }
    #expect(
      said == "inputs \"x\" \(TensorType(.float32, refusal.shape)): node \"node\" \(refusal.reason)"
    )
    // Others are computed as before.
    #expect(try engine.run(Self.image([1, 1, 16, 16]))["y"]?.doubles().isEmpty == false)
  }

  @Test(arguments: purposes)
  func imagesThatFitAreComputed(purpose: Purpose) throws {
    let engine = try CompiledNetwork(Self.patches, purpose: purpose)
    for (shape, result) in [([2, 1, 31, 17], [2, 4, 1, 1]), ([1, 1, 32, 16], [1, 4, 2, 1])]
      as [(Shape, Shape)]
    {
      let y = try #require(try engine.run(Self.image(shape))["y"])
      #expect(y.shape == result)
      #expect(y.doubles().allSatisfy { $0 == 256 })
    }
  }

  @Test(arguments: Architecture.allCases, purposes)
  func aBatchWithoutSamplesGivesNone(architecture: Architecture, purpose: Purpose) throws {
    let shape: Shape = architecture == .gpt ? [8] : [3, 20, 20]
    let network = try architecture.network(
      ArchitectureOptions(inputShape: shape, depth: nil, seed: 3))
    let input = network.graph.inputs[0]
    let none = Tensor(
      elementType: input.type.elementType, shape: input.type.shape(batch: 0), repeating: 0)
    let engine = try CompiledNetwork(network, purpose: purpose)
    let output = network.graph.outputs[0]
    #expect(try engine.run([input.name: none])[output.name]?.shape == output.type.shape(batch: 0))
  }

  /// Every node runs where somebody looks at its results.
  @Test(arguments: Architecture.allCases)
  func everyOperatorTakesABatchWithoutSamples(architecture: Architecture) throws {
    let shape: Shape = architecture == .gpt ? [8] : [3, 20, 20]
    let network = try architecture.network(
      ArchitectureOptions(inputShape: shape, depth: nil, seed: 3))
    let input = network.graph.inputs[0]
    let none = Tensor(
      elementType: input.type.elementType, shape: input.type.shape(batch: 0), repeating: 0)
    let types = try ValueTypes(of: network, sizes: [network.graph.symbols.first ?? "N": 0])
    _ = try CompiledNetwork(network).run([input.name: none]) { name, value in
      #expect(value.shape == types[name]?.shape, "\(name)")
    }
  }

  @Test(arguments: purposes)
  func sizesThatOnlyARunTellsAreCheckedByItsNumbers(purpose: Purpose) throws {
    // (N, 1, H, W) → stride 2 → (N, 4, rest): whether that divides, H and W tell.
    var network = Self.network(
      .pooling(Pooling(.maximum, kernel: [2, 2], strides: [2, 2])))
    network.graph.nodes[0].outputs = ["pooled"]
    network.graph.nodes.append(
      Node(
        name: "rows", operation: .reshape(Reshape(target: [0, 4, -1])), inputs: ["pooled"],
        outputs: ["y"]))
    network.graph.outputs[0].type.dimensions = [.symbolic("N"), 4, .symbolic("rest")]
    let engine = try CompiledNetwork(network, purpose: purpose)
    #expect(try engine.run(Self.image([3, 1, 8, 4]))["y"]?.shape == [3, 4, 2])
    let said = sentence { _ = try engine.run(Self.image([3, 1, 6, 6])) }
    #expect(
      said
        == "inputs \"x\" float32(3, 1, 6, 6): node \"rows\" (Reshape): 27 elements do not fit [0, 4, -1]"
    )
  }

  @Test func sizesAreForgottenRatherThanKeptWithoutEnd() throws {
    let engine = try CompiledNetwork(Self.whole)
    for height in 1...200 {
      #expect(try engine.run(Self.image([1, 1, height, 2]))["y"]?.doubles() == [1])
    }
    #expect(engine.runSizes.rememberedCount <= 64)
  }

  /// Nothing is known of what comes after an operator that nobody knows, so nothing was checked.
  @Test(arguments: purposes)
  func aNormAfterAnUnknownOperatorIsRefusedByTheOperator(purpose: Purpose) throws {
    let names = ["scale", "shift", "mean", "variance"]
    var network = Self.network(.convolution(Convolution()), weight: [4, 1, 1, 1], channels: 4)
    network.graph.nodes.insert(
      Node(
        name: "strange",
        operation: .opaque(
          OpaqueOperator(domain: "x", type: "Odd", attributes: [], declaredOutputs: [nil])),
        inputs: ["x"], outputs: ["odd"]), at: 0)
    network.graph.nodes[1].inputs[0] = "odd"
    network.graph.nodes[1].outputs = ["filtered"]
    network.graph.nodes.append(
      Node(
        name: "norm", operation: .batchNormalization(BatchNormalization()),
        inputs: ["filtered"] + names, outputs: ["y"]))
    for (index, name) in names.enumerated() {
      network.setParameter(
        Parameter(
          name: name,
          tensor: Tensor(elementType: .float32, shape: [index == 1 ? 2 : 4], repeating: 1)))
    }
    #expect(
      sentence { _ = try CompiledNetwork(network, purpose: purpose) }
        == EngineError.opaqueOperator("x.Odd", node: "strange").description)
  }

  @Test func aNormWithoutChannelsIsNoDivisionByZero() throws {
    let names = ["scale", "shift", "mean", "variance"]
    let type = TensorType(.float32, [.symbolic("N"), 0, 2, 2])
    let network = Network(
      graph: Graph(
        name: "empty", inputs: [ValueDeclaration("x", type)],
        outputs: [ValueDeclaration("y", type)],
        nodes: [
          Node(
            name: "norm", operation: .batchNormalization(BatchNormalization()),
            inputs: ["x"] + names, outputs: ["y"])
        ]),
      parameters: names.map {
        Parameter(name: $0, tensor: Tensor(elementType: .float32, shape: [0], repeating: 1))
      })
    let x = Tensor(elementType: .float32, shape: [3, 0, 2, 2], repeating: 0)
    let y = try? CompiledNetwork(network).run(["x": x], mode: .training(dropoutSeed: 1))["y"]
    #expect(y == nil || y?.shape == x.shape)
  }
}
