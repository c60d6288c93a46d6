import Net2Net
import Testing

@Suite struct TileTests {
  static func tile(_ repeats: Dimension...) -> Operator { .tile(Tile(repeats: repeats)) }

  static let rules: [ShapeRule] = [
    ShapeRule(tile(1, 3), [float32(N, 2)], "float32(N, 6)"),
    ShapeRule(tile(N, 2), [float32(1, 2)], "float32(N, 4)"),
    ShapeRule(tile(4, 1), [float32(N, 2)], "float32(4*N, 2)"),
    ShapeRule(tile(2), [float32(N, 2)], "repeats of (2) do not suit float32(N, 2)"),
    ShapeRule(tile(1, -1), [float32(N, 2)], "repeats of (1, -1) do not suit float32(N, 2)"),
    ShapeRule(tile(.fixed(.max), 2), [float32(2, 2)], "\(Int.max) times 2 is too long"),
  ]

  @Test(arguments: rules)
  func axesAreAsLongAsTheirRepetitions(rule: ShapeRule) { rule.check() }

  @Test func theWholeIsRepeated() {
    let relations = Tile(repeats: [1, 3])
      .axisRelations(inputs: [float32(N, 2)], outputs: [float32(N, 6)])
    #expect(
      relations == [
        .same(.input(0, axis: 0), .output(0, axis: 0)),
        .regrouped([.constant(3), .input(0, axis: 1)], [.output(0, axis: 1)]),
      ])
  }
}

@Suite struct CountingRangeTests {
  static let rules: [ShapeRule] = [
    ShapeRule(.range(CountingRange(limit: N)), [], "int64(N)"),
    ShapeRule(.range(CountingRange(limit: -1)), [], "0 ..< -1 is no range"),
  ]

  @Test(arguments: rules) func thereAreAsManyNumbersAsTheLimit(rule: ShapeRule) { rule.check() }
}

@Suite struct SizeListTests {
  static let rules: [ShapeRule] = [
    ShapeRule(.sizeList(SizeList([N, 3])), [], "int64(2)"),
    ShapeRule(.sizeList(SizeList([N], isScalar: true)), [], "int64()"),
  ]

  @Test(arguments: rules) func thereIsANumberForEachSize(rule: ShapeRule) { rule.check() }

  @Test func aSizeThatNoInputHasIsRefused() {
    let network = Network(
      graph: Graph(
        name: "g", inputs: [], outputs: [ValueDeclaration("y", TensorType(.int64, [1]))],
        nodes: [
          Node(name: "size", operation: .sizeList(SizeList([N])), inputs: [], outputs: ["y"])
        ]),
      parameters: [])
    let error = #expect(throws: NetworkError.self) { try network.validate() }
    #expect(error?.description.contains("no graph input has an axis of size N") == true)
  }
}

@Suite struct ExpandTests {
  static func expand(_ target: Dimension...) -> Operator { .expand(Expand(target: target)) }

  static let rules: [ShapeRule] = [
    ShapeRule(expand(N, 1, 768), [float32(1, 1, 768)], "float32(N, 1, 768)"),
    ShapeRule(expand(N, 1, 1), [float32(1, 5, 768)], "float32(N, 5, 768)"),
    ShapeRule(expand(3), [float32(N, 1)], "float32(N, 3)"),
    ShapeRule(expand(N, 4), [float32()], "float32(N, 4)"),
    ShapeRule(expand(), [float32()], "float32()"),
    ShapeRule(expand(N, 4), [float32(3)], "(3) and (N, 4) cannot be broadcast together"),
    ShapeRule(expand(N, -1), [float32(3)], "the target (N, -1) has a negative size"),
  ]

  @Test(arguments: rules)
  func axesOfSizeOneStretch(rule: ShapeRule) { rule.check() }

  @Test func stretchedAxesGrowByTheirTarget() {
    let expand = Expand(target: [N, 3, 1, 32])
    let output = float32(N, 3, 49, 32)
    let relations = expand.axisRelations(inputs: [float32(N, 3, 49, 1)], outputs: [output])
    #expect(relations.contains(.same(.input(0, axis: 1), .output(0, axis: 1))))
    #expect(
      relations.contains(.same(.output(0, axis: 3), .local("copies, axis 3", size: 32))))
    let grown = expand.resized(outputs: [output]) { $0 == .output(0, axis: 3) ? 48 : 3 }
    #expect(grown == .expand(Expand(target: [N, 3, 1, 48])))
  }

  @Test func sizesThatNoInputTellsAreRefused() throws {
    let graph = Graph(
      name: "g", inputs: [ValueDeclaration("x", float32(1, 4))],
      outputs: [ValueDeclaration("y", float32(N, 4))],
      nodes: [Node(name: "e", operation: Self.expand(N, 4), inputs: ["x"], outputs: ["y"])])
    let error = #expect(throws: NetworkError.self) {
      try Network(graph: graph, parameters: []).validate()
    }
    #expect(
      error?.description == "node \"e\" (Expand): no graph input has an axis of size N")
  }
}
