import Net2Net
import Testing

@Suite struct FixedSizesTests {
  /// x (N, H, W) with the operators that name sizes of its axes.
  private func network() -> Network {
    let (n, h, w) = (Dimension.symbolic("N"), Dimension.symbolic("H"), Dimension.symbolic("W"))
    let type = TensorType(.float32, [n, h, w])
    return Network(
      graph: Graph(
        name: "sizes", inputs: [ValueDeclaration("x", type)],
        outputs: [
          ValueDeclaration("y", TensorType(.float32, [n, .symbolic("any")])),
          ValueDeclaration("s", TensorType(.int64, [2])),
        ],
        nodes: [
          Node(
            name: "reshape",
            operation: .reshape(
              Reshape(target: [n, Dimension.product(of: [h, w]) ?? 0])),
            inputs: ["x"], outputs: ["y"]),
          Node(
            name: "sizes", operation: .sizeList(SizeList([h, n])), inputs: [], outputs: ["s"]),
        ]), parameters: [])
  }

  @Test func sizesAreFixedWhereverTheyAreNamed() throws {
    let fixed = try network().fixing(["H": 2, "W": 3])
    #expect(fixed.graph.inputs[0].type == TensorType(.float32, [.symbolic("N"), 2, 3]))
    #expect(fixed.graph.outputs[0].type == TensorType(.float32, [.symbolic("N"), 6]))
    #expect(
      fixed.graph.nodes.map(\.operation) == [
        .reshape(Reshape(target: [.symbolic("N"), 6])), .sizeList(SizeList([2, .symbolic("N")])),
      ])
    #expect(fixed.graph.symbols == ["N"])
  }

  @Test func sizesThatAreNotNamedStayOpen() throws {
    let fixed = try network().fixing(["W": 3])
    let rest = try #require(Dimension.product(of: [3, .symbolic("H")]))
    #expect(fixed.graph.outputs[0].type == TensorType(.float32, [.symbolic("N"), rest]))
    #expect(try network().fixing([:]).graph.nodes == network().graph.nodes)
  }
}
