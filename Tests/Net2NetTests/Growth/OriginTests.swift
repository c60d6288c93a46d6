import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import Net2Net

@Suite("Origins")
struct OriginTests {
  private func fixture(_ name: String) throws -> Network {
    try #require(Fixture.named(name)).network()
  }

  private func grown(_ network: Network, _ growths: Growth...) throws -> Grown {
    try network.grown(by: GrowthPlan(seed: 3, growths: growths))
  }

  private static func grown(_ names: String...) -> [String: Origin] {
    Dictionary(uniqueKeysWithValues: names.map { ($0, .grown(from: $0)) })
  }

  // MARK: Each growth

  @Test("a wider layer, and what reads it, has grown")
  func widened() throws {
    let origins = try grown(fixture("chain"), .widen(Widen(widths: ["fc1": .size(6)]))).origins
    #expect(origins.parameters == Self.grown("fc1.weight", "fc1.bias", "fc2.weight"))
    #expect(origins.nodes.isEmpty)
  }

  @Test("a node has grown where its attributes name a size")
  func grownNode() throws {
    let origins = try grown(
      fixture("regrouped features"), .widen(Widen(widths: ["fc1[0]": .factor(2)]))
    ).origins
    #expect(origins.nodes["reshape1"] == .grown(from: "reshape1"))
    #expect(origins.nodes["fc1"] == nil)
  }

  @Test("inserted layers know their site, its insertions and their part")
  func inserted() throws {
    let deepen = Growth.deepen(Deepen(after: ["relu1"]))
    let origins = try grown(fixture("chain"), deepen, deepen).origins
    #expect(
      origins.parameters == [
        "relu1.deeper.fc.weight": .inserted(at: "relu1", number: 1, part: "fc.weight"),
        "relu1.deeper.fc.bias": .inserted(at: "relu1", number: 1, part: "fc.bias"),
        "relu1.deeper#2.fc.weight": .inserted(at: "relu1", number: 2, part: "fc.weight"),
        "relu1.deeper#2.fc.bias": .inserted(at: "relu1", number: 2, part: "fc.bias"),
      ])
    #expect(
      origins.nodes == [
        "relu1.deeper.fc": .inserted(at: "relu1", number: 1, part: "fc"),
        "relu1.deeper.act": .inserted(at: "relu1", number: 1, part: "act"),
        "relu1.deeper#2.fc": .inserted(at: "relu1", number: 2, part: "fc"),
        "relu1.deeper#2.act": .inserted(at: "relu1", number: 2, part: "act"),
      ])
  }

  @Test("several kernels are parts of one insertion")
  func insertedPair() throws {
    let deepen = Deepen(after: ["relu1"], kernels: [[1, 3], [3, 1]])
    let nodes = try grown(fixture("flattened channels"), .deepen(deepen)).origins.nodes
    #expect(
      nodes == [
        "relu1.deeper1.conv": .inserted(at: "relu1", number: 1, part: "1.conv"),
        "relu1.deeper1.act": .inserted(at: "relu1", number: 1, part: "1.act"),
        "relu1.deeper2.conv": .inserted(at: "relu1", number: 1, part: "2.conv"),
        "relu1.deeper2.act": .inserted(at: "relu1", number: 1, part: "2.act"),
      ])
  }

  @Test("copies know their block and differ in their number")
  func copied() throws {
    let network = try fixture("residual")
    let origins = try grown(
      network, .repeatBlock(RepeatBlock(block: "block", times: 3)),
      .repeatBlock(RepeatBlock(block: "block"))
    ).origins
    let copies = [("block~2", 2), ("block~3", 3), ("block~2#2", 4)]
    for (prefix, copy) in copies {
      #expect(
        origins.parameters["\(prefix).conv1.weight"]
          == .copied(from: "block.conv1.weight", block: "block", copy: copy))
      #expect(
        origins.nodes["\(prefix).bn2"] == .copied(from: "block.bn2", block: "block", copy: copy))
    }
    let owned = network.parameters.keys.filter { $0.hasPrefix("block.") }.count
    #expect(origins.parameters.count == owned * 3)
  }

  @Test("a layer of a dense block is a copy, and what reads it has grown")
  func copiedBranch() throws {
    let origins = try grown(
      fixture("dense block"), .repeatBlock(RepeatBlock(block: "layer1"))
    ).origins
    #expect(
      origins.parameters["layer1~2.conv1.weight"]
        == .copied(from: "layer1.conv1.weight", block: "layer1", copy: 2))
    #expect(origins.parameters["layer1.conv1.weight"] == nil)
    #expect(origins.parameters["layer2.conv1.weight"] == .grown(from: "layer2.conv1.weight"))
    #expect(
      origins.nodes["layer1~2.input"] == .inserted(at: "layer1.conv2", number: 1, part: "input"))
    // The joins that read the new layer too.
    #expect(origins.nodes.values.filter { if case .grown = $0 { true } else { false } }.count == 2)
  }

  @Test("larger kernels, new classes and baselines are grown from what was there")
  func others() throws {
    let chain = try fixture("chain")
    let kernel = try grown(
      fixture("flattened channels"), .growKernel(GrowKernel(node: "conv1", kernel: [5, 5]))
    ).origins
    #expect(kernel == Origins(parameters: Self.grown("conv1.weight"), nodes: Self.grown("conv1")))
    let head = Self.grown("fc3.weight", "fc3.bias")
    #expect(
      try grown(chain, .addClasses(AddClasses(count: 2))).origins.parameters == head)
    #expect(
      try grown(chain, .replaceClasses(ReplaceClasses(count: 9))).origins.parameters == head)
    #expect(
      try grown(chain, .randomPad(RandomPad(widths: ["fc1": .size(6)]))).origins.parameters
        == Self.grown("fc1.weight", "fc1.bias", "fc2.weight"))
    #expect(
      Set(try grown(chain, .randomInit(RandomInit())).origins.parameters.keys)
        == Set(chain.parameters.keys))
  }

  // MARK: Several growths

  @Test("deepen, then repeat the block with the inserted layer, then widen")
  func composed() throws {
    let teacher = try fixture("residual")
    let grown = try grown(
      teacher, .deepen(Deepen(after: ["block.relu1"], batchNorm: false)),
      .repeatBlock(RepeatBlock(block: "block")), .widen(Widen(all: 2)))
    let origins = grown.origins
    let site = "block.relu1"
    #expect(
      origins.parameters["block.relu1.deeper.conv.weight"]
        == .inserted(at: site, number: 1, part: "conv.weight"))
    #expect(
      origins.parameters["block~2.relu1.deeper.conv.weight"]
        == .inserted(at: site, number: 1, part: "conv.weight"))
    #expect(
      origins.parameters["block~2.conv1.weight"]
        == .copied(from: "block.conv1.weight", block: "block", copy: 2))
    #expect(origins.parameters["conv1.weight"] == .grown(from: "conv1.weight"))
    // The history says of what it is a copy.
    #expect(
      grown.network.origins.parameters["block~2.relu1.deeper.conv.weight"]
        == .copied(from: "block.relu1.deeper.conv.weight", block: "block", copy: 2))
    #expect(
      grown.steps[2].origins?.parameters.values.allSatisfy { origin in
        if case .grown = origin { true } else { false }
      } == true)
  }

  @Test("a copy of a copy is a copy of the original")
  func copiedTwice() throws {
    let origins = try grown(
      fixture("residual"), .repeatBlock(RepeatBlock(block: "block")),
      .repeatBlock(RepeatBlock(block: "block~2"))
    ).origins
    #expect(
      origins.parameters["block~2~2.conv1.weight"]
        == .copied(from: "block.conv1.weight", block: "block~2", copy: 2))
  }

  @Test("one plan after another adds to the network's history, and not to the second's origins")
  func plans() throws {
    let first = try grown(fixture("chain"), .deepen(Deepen(after: ["relu1"]))).network
    let second = try grown(first, .widen(Widen(widths: ["fc1": .size(6)])))
    #expect(second.origins.nodes.isEmpty)
    // The inserted layer is the second teacher's own, and reads and makes the width.
    #expect(
      second.origins.parameters["relu1.deeper.fc.weight"]
        == .grown(from: "relu1.deeper.fc.weight"))
    #expect(
      second.network.origins.parameters["relu1.deeper.fc.weight"]
        == .inserted(at: "relu1", number: 1, part: "fc.weight"))
  }

  @Test("a history with a circle, as a file may hold, ends")
  func circle() {
    let copy = { (name: String) in Origin.copied(from: name, block: "b", copy: 2) }
    let origins = Origins(parameters: ["a": copy("b"), "b": copy("a")])
    #expect(origins.sinceTheTeacher.parameters.count == 2)
    let sites = Origins(nodes: [
      "a": .inserted(at: "b", number: 1, part: ""), "b": .inserted(at: "a", number: 1, part: ""),
    ])
    #expect(sites.sinceTheTeacher.nodes.count == 2)
  }

  // MARK: Names that look like ours

  /// A residual block of the author's in a module of this name.
  private func residual(_ modules: String...) throws -> Network {
    var builder = NetworkBuilder(name: "own", seed: 1)
    var h = try builder.relu(builder.dense(builder.input([5]), features: 4))
    for module in modules {
      let stream = h
      h = try builder.within(module) { (b) throws(NetworkError) in
        var inner = try b.relu(b.dense(stream, features: 6))
        inner = try b.dense(inner, features: 4)
        return try b.add(stream, inner)
      }
    }
    return try builder.network(output: builder.dense(h, features: 3))
  }

  @Test("a module called deeper2 is an ordinary module")
  func ownDeeper() throws {
    let network = try residual("body.deeper2", "body.deeper")
    #expect(try network.residualBlocks().map(\.name) == ["body.deeper2", "body.deeper"])
    #expect(try network.sites().contains { $0.name == "body.deeper2.relu1" })
    let grown = try grown(network, .repeatBlock(RepeatBlock(block: "body.deeper2")))
    #expect(
      grown.origins.parameters["body.deeper2~2.fc1.weight"]
        == .copied(from: "body.deeper2.fc1.weight", block: "body.deeper2", copy: 2))
    let deepened = try self.grown(network, .deepen(Deepen(after: ["body.deeper2.relu1"]))).network
    #expect(try deepened.residualBlocks().map(\.name) == ["body.deeper2", "body.deeper"])
  }

  @Test("a module with a tilde in its name is no copy")
  func ownTilde() throws {
    let network = try residual("block", "block~2")
    #expect(network.origins.isEmpty)
    let grown = try grown(network, .repeatBlock(RepeatBlock(block: "block")))
    #expect(grown.origins.parameters["block~2.fc1.weight"] == nil)
    #expect(
      grown.origins.parameters["block~2#2.fc1.weight"]
        == .copied(from: "block.fc1.weight", block: "block", copy: 2))
  }

  // MARK: JSON

  @Test(
    "as JSON",
    arguments: [
      (.same, #""same""#), (.grown(from: "a"), #"{"grown":"a"}"#),
      (.copied(from: "a", block: "b", copy: 2), #"{"block":"b","copied":"a","copy":2}"#),
      (
        .inserted(at: "a", number: 1, part: "conv.weight"),
        #"{"inserted":"a","number":1,"part":"conv.weight"}"#
      ),
    ] as [(Origin, String)])
  func coding(_ origin: Origin, _ text: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(origin), as: UTF8.self) == text)
    #expect(try JSONDecoder().decode(Origin.self, from: Data(text.utf8)) == origin)
  }

  @Test(
    "misspelt or mixed JSON is refused",
    arguments: [
      (#""new""#, #"origin: "same" expected, "new" found"#),
      (#"{"grwon":"a"}"#, #""grwon""#), (#"{"grown":"a","copy":2}"#, #""copy""#),
      (#"{"copied":"a","block":"b"}"#, "copy"),
      (#"{"copied":"a","block":"b","copy":1}"#, "from 2 to"),
      (#"{"inserted":"a","number":9223372036854775807,"part":"p"}"#, "from 1 to"),
      (#"{"number":1}"#, "none of its kinds"),
    ])
  func strictness(_ text: String, _ part: String) throws {
    let error = #expect(throws: (any Error).self) {
      try JSONDecoder().decode(Origin.self, from: Data(text.utf8))
    }
    let sentence = try #require((error as? NetworkError)?.description)
    #expect(sentence.contains(part), "\(sentence)")
  }
}
