import Net2Net
import OrderedCollections
import Testing

@testable import Net2NetFiles

@Suite struct SizeListTests {
  let sizes = SizeList([.symbolic("N"), 3, 8, 8])

  @Test func elementsAreGatheredFromEitherEnd() throws {
    let sizes = try #require(sizes)
    let last = try #require(SizeList([-1], isScalar: true))
    #expect(sizes.gathered(at: last) == SizeList([8], isScalar: true))
    let both = try #require(SizeList([0, 1]))
    #expect(sizes.gathered(at: both) == SizeList([.symbolic("N"), 3]))
    let beyond = try #require(SizeList([4]))
    #expect(sizes.gathered(at: beyond) == nil)
    let unknown = try #require(SizeList([.symbolic("N")]))
    #expect(sizes.gathered(at: unknown) == nil)
  }

  @Test func slicesStopAtTheListsEnds() throws {
    let sizes = try #require(sizes)
    #expect(sizes.sliced(from: 1, to: .max) == SizeList([3, 8, 8]))
    #expect(sizes.sliced(from: -2, to: 4) == SizeList([8, 8]))
    #expect(sizes.sliced(from: .min, to: 1) == SizeList([.symbolic("N")]))
    #expect(sizes.sliced(from: 3, to: 1) == SizeList([]))
  }

  @Test func sumsAndProductsAreNamedWhereTheyAreNotKnown() throws {
    let pair = try #require(SizeList([.symbolic("N"), 6]))
    let two = try #require(SizeList([2], isScalar: true))
    let one = try #require(SizeList([1], isScalar: true))
    #expect(SizeList.combined(.multiply, pair, two) == SizeList([.product(2, ["N"]), 12]))
    #expect(SizeList.combined(.divide, pair, two) == SizeList([.symbolic("(N/2)"), 3]))
    #expect(SizeList.combined(.multiply, pair, one) == pair)
    #expect(SizeList.combined(.multiply, one, pair) == pair)
    #expect(SizeList.combined(.subtract, two, one) == SizeList([1], isScalar: true))
  }

  @Test func whatCannotBeComputedIsNothing() throws {
    let large = try #require(SizeList([.fixed(.max)]))
    let zero = try #require(SizeList([0]))
    #expect(SizeList.combined(.add, large, large) == nil)
    #expect(SizeList.combined(.divide, large, zero) == nil)
    #expect(
      SizeList.combined(.add, try #require(SizeList([1, 2])), try #require(SizeList([1, 2, 3])))
        == nil)
    #expect(SizeList(Array(repeating: 1, count: 65)) == nil)
  }

  /// Doubling a name 64 times would need more memory than there is.
  @Test func expressionsDoNotGrowWithoutEnd() throws {
    var value = try #require(SizeList([.symbolic("N")]))
    var steps = 0
    while let next = SizeList.combined(.add, value, value), steps < 64 {
      value = next
      steps += 1
    }
    #expect(steps < 10)
  }
}

@Suite struct ShapeArithmeticTests {
  typealias N = ONNXNodeProto

  /// `x.reshape(x.shape[0], -1)` as exporters write it.
  static func flattening(version: Int) -> ModelFixture {
    ModelFixture(
      version: version, input: [0, 3, 4],
      initializers: [.integers("0", [0], isScalar: true), .integers("rest", [-1])]
        + (version < 13 ? [] : [.integers("a", [0])]),
      [
        N("Shape", ["x"], ["s"]), N("Gather", ["s", "0"], ["n"]),
        version < 13
          ? N("Unsqueeze", ["n"], ["u"]) { $0.set("axes", [0]) }
          : N("Unsqueeze", ["n", "a"], ["u"]),
        N("Concat", ["u", "rest"], ["t"]) { $0.set("axis", 0) }, N("Reshape", ["x", "t"]),
      ])
  }

  @Test(arguments: [9, 13, 20]) func reshapeToAComputedTargetIsAReshape(
    version: Int
  ) async throws {
    let network = try await Self.flattening(version: version).network()
    #expect(
      network.graph.nodes == [
        Node(
          name: "reshape1", operation: .reshape(Reshape(target: [0, -1])), inputs: ["x"],
          outputs: ["y"])
      ])
    #expect(network.parameters.isEmpty)
  }

  @Test func sizesThatSomethingElseReadsAreStillComputed() async throws {
    var fixture = Self.flattening(version: 20)
    fixture.model.graph.node.append(N("Frobnicate", ["n"], ["z"]))
    let network = try await fixture.network()
    #expect(
      network.graph.nodes.map(\.name) == ["shape1", "gather1", "reshape1", "frobnicate1"])
    #expect(Array(network.parameters.keys) == ["0"])
  }

  /// Set 9's `Unsqueeze` has no axes input, and a file of set 20 could not hold it.
  @Test func oldFormsAreRefusedOnlyWhereTheyStay() async throws {
    var fixture = Self.flattening(version: 9)
    fixture.model.graph.node.append(N("Frobnicate", ["u"], ["z"]))
    let complaint = try await fixture.complaint()
    #expect(
      complaint.hasPrefix("node \"unsqueeze1\" (Unsqueeze): operator set 9 defines it differently"))
  }

  @Test func sizesThatAreAllKnownBecomeAParameter() async throws {
    let network = try await ModelFixture(
      output: [2, 3], initializers: [.integers("1", [1])],
      [N("Shape", ["x"], ["s"]), N("Gather", ["s", "1"], ["f"]), N("Frobnicate", ["f"])]
    ).network()
    #expect(network.graph.nodes.map(\.name) == ["frobnicate1"])
    #expect(network.parameters["f"]?.tensor().doubles() == [4])
  }
}
