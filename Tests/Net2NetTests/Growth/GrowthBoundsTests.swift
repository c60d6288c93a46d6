import Testing

@testable import Net2Net

/// Sizes that a plan asks for, and sizes of parameters without elements, which cost a file nothing.
@Suite struct GrowthBoundsTests {
  /// x (N, features) → fc1 → fc2, with weights of these shapes that take no memory.
  private func network(_ first: Shape, _ second: Shape) -> Network {
    func declaration(_ name: String, _ size: Int) -> ValueDeclaration {
      ValueDeclaration(name, TensorType(.float32, [.symbolic("N"), .fixed(size)]))
    }
    return Network(
      graph: Graph(
        name: "large", inputs: [declaration("x", first[1])],
        outputs: [declaration("y", second[0])],
        nodes: [
          Node(name: "fc1", operation: .dense(Dense()), inputs: ["x", "w1"], outputs: ["h"]),
          Node(name: "fc2", operation: .dense(Dense()), inputs: ["h", "w2"], outputs: ["y"]),
        ]),
      parameters: [
        Parameter(name: "w1", elementType: .float32, shape: first, filling: .constant(0)),
        Parameter(name: "w2", elementType: .float32, shape: second, filling: .constant(0)),
      ])
  }

  private func refusal(_ growth: Growth, of network: Network) -> String {
    do {
      _ = try network.grown(by: GrowthPlan(growths: [growth]))
      return "(none)"
    } catch {
      return "\(error)"
    }
  }

  @Test func namedSizesBeyondTheMostUnitsAreRefused() {
    let network = network([4, 3], [2, 4])
    #expect(
      refusal(.widen(Widen(widths: ["fc1": .size(99_999_999_999)])), of: network)
        == "fc1: fewer than 16777216 units expected, 99999999999 found")
    #expect(
      refusal(.addClasses(AddClasses(count: .max)), of: network)
        == "count: fewer than 16777216 expected, 9223372036854775807 found")
  }

  @Test func factorsBeyondTheMostUnitsAreRefused() {
    let network = network([Int(Int32.max), 0], [0, Int(Int32.max)])
    for growth in [
      Growth.widen(Widen(all: 2)), .randomPad(RandomPad(all: 2)),
      .widen(Widen(widths: ["fc1": .factor(2)])),
    ] {
      #expect(
        refusal(growth, of: network)
          == "fc1: fewer than 16777216 units expected, 4294967294 found")
    }
  }

  @Test func widthsWithoutUnitsArePinned() throws {
    let network = network([0, 3], [2, 0])
    let reason = "it has no units, and growth copies units"
    #expect(try Widths(of: network)["fc1"]?.freedom.sentences == [reason])
    for growth in [
      Growth.widen(Widen(widths: ["fc1": .size(4)])),
      .randomPad(RandomPad(widths: ["fc1": .size(4)])),
    ] {
      #expect(refusal(growth, of: network) == "width \"fc1\" is pinned: \(reason)")
    }
    #expect(refusal(.widen(Widen(all: 2)), of: network).hasPrefix("nothing to grow"))
    let classless = self.network([4, 3], [0, 4])
    #expect(refusal(.addClasses(AddClasses(count: 2)), of: classless).contains(reason))
  }

  @Test func parametersOfMoreBytesThanOneMayHaveAreRefused() {
    let network = network([1 << 13, 3], [1 << 20, 1 << 13])
    #expect(
      refusal(.widen(Widen(widths: ["fc1": .factor(4)])), of: network)
        == "parameter \"w2\" cannot grow so: it would be (1048576, 32768); up to 64 GiB are supported "
        + "for one parameter")
  }

  @Test func longAxesThatAWidthIsRepeatedAlongAreRefused() {
    // Four channels of 2²² places, flattened and read by no features.
    let image = TensorType(.float32, [.symbolic("N"), 1, .fixed(1 << 22)])
    let network = Network(
      graph: Graph(
        name: "flattened", inputs: [ValueDeclaration("x", image)],
        outputs: [ValueDeclaration("y", TensorType(.float32, [.symbolic("N"), 0]))],
        nodes: [
          Node(
            name: "conv1",
            operation: .convolution(
              Convolution(strides: [1], padding: .explicit([0, 0]), dilations: [1])),
            inputs: ["x", "w1"], outputs: ["c"]),
          Node(
            name: "flatten1", operation: .flatten(Flatten(axis: 1)), inputs: ["c"], outputs: ["f"]),
          Node(name: "fc1", operation: .dense(Dense()), inputs: ["f", "w2"], outputs: ["y"]),
        ]),
      parameters: [
        Parameter(name: "w1", elementType: .float32, shape: [4, 1, 1], filling: .constant(0)),
        Parameter(name: "w2", elementType: .float32, shape: [0, 1 << 24], filling: .constant(0)),
      ])
    #expect(
      refusal(.widen(Widen(widths: ["conv1": .size(8)])), of: network)
        == "parameter \"w2\" cannot grow so: its axis 1 would have 33554432 entries; fewer than "
        + "16777216 are supported")
  }

  @Test func grownParametersWithoutElementsAreEvaluatedAtOnce() throws {
    let axis = Rewrite.Axis(
      axis: 1, role: .writer,
      entries: [Rewrite.Entry(source: 0), Rewrite.Entry(averaging: [0, 1])])
    let empty = Parameter(
      name: "w", elementType: .float32, shape: [Int(Int32.max), 2, 0], filling: .constant(0))
    let grown = empty.rewritten(by: Rewrite(axes: [axis], draw: Draw(seed: 0)))
    #expect(grown.tensor().shape == [Int(Int32.max), 2, 0])
    #expect(ParameterPieces(of: grown).pieces.isEmpty)
  }
}
