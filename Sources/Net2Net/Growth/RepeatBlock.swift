internal import OrderedCollections

/// Repeats a block: a residual one, h + B(h), or one that is joined to what it reads, as in a
/// dense block (``BranchCopy``).
///
/// A residual block is repeated with its last scale, or last linear map, set to zero: h +
/// 0 at birth, exact for every activation. (LLaMA-Pro's block expansion, arXiv 2401.02415; behind
/// a batch norm it is the norm's scale and shift that are zeroed, so that training mode agrees.)
///
/// Residual blocks that follow one another, such as the attention and the perceptron of a
/// transformer's layer, are repeated as one where ``through`` names the last of them: A B A′ B′, where
/// two repetitions would make A A′ B B′.
public struct RepeatBlock: Hashable, Sendable {
  public var block: String
  /// The last of the residual blocks in a row that begin with ``block``; nil for that one alone.
  public var through: String?
  /// How many stand in its place afterwards, 2 or more.
  public var times: Int

  public init(block: String, through: String? = nil, times: Int = 2) {
    self.block = block
    self.through = through
    self.times = times
  }

  /// Which blocks, in words: `layer1`, or `attention through perceptron`.
  public var blocks: String { block + (through.map { " through \($0)" } ?? "") }

  func applied(to network: Network, draw: Draw) throws(NetworkError) -> Network {
    guard (2...1024).contains(times) else {
      throw .invalidValue("times", found: "\(times)", expected: "2 or more")
    }
    var grown = network
    for number in 2...times {
      // The copy goes behind the original; later copies push earlier ones along.
      grown = try withCopy(numbered: times + 2 - number, in: grown, draw: draw)
    }
    return grown
  }

  private func withCopy(
    numbered number: Int, in network: Network, draw: Draw
  ) throws(NetworkError) -> Network {
    let blocks = try network.residualBlocks()
    if let row = try row(in: blocks, of: network) {
      return try BlockCopy(of: row, in: network, number: number).inserted()
    }
    let branches = try network.joinedBranches()
    guard through == nil, let found = branches.first(where: { $0.name == block }) else {
      let names = blocks.map(\.name) + (through == nil ? branches.map(\.name) : [])
      throw .unknownBlock(block, nearest: nearest(to: block, among: names))
    }
    return try BranchCopy(of: found, in: network, number: number, draw: draw).inserted()
  }

  /// The blocks from ``block`` to ``through``, each reading what the one before it makes; nil where
  /// no residual block has the first's name.
  private func row(
    in blocks: [ResidualBlock], of network: Network
  ) throws(NetworkError) -> [ResidualBlock]? {
    guard let first = blocks.first(where: { $0.name == block }) else { return nil }
    guard let through else { return [first] }
    guard blocks.contains(where: { $0.name == through }) else {
      throw .unknownBlock(through, nearest: nearest(to: through, among: blocks.map(\.name)))
    }
    let byInput = Dictionary(blocks.map { ($0.input, $0) }) { first, _ in first }
    var row = [first]
    while row[row.count - 1].name != through {
      guard let next = byInput[row[row.count - 1].output(in: network.graph)] else {
        throw .notGrowable(
          what: "block \"\(block)\" through \"\(through)\"",
          reason: "\"\(row[row.count - 1].name)\" is not followed by another residual block")
      }
      row.append(next)
    }
    return row
  }
}

extension ResidualBlock {
  /// h + B(h), and its activation where there is one.
  fileprivate func output(in graph: Graph) -> String { graph.nodes[last].outputs[0] }

  fileprivate var last: Int { activation ?? addition }
}

private struct BlockCopy {
  /// Each reads what the one before it makes.
  let row: [ResidualBlock]
  let network: Network
  let number: Int

  init(of row: [ResidualBlock], in network: Network, number: Int) {
    (self.row, self.network, self.number) = (row, network, number)
  }

  func inserted() throws(NetworkError) -> Network {
    let end = row[row.count - 1].output(in: network.graph)
    var insertion = GraphInsertion(into: network)
    var renamed = [row[0].input: end]
    for block in row { try append(block, to: &insertion, &renamed) }
    return try insertion.finished(behind: end, replacedBy: renamed[end] ?? end)
  }

  private func append(
    _ block: ResidualBlock, to insertion: inout GraphInsertion, _ renamed: inout [String: String]
  ) throws(NetworkError) {
    let nodes = network.graph.nodes
    let zeroed = try zeroedParameters(of: block)
    for node in block.body.map({ nodes[$0] })
    where node.renamableInputs.count < node.inputs.count {
      throw .notGrowable(
        what: "block \"\(block.name)\"",
        reason: "node \"\(node.name)\" holds a graph that reads values by name")
    }
    let names = CopiedNames(
      block: block.name, prefix: network.unusedPrefix("\(block.name)~\(number)"),
      number: network.origins.unusedCopy(of: block.name, from: number))
    for index in block.body + [block.addition] + (block.activation.map { [$0] } ?? []) {
      let node = nodes[index]
      let copy = Node(
        name: names.copied(node.name), operation: node.operation,
        inputs: node.inputs.map { input in
          if network.parameters[input] != nil { return names.copied(input) }
          return renamed[input] ?? input
        },
        outputs: node.outputs.map { $0.isEmpty ? "" : names.copied($0) })
      for (old, new) in zip(node.outputs, copy.outputs) { renamed[old] = new }
      insertion.append(copy, from: names.origin(of: node.name))
      for name in node.inputs {
        guard let parameter = network.parameters[name] else { continue }
        insertion.add(
          names.copied(parameter, isZeroed: zeroed.contains(name)), from: names.origin(of: name))
      }
    }
  }

  private func zeroedParameters(of block: ResidualBlock) throws(NetworkError) -> Set<String> {
    let zeroing = Zeroing(network: network, body: Set(block.body))
    guard let zeroed = zeroing.parameters(thatMakeZero: block.bodyOutput) else {
      throw .notGrowable(
        what: "block \"\(block.name)\"", reason: "no weight at its end makes its output zero")
    }
    return zeroed
  }
}

/// What the parts of a block's copy are called.
struct CopiedNames {
  let block: String
  let prefix: String
  /// The copy's, among those of the block.
  let number: Int

  func origin(of name: String) -> Origin { .copied(from: name, block: block, copy: number) }

  func copied(_ name: String) -> String {
    let suffix = name.hasPrefix("\(block).") ? name.dropFirst(block.count + 1) : name[...]
    return "\(prefix).\(suffix)"
  }

  func copied(_ parameter: Parameter, isZeroed: Bool) -> Parameter {
    guard isZeroed else { return parameter.renamed(copied(parameter.name)) }
    return Parameter(
      name: copied(parameter.name), elementType: parameter.elementType, shape: parameter.shape,
      filling: .constant(0))
  }
}

/// Finds the last parameters on the way to a value that make it zero when they are: node by node in
/// the graph's order, each once, however many ways lead to it.
private struct Zeroing {
  let network: Network
  let body: Set<Int>
  private let producers: [String: Int]
  /// By what the body makes.
  private var found: [String: Set<String>] = [:]

  /// No block has more weights at its end; those that add up more are not followed.
  private static let mostParameters = 256

  init(network: Network, body: Set<Int>) {
    self.network = network
    self.body = body
    producers = network.graph.producers
    for index in body.sorted() {
      let node = network.graph.nodes[index]
      guard let zeroing = parameters(thatMakeZeroOf: node), zeroing.count <= Self.mostParameters
      else { continue }
      let isMoved = node.operation.definition.moved != .none
      for output in isMoved ? node.outputs : Array(node.outputs.prefix(1)) {
        found[output] = zeroing
      }
    }
  }

  func parameters(thatMakeZero value: String) -> Set<String>? {
    guard let parameter = network.parameters[value] else { return found[value] }
    return parameter.isCounted ? [value] : nil
  }

  private func parameters(thatMakeZeroOf node: Node) -> Set<String>? {
    guard let terms = node.terms(of: node.operation.definition.zero), !terms.isEmpty else {
      return nil
    }
    var zeroed = Set<String>()
    for term in terms {
      guard let found = parameters(thatMakeZeroOneOf: term) else { return nil }
      zeroed.formUnion(found)
    }
    return zeroed
  }

  /// Of a product's factors: a parameter of its own if it has one, for two zeros would receive no
  /// gradient; else a weight that is transposed on its way; else what it is multiplied with.
  private func parameters(thatMakeZeroOneOf factors: [String]) -> Set<String>? {
    let own = factors.filter { network.parameters[$0]?.isCounted ?? false }
    let weights = factors.filter(isOfParametersAlone)
    return (own + weights + factors).lazy.compactMap { parameters(thatMakeZero: $0) }.first
  }

  private func isOfParametersAlone(_ value: String) -> Bool {
    guard let index = producers[value], body.contains(index) else { return false }
    return network.graph.nodes[index].inputs.allSatisfy { network.parameters[$0] != nil }
  }
}
