import Testing

@testable import Net2Net

/// A few nodes can ask for more pieces of an axis than fit in memory.
@Suite struct IntricateLayoutTests {
  private func network(
    features: Int = 4,
    _ body: (inout NetworkBuilder, NetworkBuilder.Value) throws
      -> NetworkBuilder.Value
  ) throws -> Network {
    var builder = NetworkBuilder(name: "intricate", seed: 0)
    let h = try builder.dense(builder.input([3]), features: features)
    return try builder.network(output: body(&builder, h))
  }

  private func refusal(_ network: Network) -> String {
    do {
      return "\(try Widths(of: network).all.count) widths"
    } catch {
      return "\(error)"
    }
  }

  @Test func anAxisJoinedFromItselfAgainAndAgainIsRefused() throws {
    let network = try network { builder, h in
      try (0..<40).reduce(h) { value, _ in
        try builder.layer(
          .concatenation(Concatenation(axis: 1)), [value, value], name: nil, kind: "join")
      }
    }
    #expect(
      refusal(network)
        == "the widths cannot be told apart: the axes that node \"join13\" joins and cuts are made "
        + "of too many pieces; join and cut fewer")
  }

  @Test func anAxisCutFromWhatIsLeftAgainAndAgainIsRefused() throws {
    var network = try network(features: 5000) { builder, h in try builder.relu(h, name: "last") }
    network.graph.nodes.removeLast()
    var rest = "fc1"
    for index in 0..<4998 {
      network.graph.nodes.append(
        Node(
          name: "cut\(index)", operation: .split(Split(axis: 1, sizes: [1, 4999 - index])),
          inputs: [rest], outputs: ["one\(index)", "rest\(index)"]))
      rest = "rest\(index)"
    }
    network.graph.outputs = [ValueDeclaration(rest, TensorType(.float32, [.symbolic("N"), 2]))]
    #expect(refusal(network).contains("are made of too many pieces; join and cut fewer"))
  }

  @Test func aJoinedAxisRepeatedVeryOftenIsPinned() throws {
    let network = try network { builder, h in
      let other = try builder.dense(h, features: 3, name: "other")
      let joined = try builder.concatenate([h, other])
      return try builder.layer(
        .tile(Tile(repeats: [1, .fixed(1 << 20)])), [joined], name: "tile", kind: "tile")
    }
    let widths = try Widths(of: network)
    #expect(widths["fc1"]?.freedom.name == "pinned")
    #expect(widths["other"]?.freedom.name == "pinned")
  }

  @Test func sizesOfLayoutsSaturate() {
    let layout = AxisLayout([[.constant(1 << 40), .constant(1 << 40)], [.constant(3)]])
    #expect(layout.size { _ in 1 } == .max)
    #expect(layout.simplified == AxisLayout(.constant(.max)))
  }
}
