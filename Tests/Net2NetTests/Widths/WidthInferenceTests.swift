import Net2Net
import OrderedCollections
import TestSupport
import Testing

@Suite("Width inference")
struct WidthInferenceTests {
  /// `name size freedom` of every width that a parameter runs along.
  static let expected: [(fixture: String, widths: [String])] = [
    ("chain", ["fc1 5 free", "fc2 7 free", "fc3 3 pinned", "input 6 pinned"]),
    ("flattened channels", ["conv1 4 free", "fc1 3 pinned", "input 2 pinned"]),
    ("residual", ["conv1 4 free", "block.conv1 6 free", "fc1 3 pinned", "input 2 pinned"]),
    (
      "joined branches",
      ["conv1 3 free", "conv2 5 free", "conv3 4 free", "fc1 3 pinned", "input 2 pinned"]
    ),
    ("depthwise", ["conv1 4 free", "conv3 3 free", "fc1 2 pinned", "input 2 pinned"]),
    (
      "depthwise multiplier",
      ["conv1 3 free", "conv2[1] 2 free", "conv3 4 free", "fc1 2 pinned", "input 2 pinned"]
    ),
    (
      "grouped",
      [
        "conv1[0] 2 free", "conv1[1] 3 free", "conv2[1] 2 free", "conv3 3 free", "fc1 2 pinned",
        "input 2 pinned",
      ]
    ),
    (
      "gate",
      ["conv1 4 free", "gate.conv1 2 free", "conv2 3 free", "fc1 2 pinned", "input 2 pinned"]
    ),
    ("layer norm", ["fc1 4 free", "fc2 6 free", "fc3 3 pinned", "input 5 pinned"]),
    (
      "rectified layer norm",
      ["fc1 4 uniform", "fc2 6 free", "fc3 3 pinned", "input 5 pinned"]
    ),
    ("root mean squares", ["fc1 5 free", "block.fc1 4 free", "fc2 3 pinned", "input 6 pinned"]),
    (
      "group norm",
      ["conv1[0] 3 free", "conv1[1] 2 uniform", "conv2 4 free", "fc1 3 pinned", "input 2 pinned"]
    ),
    (
      "group norm in pieces",
      ["conv1[0] 3 free", "conv1[1] 2 uniform", "fc1 3 pinned", "input 2 pinned"]
    ),
    ("lengths and letters", ["fc1 5 free", "einsum1 4 uniform", "fc2 3 pinned", "input 6 pinned"]),
    (
      "regrouped features",
      ["fc1[0] 2 free", "fc1[1] 4 free", "fc2 3 pinned", "input 5 pinned"]
    ),
    (
      "embedded tokens",
      [
        "embed1 6 free", "project1 4 free", "fc1 5 free", "fc2 3 pinned", "start1 1 free",
      ]
    ),
    (
      "placed elements",
      [
        "fc1 4 free", "fc2[0] 2 pinned", "fc2[1] 3 pinned", "fc3 3 pinned", "input 5 pinned",
        "tile1[0] 1 free", "tile1[2] 2 free", "concat2[0] 1 pinned", "concat2[3] 6 pinned",
      ]
    ),
    (
      "sliced channels",
      ["conv1[0] 3 free", "conv1[1] 4 free", "conv2 4 free", "fc1 2 pinned", "input 2 pinned"]
    ),
    (
      "attention",
      [
        "linear1 8 free", "block.linear1[0] 2 free", "block.linear1[1] 3 free",
        "block.linear3[1] 3 free", "linear2 4 free",
        "fc1 3 pinned", "plus2 5 pinned", "input 6 pinned",
      ]
    ),
    (
      "tied head behind a layer norm",
      [
        "embed1 6 free", "block.linear1 8 free", "product1 7 pinned", "fc1 3 pinned",
        "plus1 5 pinned",
      ]
    ),
    (
      "overwritten bias",
      [
        "linear1 8 free", "qkv1[0] 2 free", "qkv1[1] 3 free", "linear2 4 free", "fc1 3 pinned",
        "input 6 pinned", "flatten1[0] 5 pinned",
      ]
    ),
    (
      "windows",
      [
        "linear1 8 free", "linear2 5 free", "fc1 3 pinned", "input 6 pinned",
        "flatten1[0] 2 pinned", "flatten1[1] 2 pinned",
      ]
    ),
  ]

  @Test("finds what grows together", arguments: expected)
  func widths(_ fixture: String, _ expected: [String]) throws {
    let network = try #require(Fixture.named(fixture)).network()
    let found = try summary(of: network)
    #expect(found == expected)
  }

  private func summary(of network: Network) throws -> [String] {
    try Widths(of: network).all.filter { !$0.uses.isEmpty }
      .map { "\($0.name) \($0.size) \($0.freedom.name)" }
  }

  @Test("a layout says how an axis is made up")
  func layouts() throws {
    func layout(_ fixture: String, _ parameter: String, axis: Int) throws -> String {
      let widths = try Widths(of: #require(Fixture.named(fixture)).network())
      return widths.description(of: try #require(widths.layout(of: parameter, axis: axis)))
    }
    #expect(try layout("flattened channels", "fc1.weight", axis: 1) == "conv1 × 9")
    #expect(
      try layout("joined branches", "conv3.weight", axis: 1) == "conv1 ++ conv2 ++ conv1")
    #expect(try layout("grouped", "conv1.weight", axis: 0) == "conv1[0] × conv1[1]")
    #expect(try layout("grouped", "conv2.weight", axis: 1) == "conv1[1]")
    #expect(
      try layout("depthwise multiplier", "conv3.weight", axis: 1) == "conv1 × conv2[1]")
    #expect(try layout("regrouped features", "fc2.weight", axis: 1) == "fc1[1] × fc1[0]")
  }

  @Test("roles: who makes a width, who goes along, who sums over it")
  func roles() throws {
    let widths = try Widths(of: #require(Fixture.named("depthwise")).network())
    let uses = try #require(widths["conv1"]).uses
    let writers = uses.filter { $0.role == .writer }.map(\.parameter)
    let readers = uses.filter { $0.role == .reader }.map(\.parameter)
    let carriers = uses.filter { $0.role == .carrier }.map(\.parameter)
    #expect(writers == ["conv1.weight", "conv1.bias", "conv2.bias"])
    #expect(readers == ["conv3.weight"])
    #expect(
      carriers == ["conv2.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"])
  }

  @Test("a softmax over a width pins it, with its reason")
  func softmaxPins() throws {
    var builder = NetworkBuilder(name: "attention", seed: 1)
    var h = try builder.dense(builder.input([3]), features: 4)
    h = try builder.softmax(h)
    let network = try builder.network(output: builder.dense(h, features: 2))
    let width = try #require(try Widths(of: network)["fc1"])
    #expect(
      width.freedom.reasons.map(\.description)
        == ["Softmax \"softmax1\": probabilities over it would be shared"])
    #expect(
      throws: NetworkError.pinnedWidth("fc1", reasons: width.freedom.reasons.map(\.description))
    ) {
      try network.grown(by: GrowthPlan(growths: [.widen(Widen(widths: ["fc1": .size(8)]))]))
    }
  }

  @Test("a split joins its pieces' widths into the whole, and its sizes grow")
  func split() throws {
    let network = try Self.splitNetwork()
    #expect(
      try summary(of: network)
        == ["fc1[0] 2 free", "fc1[1] 3 free", "fc2 2 pinned", "input 4 pinned"])
    let grown = try network.grown(
      by: GrowthPlan(growths: [.widen(Widen(widths: ["fc1[1]": .size(5)]))])
    ).network
    #expect(grown.graph.node(named: "split")?.operation == .split(Split(axis: -1, sizes: [2, 5])))
    #expect(grown.parameters["fc1.weight"]?.shape == [7, 4])
    #expect(grown.parameters["fc2.weight"]?.shape == [2, 5])
  }

  /// fc1 makes 5 features; a split keeps 2 and passes 3 on.
  private static func splitNetwork() throws -> Network {
    func weight(_ name: String, _ shape: Shape) -> Parameter {
      Parameter(name: name, elementType: .float32, shape: shape, filling: .constant(1))
    }
    return Network(
      graph: Graph(
        name: "split",
        inputs: [ValueDeclaration("input", TensorType(.float32, [.symbolic("N"), 4]))],
        outputs: [ValueDeclaration("output", TensorType(.float32, [.symbolic("N"), 2]))],
        nodes: [
          Node(
            name: "fc1", operation: .dense(Dense()), inputs: ["input", "fc1.weight"],
            outputs: ["h"]),
          Node(
            name: "split", operation: .split(Split(axis: -1, sizes: [2, 3])), inputs: ["h"],
            outputs: ["kept", "passed"]),
          Node(
            name: "fc2", operation: .dense(Dense()), inputs: ["passed", "fc2.weight"],
            outputs: ["output"]),
        ]),
      parameters: [weight("fc1.weight", [5, 4]), weight("fc2.weight", [2, 3])])
  }

  /// y = (x Wᵀ) W, with φ between the two.
  private static func tiedNetwork(_ between: Operator) -> Network {
    let weight = Parameter(name: "w", tensor: Tensor([3, 4, 5] as [Float], shape: [1, 3]))
    let type = TensorType(.float32, [.symbolic("N"), 3])
    return Network(
      graph: Graph(
        name: "tied", inputs: [ValueDeclaration("input", type)],
        outputs: [ValueDeclaration("output", type)],
        nodes: [
          Node(
            name: "encode", operation: .dense(Dense(transposesWeight: true)),
            inputs: ["input", "w"], outputs: ["h"]),
          Node(name: "between", operation: between, inputs: ["h"], outputs: ["phi"]),
          Node(
            name: "decode", operation: .dense(Dense(transposesWeight: false)),
            inputs: ["phi", "w"], outputs: ["output"]),
        ]),
      parameters: [weight])
  }

  @Test("a parameter that writes and reads one width is copied with one factor for both")
  func tied() throws {
    let network = Self.tiedNetwork(.activation(Activation(.relu)))
    let width = try #require(try Widths(of: network)["encode"])
    #expect(width.freedom == .free)
    #expect(width.copying == .isometric)
    let growth = Widen(widths: ["encode": .size(4)], symmetry: .equal)
    let grown = try network.grown(by: GrowthPlan(growths: [.widen(growth)])).network
    // Four copies of the row, each divided by √4.
    #expect(
      try #require(grown.parameters["w"]).tensor().doubles()
        == [1.5, 2, 2.5, 1.5, 2, 2.5, 1.5, 2, 2.5, 1.5, 2, 2.5])
  }

  /// h = x W, ĥ = h / ‖h‖, y = ĥ ĥᵀ: cosine similarity.
  @Test("a length that vectors are divided by stays one number for all copies")
  func normalisedVectors() throws {
    var builder = NetworkBuilder(name: "cosine", seed: 1)
    let h = try builder.dense(builder.input([5]), features: 4)
    let length = try builder.layer(
      .reduction(Reduction(.l2, axes: [1], keepsAxes: true)), [h], name: "length", kind: "length")
    let stretched = try builder.layer(
      .expand(Expand(target: [.symbolic("N"), 4])), [length], name: "stretched", kind: "expand")
    let unit = try builder.layer(
      .elementwise(Elementwise(.divide)), [h, stretched], name: "unit", kind: "divide")
    let width = try #require(
      try Widths(of: builder.network(output: builder.dense(unit, features: 2)))["fc1"])
    #expect(width.freedom == .free)
    #expect(width.copying == .isometric)
  }

  @Test("where a function lies between, a tied parameter cannot be scaled and pins, saying why")
  func tiedAcrossAFunction() throws {
    let network = Self.tiedNetwork(.activation(Activation(.tanh)))
    let width = try #require(try Widths(of: network)["encode"])
    #expect(
      width.freedom.reasons.map(\.description) == [
        #""w" makes it in "encode" and sums over it in "decode", and no scaled copies pass Tanh "between""#
      ])
  }

  @Test("a last norm takes up what a tied head would sum over too often")
  func tiedBehindANorm() throws {
    let network = try #require(Fixture.named("tied head behind a layer norm")).network()
    func values(_ name: String, in network: Network) throws -> [Double] {
      try #require(network.parameters[name]).tensor(as: .float64).doubles()
    }
    let growth = Widen(widths: ["embed1": .size(15)], symmetry: .equal)
    let grown = try network.grown(by: GrowthPlan(growths: [.widen(growth)])).network
    // Two copies of each unit, and three that hold the mean of a token's six.
    let (old, new) = (try values("table", in: network), try values("table", in: grown))
    #expect(Array(new[..<12]) == Array(old[..<6] + old[..<6]))
    #expect(new[12..<15].allSatisfy { abs($0 - old[..<6].reduce(0, +) / 6) < 1e-12 })
    // Halved for two copies, and by √(12/15) for what the variance lacks.
    let (scale, shift) = (try values("last.weight", in: grown), try values("last.bias", in: grown))
    let scaleOfOne = try values("last.weight", in: network)[0]
    #expect(abs(scale[0] - scaleOfOne * (0.8).squareRoot() / 2) < 1e-12)
    #expect(try shift[..<6] == ArraySlice(values("last.bias", in: network).map { $0 / 2 }))
    #expect(scale[12...] == [0, 0, 0] && shift[12...] == [0, 0, 0])
  }

  @Test("a tied parameter whose norm others read too stays pinned")
  func tiedBehindANormThatOthersRead() throws {
    var network = try #require(Fixture.named("tied head behind a layer norm")).network()
    let last = try #require(network.graph.nodes.firstIndex { $0.name == "last" })
    network.graph.nodes.insert(
      Node(name: "seen", operation: .identity(Identity()), inputs: ["last"], outputs: ["seen"]),
      at: last + 1)
    let width = try #require(try Widths(of: network)["embed1"])
    #expect(width.freedom.name == "pinned")
    #expect(
      width.freedom.sentences[0]
        == #""table" makes it in "embed1" and sums over it in "product1", "#
        + #"and no scaled copies pass LayerNormalization "block.norm1" and 1 more"#)
  }

  @Test("an operator nobody knows pins what it touches, and only that")
  func opaque() throws {
    var builder = NetworkBuilder(name: "opaque", seed: 1)
    var h = try builder.relu(builder.dense(builder.input([3]), features: 4))
    h = try builder.layer(
      .opaque(
        OpaqueOperator(
          domain: "com.example", type: "Mystery", attributes: [],
          declaredOutputs: [TensorType(.float32, [.symbolic("N"), 5])])),
      [builder.dense(h, features: 5)], name: "mystery", kind: "opaque")
    let network = try builder.network(output: builder.dense(h, features: 2))
    let widths = try Widths(of: network)
    #expect(widths["fc1"]?.freedom == .free)
    #expect(
      widths["fc2"]?.freedom.reasons.map(\.description)
        == ["com.example.Mystery \"mystery\": nothing is known of this operator"])
    let grown = try network.grown(
      by: GrowthPlan(growths: [.widen(Widen(widths: ["fc1": .size(6)]))]))
    #expect(grown.network.graph.node(named: "mystery") == network.graph.node(named: "mystery"))
  }

  @Test("axes that are divided differently pin everything involved")
  func mismatch() throws {
    var builder = NetworkBuilder(name: "mismatch", seed: 1)
    let h = try builder.dense(builder.input([3]), features: 6)
    let swapped = try builder.reshape(
      builder.transpose(builder.reshape(h, to: [0, 2, 3]), permutation: [0, 2, 1]), to: [0, 6])
    let sum = try builder.add(h, swapped, name: "sum")
    let network = try builder.network(output: builder.dense(sum, features: 2))
    // (2 × 3) read as (3 × 2): no cut makes them one.
    for width in try Widths(of: network).all where width.name.hasPrefix("fc1") {
      #expect(width.freedom.name == "pinned")
      #expect(
        width.freedom.reasons.map(\.description)
          == ["Add \"sum\": axes that would be one are divided differently"])
    }
  }

  @Test("what several operators say alike is said once, with their number")
  func sentences() {
    func norm(_ node: String) -> Freedom.Reason {
      .operation(node: node, name: "LayerNormalization", reason: "a mean over it")
    }
    let freedom = Freedom.pinned([
      norm("a"), .graphOutput("y"), norm("b"), .mismatch(node: "s", name: "Split"), norm("c"),
      .unscalable(node: "t", name: "Tanh", needed: .contracted(node: "p")),
      .unscalable(node: "u", name: "Tanh", needed: .contracted(node: "q")),
    ])
    #expect(
      freedom.sentences == [
        #"LayerNormalization "a" and 2 more: a mean over it"#, #"it is the graph's output "y""#,
        #"Split "s": axes that would be one are divided differently"#,
        #"two activations are multiplied and summed over it in "p", and no scaled copies pass Tanh "t""#
          + " and 1 more",
      ])
  }

  /// Were each piece a view of its own, there would be 2⁴⁰ of them in the end.
  @Test("a parameter put together again many times is followed once", .timeLimit(.minutes(1)))
  func repeatedJoins() throws {
    var builder = NetworkBuilder(name: "joined", seed: 1)
    let input = builder.input([4])
    var bias = builder.constant(
      "bias", Tensor(elementType: .float32, shape: [4]) { Double($0) / 4 })
    for _ in 0..<40 {
      var pieces: [NetworkBuilder.Value] = []
      for start in [0, 2] {
        let cut = Slice.Cut(axis: 0, start: start, count: .fixed(2))
        pieces.append(
          try builder.layer(.slice(Slice([cut])), [bias], name: nil, kind: "piece"))
      }
      bias = try builder.layer(
        .concatenation(Concatenation(axis: 0)), pieces, name: nil, kind: "joined")
    }
    let sum = try builder.layer(
      .elementwise(Elementwise(.add)), [input, bias], name: nil, kind: "plus")
    let network = try builder.network(output: sum)
    #expect(network.kind(ofParameter: "bias") == .bias)
  }

  @Test("a misspelt width is answered with the nearest")
  func nearestNames() throws {
    let network = try #require(Fixture.named("chain")).network()
    let error = #expect(throws: NetworkError.self) {
      try network.grown(by: GrowthPlan(growths: [.widen(Widen(widths: ["cf1": .size(8)]))]))
    }
    #expect(
      error?.description
        == #"there is no width "cf1"; did you mean "fc1"?"#)
  }
}
