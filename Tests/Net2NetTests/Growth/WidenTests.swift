@testable import Net2Net
import OrderedCollections
import TestSupport
import Testing

@Suite("Widening")
struct WidenTests {
  /// input (1) → fc1 (2 units, weights 3 and 5) → fc2 (reads them with 8 and 20).
  static func twoUnits() throws -> Network {
    var builder = NetworkBuilder(name: "two units", seed: 0)
    let h = try builder.relu(builder.dense(builder.input([1]), features: 2, hasBias: false))
    var network = try builder.network(output: builder.dense(h, features: 1, hasBias: false))
    network.setParameter(
      Parameter(name: "fc1.weight", tensor: Tensor([3, 5] as [Float], shape: [2, 1])))
    network.setParameter(
      Parameter(name: "fc2.weight", tensor: Tensor([8, 20] as [Float], shape: [1, 2])))
    return network
  }

  private func grown(_ widen: Widen, seed: UInt64 = 0) throws -> (
    writer: [Double], reader: [Double]
  ) {
    let network = try Self.twoUnits().grown(
      by: GrowthPlan(seed: seed, growths: [.widen(widen)])
    ).network
    return (
      try #require(network.parameters["fc1.weight"]).tensor().doubles(),
      try #require(network.parameters["fc2.weight"]).tensor().doubles()
    )
  }

  @Test("equal shares: writers are copied, readers divided by the number of copies")
  func equalShares() throws {
    let (writer, reader) = try grown(Widen(widths: ["fc1": .size(5)], symmetry: .equal))
    #expect(writer == [3, 5, 3, 5, 3])
    let third = Double(Float(8.0 / 3))
    #expect(reader == [third, 10, third, 10, third])
  }

  @Test("antithetic shares differ and add up to the old weight")
  func antithetic() throws {
    let (writer, reader) = try grown(
      Widen(widths: ["fc1": .size(4)], symmetry: .antithetic(strength: 0.5)))
    #expect(writer == [3, 5, 3, 5])
    // Four float32 roundings of numbers below 32.
    #expect(abs(reader[0] + reader[2] - 8) < 4e-6)
    #expect(abs(reader[1] + reader[3] - 20) < 4e-6)
    #expect(abs(reader[0] - reader[2]) > 0.01)
  }

  @Test("unequal shares: one number a copy, adding up to one")
  func unequal() throws {
    let (_, reader) = try grown(Widen(widths: ["fc1": .size(4)], symmetry: .unequal))
    #expect(abs(reader[0] + reader[2] - 8) < 2e-6)
    #expect(reader[0] > 8 * 0.25 && reader[0] < 8 * 0.75 && reader[0] != 4)
  }

  @Test("zero-filled units are written at random and read with zeros")
  func zero() throws {
    let (writer, reader) = try grown(Widen(widths: ["fc1": .size(4)], symmetry: .zero))
    #expect(Array(writer[..<2]) == [3, 5])
    #expect(writer[2] != writer[3] && writer[2] != 0)
    #expect(reader == [8, 20, 0, 0])
  }

  @Test("pairs are written alike and read with opposite signs; one left over with zero")
  func pairs() throws {
    let (writer, reader) = try grown(Widen(widths: ["fc1": .size(5)], symmetry: .pairs))
    #expect(writer[2] == writer[3] && writer[2] != writer[4])
    #expect(Array(reader[..<2]) == [8, 20])
    #expect(reader[2] == -reader[3] && reader[2] != 0 && reader[4] == 0)
  }

  @Test("the paper's noise falls on the copies' writers alone")
  func noise() throws {
    let (writer, reader) = try grown(
      Widen(widths: ["fc1": .size(4)], symmetry: .noise(strength: 0.01)))
    #expect(Array(writer[..<2]) == [3, 5])
    // σ of the writer (3, 5) is 1; a draw stays within 2√3 of it.
    #expect(writer[2] != 3 && abs(writer[2] - 3) <= 0.01 * 3.4642)
    #expect(reader == [4, 10, 4, 10])
  }

  @Test("the random map draws its copies; the seed decides")
  func randomMap() throws {
    let widen = Widen(widths: ["fc1": .size(40)], symmetry: .equal, mapping: .random)
    let first = try grown(widen, seed: 1)
    #expect(try grown(widen, seed: 1) == first)
    #expect(try grown(widen, seed: 2) != first)
    let copies = first.writer.filter { $0 == 3 }.count
    #expect(first.writer != (0..<40).map { $0.isMultiple(of: 2) ? 3 : 5 })
    let shares = [Double(Float(8) / Float(copies)), Double(Float(20) / Float(40 - copies))]
    #expect(zip(first.writer, first.reader).allSatisfy { $1 == shares[$0 == 3 ? 0 : 1] })
  }

  @Test("random pad keeps old weights where they were and draws the rest")
  func randomPad() throws {
    let network = try Self.twoUnits().grown(
      by: GrowthPlan(growths: [.randomPad(RandomPad(widths: ["fc1": .size(3)]))])
    ).network
    let writer = try #require(network.parameters["fc1.weight"]).tensor().doubles()
    let reader = try #require(network.parameters["fc2.weight"]).tensor().doubles()
    #expect(Array(writer[..<2]) == [3, 5] && writer[2] != 0)
    #expect(Array(reader[..<2]) == [8, 20] && reader[2] != 0)
  }

  @Test("new classes have zero weights, at the end")
  func newClasses() throws {
    let network = try Self.twoUnits().grown(
      by: GrowthPlan(growths: [.addClasses(AddClasses(count: 2))])
    ).network
    #expect(network.parameters["fc2.weight"]?.tensor().doubles() == [8, 20, 0, 0, 0, 0])
    #expect(network.graph.outputs[0].type.dimensions == [.symbolic("N"), 3])
  }

  @Test(
    "a new head has other classes, and the layers below are as they were", arguments: [3, 1, 9])
  func replacedClasses(_ count: Int) throws {
    let network = try #require(Fixture.named("chain")).network()
    let growth = Growth.replaceClasses(ReplaceClasses(count: count))
    #expect(!growth.preservesFunction)
    let grown = try network.grown(by: GrowthPlan(seed: 3, growths: [growth])).network
    #expect(try grown.classCount() == count)
    let weight = try #require(grown.parameters["fc3.weight"])
    #expect(weight.shape == [count, 7])
    #expect(grown.parameters["fc3.bias"]?.tensor().doubles() == Array(repeating: 0, count: count))
    let old = try #require(network.parameters["fc3.weight"]).tensor().doubles()
    #expect(Set(weight.tensor().doubles()).isDisjoint(with: old))
    for name in ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"] {
      #expect(
        grown.parameters[name]?.tensor().doubles() == network.parameters[name]?.tensor().doubles())
    }
  }

  @Test("groups and flattened channels get their attributes anew")
  func attributes() throws {
    let grouped = try #require(Fixture.named("grouped")).network()
    let grown = try grouped.grown(
      by: GrowthPlan(
        growths: [.widen(Widen(widths: ["conv1[0]": .size(3), "conv1[1]": .size(4)]))])
    ).network
    guard case .convolution(let convolution)? = grown.graph.node(named: "conv2")?.operation else {
      Issue.record("conv2 is gone")
      return
    }
    #expect(convolution.groups == 3)
    #expect(grown.parameters["conv1.weight"]?.shape == [12, 2, 1, 1])
    #expect(grown.parameters["conv2.weight"]?.shape == [6, 4, 3, 3])
    #expect(grown.parameters["conv3.weight"]?.shape == [3, 6, 1, 1])
  }

  static let refusals: [(Growth, String)] = [
    (
      .widen(Widen(widths: ["fc1": .size(2)])),
      #"width "fc1" has 2; 2 would not be a growth"#
    ),
    (
      .widen(Widen(widths: ["fc1": .size(1)])),
      #"width "fc1" has 2; 1 would not be a growth"#
    ),
    (
      .widen(Widen(widths: ["fc1": .factor(0.5)])),
      #"width "fc1" has 2; 1 would not be a growth"#
    ),
    (
      .widen(Widen(widths: ["fc2": .size(4)])),
      #"width "fc2" is pinned: it is the graph's output "output""#
    ),
    (
      .widen(Widen(all: 0.5)),
      "all: a factor above 1, such as 1.5x expected, 0.5 found"
    ),
    (
      .widen(Widen()),
      "nothing to grow: no width is named, or none can grow by this factor"
    ),
    (
      .deepen(Deepen(after: ["relu"])),
      #"there is no site "relu"; did you mean "relu1"?"#
    ),
    (
      .repeatBlock(RepeatBlock(block: "block1")),
      #"there is no residual block "block1""#
    ),
    (
      .growKernel(GrowKernel(node: "fc1", kernel: [3, 3])),
      #""fc1" cannot grow so: it is a Gemm, not a convolution with a kernel"#
    ),
    (
      .addClasses(AddClasses(count: 0)),
      "count: 1 or more expected, 0 found"
    ),
    (
      .replaceClasses(ReplaceClasses(count: 0)),
      "count: 1 or more expected, 0 found"
    ),
    (
      .replaceClasses(ReplaceClasses(count: 2, output: "outptu")),
      #"output "outptu" is not known; did you mean "output"?"#
    ),
  ]

  @Test("what cannot be is refused in words", arguments: refusals)
  func refused(_ growth: Growth, _ sentence: String) throws {
    let error = #expect(throws: NetworkError.self) {
      try Self.twoUnits().grown(by: GrowthPlan(growths: [growth]))
    }
    #expect(error?.description == sentence)
  }

  @Test("a uniform width grows to multiples only")
  func unevenSize() throws {
    let network = try #require(Fixture.named("rectified layer norm")).network()
    let error = #expect(throws: NetworkError.self) {
      try network.grown(by: GrowthPlan(growths: [.widen(Widen(widths: ["fc1": .size(6)]))]))
    }
    #expect(
      error?.description
        == #"width "fc1" of 4 grows to multiples of 4 only, not to 6: every unit needs the same "#
        + #"number of copies (LayerNormalization "norm1": mean and variance)"#)
    let fresh = #expect(throws: NetworkError.self) {
      try network.grown(
        by: GrowthPlan(growths: [.widen(Widen(widths: ["fc1": .size(8)], symmetry: .zero))]))
    }
    #expect(
      fresh?.description
        == #"width "fc1" grows by copies only, and symmetry zero makes none: choose another, "#
        + "such as antithetic")
  }

  /// x (1) → h = W x + b (2) → layer norm → y = V h.
  private static func normed() -> Network {
    func parameter(_ name: String, _ values: [Float], _ shape: Shape) -> Parameter {
      Parameter(name: name, tensor: Tensor(values, shape: shape))
    }
    return Network(
      graph: Graph(
        name: "normed",
        inputs: [ValueDeclaration("x", TensorType(.float32, [.symbolic("N"), 1]))],
        outputs: [ValueDeclaration("y", TensorType(.float32, [.symbolic("N"), 1]))],
        nodes: [
          Node(name: "fc1", operation: .dense(Dense()), inputs: ["x", "w", "b"], outputs: ["h"]),
          Node(
            name: "norm", operation: .layerNormalization(LayerNormalization(epsilon: 0.06)),
            inputs: ["h", "scale", "shift"], outputs: ["n"]),
          Node(name: "fc2", operation: .dense(Dense()), inputs: ["n", "v"], outputs: ["y"]),
        ]),
      parameters: [
        parameter("w", [2, 6], [2, 1]), parameter("b", [1, 3], [2]),
        parameter("scale", [1, 3], [2]), parameter("shift", [5, 7], [2]),
        parameter("v", [10, 20], [1, 2]),
      ])
  }

  @Test("under a layer norm, what is no multiple is filled with means, and the norm is scaled")
  func meansFillUp() throws {
    let growth = Widen(widths: ["fc1": .size(7)], symmetry: .equal)
    let grown = try Self.normed().grown(by: GrowthPlan(growths: [.widen(growth)])).network
    func values(_ name: String) throws -> [Double] {
      try #require(grown.parameters[name]).tensor(as: .float64).doubles()
    }
    // Three copies of either unit, and the mean of the two.
    #expect(try values("w") == [2, 6, 2, 6, 2, 6, 4])
    #expect(try values("b") == [1, 3, 1, 3, 1, 3, 2])
    // η = √(6 / 7), ε · 6 / 7.
    let eta = (6.0 / 7).squareRoot()
    #expect(try values("scale") == [1, 3, 1, 3, 1, 3, 2].map { $0 * eta })
    #expect(try values("shift") == [5, 7, 5, 7, 5, 7, 6])
    #expect(
      grown.graph.node(named: "norm")?.operation
        == .layerNormalization(LayerNormalization(epsilon: 0.06 * (6.0 / 7))))
    // The mean has no partner and is read with 0.
    let thirds = [10, 20, 10, 20, 10, 20].map { $0 * (1.0 / 3) }
    #expect(try values("v") == thirds + [0])
  }

  @Test("means are read in twos with opposite signs, and one left over with zero")
  func meansComeInPairs() {
    let map = UnitMap.meanFilled(from: 4, to: 11, symmetry: .equal, draw: Draw(seed: 1))
    #expect(map.units.map(\.isMean) == [Bool](repeating: false, count: 8) + [true, true, true])
    #expect(map.units.suffix(3).map(\.share) == [1, -1, 0])
    #expect(map.units.suffix(3).map(\.drawKey) == [8, 8, 10])
    #expect(map.copies == [2, 2, 2, 2])
  }
}
