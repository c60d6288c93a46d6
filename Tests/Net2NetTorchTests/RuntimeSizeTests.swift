import Net2Net
import Net2NetTorch
import TestSupport
import Testing

/// Sizes that the inputs of a run decide, and integers drawn for lookups.
@Suite(.requiresTorch)
struct RuntimeSizeTests {
  /// tokens (N, T) → `operation` of a table (8, 2) → y.
  private func network(_ operation: Operator, _ output: Dimension...) -> Network {
    let tokens = TensorType(.int64, [.symbolic("N"), .symbolic("T")])
    let table = Tensor((0..<16).map(Float.init), shape: [8, 2])
    return Network(
      graph: Graph(
        name: "g", inputs: [ValueDeclaration("tokens", tokens)],
        outputs: [ValueDeclaration("y", TensorType(.float32, output))],
        nodes: [Node(name: "node", operation: operation, inputs: ["table"], outputs: ["y"])]),
      parameters: [Parameter(name: "table", tensor: table)])
  }

  private func tokens(_ rows: Int, _ columns: Int) -> [String: Tensor] {
    ["tokens": Tensor(elementType: .int64, shape: [rows, columns], repeating: 0)]
  }

  @Test func expandCopiesOncePerExample() throws {
    let rows = try #require(Dimension.product(of: [.symbolic("N"), 2]))
    let expand = Operator.expand(Expand(target: [rows, 8, 2]))
    let engine = try CompiledNetwork(network(expand, rows, 8, 2))
    #expect(try engine.run(tokens(3, 5))["y"]?.shape == [6, 8, 2])
    #expect(try engine.run(tokens(1, 5))["y"]?.shape == [2, 8, 2])
  }

  @Test func reshapeTakesSeveralSizesFromTheInputs() throws {
    let (rows, columns) = (Dimension.symbolic("N"), Dimension.symbolic("T"))
    let reshape = Operator.reshape(Reshape(target: [rows, columns, 2, -1]))
    // A table of 16 numbers for N · T · 2 · rest = 16.
    var reshaped = network(reshape, rows, columns, 2, 1)
    reshaped.graph.outputs[0].type.dimensions[3] = .symbolic("R")
    reshaped.graph.nodes[0].inputs = ["table"]
    #expect(throws: NetworkError.self) { try reshaped.validate() }
    var expanded = network(.expand(Expand(target: [rows, columns, 8, 2])), rows, columns, 16)
    expanded.graph.nodes[0].outputs = ["all"]
    let rowsTimesColumns = try #require(Dimension.product(of: [rows, columns]))
    expanded.graph.nodes += [
      Node(
        name: "joined", operation: .reshape(Reshape(target: [-1, 16])), inputs: ["all"],
        outputs: ["rows"]),
      Node(
        name: "cut", operation: .reshape(Reshape(target: [rows, columns, 16])), inputs: ["rows"],
        outputs: ["y"]),
    ]
    #expect(try expanded.validate()["rows"]?.dimensions == [rowsTimesColumns, 16])
    let engine = try CompiledNetwork(expanded)
    #expect(try engine.run(tokens(3, 5))["y"]?.shape == [3, 5, 16])
    #expect(try engine.run(tokens(5, 3))["y"]?.shape == [5, 3, 16])
  }

  @Test func sizesAreNumbersToComputeWith() throws {
    let (rows, columns) = (Dimension.symbolic("N"), Dimension.symbolic("T"))
    let product = try #require(Dimension.product(of: [4, rows]))
    for (list, expected) in [
      (SizeList([columns, 7, product]), Tensor([Int64(5), 7, 12], shape: [3])),
      (SizeList([columns], isScalar: true), Tensor([Int64(5)], shape: [])),
    ] {
      var sizes = network(.sizeList(list), 3)
      sizes.graph.nodes[0].inputs = []
      sizes.graph.outputs[0].type = TensorType(.int64, expected.shape)
      let found = try #require(try CompiledNetwork(sizes).run(tokens(3, 5))["y"])
      #expect(found.shape == expected.shape && found.integers() == expected.integers())
    }
  }

  @Test func drawnLengthsAreNoBatchSizes() throws {
    let identity = network(.identity(Identity()), 8, 2)
    #expect(try Verification().drawnInputs(for: identity)["tokens"]?.shape == [8, 9])
  }

  @Test func rangeCountsTheTokens() throws {
    let length = Dimension.symbolic("T")
    var counting = network(.range(CountingRange(limit: length)), length)
    counting.graph.nodes[0].inputs = []
    counting.graph.outputs[0].type.elementType = .int64
    let engine = try CompiledNetwork(counting)
    #expect(try engine.run(tokens(1, 4))["y"]?.integers() == [0, 1, 2, 3])
  }

  @Test func sliceTakesAsManyPositionsAsThereAreTokens() throws {
    let length = Dimension.symbolic("T")
    let slice = Operator.slice(Slice([Slice.Cut(axis: 0, start: 0, count: length)]))
    let engine = try CompiledNetwork(network(slice, length, 2))
    #expect(try engine.run(tokens(1, 2))["y"]?.doubles() == [0, 1, 2, 3])
    let error = #expect(throws: EngineError.self) { try engine.run(tokens(1, 9)) }
    #expect(
      error?.description
        == "inputs \"tokens\" int64(1, 9): node \"node\" (Slice): 9 entries from 0 on in steps of 1 "
        + "do not lie within 8, axis 0")
  }

  @Test func drawnIntegersCanBeLookedUp() throws {
    var builder = NetworkBuilder(name: "lookup", seed: 1)
    let tokens = builder.input([40], elementType: .int64)
    let flags = builder.input([40], elementType: .int64, name: "flags")
    let table = try builder.embedding(
      try builder.reshape(tokens, to: [0, 8, 5]), count: 9, features: 2)
    let flat = try builder.flatten(table)
    let network = try builder.network(
      output: builder.concatenate([
        flat, try builder.layer(.cast(Cast(to: .float32)), [flags], name: nil, kind: "cast"),
      ]))
    let inputs = try Verification().drawnInputs(for: network)
    #expect(Set(try #require(inputs["input"]).doubles()) == Set((0..<9).map(Double.init)))
    #expect(Set(try #require(inputs["flags"]).doubles()) == [0, 1])
  }

  @Test func drawnIntegersCanBeLookedUpAfterTheyWereMoved() throws {
    var builder = NetworkBuilder(name: "lookup", seed: 1)
    let tokens = builder.input([4], elementType: .int64)
    let twice = try builder.layer(.tile(Tile(repeats: [1, 2])), [tokens], name: nil, kind: "tile")
    let network = try builder.network(
      output: builder.flatten(builder.embedding(twice, count: 9, features: 2)))
    var drawing = Verification()
    drawing.batchSize = 40
    let drawn = try #require(drawing.drawnInputs(for: network)["input"]).doubles()
    #expect(Set(drawn) == Set((0..<9).map(Double.init)))
  }
}
