internal import OrderedCollections

/// Repeats a residual block with its last scale, or last linear map, set to zero: h + 0 at
/// birth, exact for every activation. (LLaMA-Pro's block expansion, arXiv 2401.02415; behind a
/// batch norm it is the norm's scale and shift that are zeroed, so that training mode agrees.)
public struct RepeatBlock: Hashable, Sendable {
  public var block: String
  /// How many blocks stand in its place afterwards, 2 or more.
  public var times: Int

  public init(block: String, times: Int = 2) {
    self.block = block
    self.times = times
  }

  func applied(to network: Network) throws(NetworkError) -> Network {
    guard (2...1024).contains(times) else {
      throw .invalidValue("times", found: "\(times)", expected: "2 or more")
    }
    var grown = network
    for number in 2...times {
      let blocks = try grown.residualBlocks()
      guard let found = blocks.first(where: { $0.name == block }) else {
        throw .unknownBlock(block, nearest: nearest(to: block, among: blocks.map(\.name)))
      }
      // The copy goes behind the original; later copies push earlier ones along.
      grown = try BlockCopy(of: found, in: grown, number: times + 2 - number).inserted()
    }
    return grown
  }
}

extension RepeatBlock {
  /// Whose copy a parameter is, told from the name that repeating gave it.
  public struct Copy: Hashable, Sendable {
    /// All parameters of one copy have it in common.
    public var prefix: String
    public var original: String
  }

  /// Nil for a parameter that is no copy in `network`.
  public static func copy(_ parameter: String, in network: Network) -> Copy? {
    guard let mark = parameter.lastIndex(of: "~"),
      let dot = parameter[mark...].firstIndex(of: ".")
    else { return nil }
    let block = parameter[..<mark]
    let rest = String(parameter[parameter.index(after: dot)...])
    let candidates = ["\(block).\(rest)", rest]
    return candidates.first { network.parameters[$0] != nil }.map { original in
      Copy(prefix: String(parameter[..<dot]), original: original)
    }
  }
}

private struct BlockCopy {
  let block: ResidualBlock
  let network: Network
  let prefix: String

  init(of block: ResidualBlock, in network: Network, number: Int) {
    self.block = block
    self.network = network
    prefix = network.unusedPrefix("\(block.name)~\(number)")
  }

  func inserted() throws(NetworkError) -> Network {
    let nodes = network.graph.nodes
    let last = nodes[block.activation ?? block.addition]
    let zeroed = try zeroedParameters()
    var insertion = GraphInsertion(into: network)
    var renamed = [block.input: last.outputs[0]]
    for index in block.body + [block.addition] + (block.activation.map { [$0] } ?? []) {
      let node = nodes[index]
      let copy = Node(
        name: copied(node.name), operation: node.operation,
        inputs: node.inputs.map { input in
          if network.parameters[input] != nil { return copied(input) }
          return renamed[input] ?? input
        },
        outputs: node.outputs.map { $0.isEmpty ? "" : copied($0) })
      for (old, new) in zip(node.outputs, copy.outputs) { renamed[old] = new }
      insertion.append(copy)
      for name in node.inputs {
        guard let parameter = network.parameters[name] else { continue }
        insertion.add(copied(parameter, isZeroed: zeroed.contains(name)))
      }
    }
    return try insertion.finished(
      behind: last.outputs[0], replacedBy: renamed[last.outputs[0]] ?? last.outputs[0])
  }

  private func copied(_ name: String) -> String {
    let suffix = name.hasPrefix("\(block.name).") ? name.dropFirst(block.name.count + 1) : name[...]
    return "\(prefix).\(suffix)"
  }

  private func copied(_ parameter: Parameter, isZeroed: Bool) -> Parameter {
    guard isZeroed else { return parameter.renamed(copied(parameter.name)) }
    return Parameter(
      name: copied(parameter.name), elementType: parameter.elementType, shape: parameter.shape,
      filling: .constant(0))
  }

  /// The parameters of the last operator on the way to B's output that can make it zero.
  private func zeroedParameters() throws(NetworkError) -> Set<String> {
    let producers = network.graph.producers
    var zeroed = Set<String>()
    var value = block.bodyOutput
    while let index = producers[value], block.body.contains(index) {
      let node = network.graph.nodes[index]
      let own = node.inputs.filter { network.parameters[$0] != nil }
      switch node.operation {
      case .batchNormalization, .layerNormalization:
        // Scale and shift; the statistics stay.
        return zeroed.union(node.inputs.dropFirst().prefix(2))
      case .convolution, .dense, .matrixProduct:
        return zeroed.union(own)
      case .elementwise(let operation) where !own.isEmpty:
        zeroed.formUnion(own)
        if operation.function == .multiply { return zeroed }
      case .activation(let activation) where activation.function.keepsZero:
        break
      case .dropout, .identity, .reshape, .flatten, .transposition:
        break
      case .elementwise(let operation) where operation.function == .multiply:
        break
      default:
        throw .notGrowable(
          what: "block \"\(block.name)\"",
          reason: "\"\(node.name)\" stands at its end, and no weight there makes it zero")
      }
      value = node.inputs.first { network.parameters[$0] == nil } ?? ""
    }
    throw .notGrowable(
      what: "block \"\(block.name)\"", reason: "no weight in it makes its output zero")
  }
}

extension Activation.Function {
  /// φ(0) = 0.
  var keepsZero: Bool {
    switch self {
    case .relu, .leakyRelu, .elu, .selu, .hardSwish, .tanh, .softsign, .mish, .gelu, .absolute,
      .negate, .squareRoot, .errorFunction:
      true
    case .clip(let minimum, let maximum): minimum <= 0 && maximum >= 0
    case .sigmoid, .hardSigmoid, .softplus, .exponential, .reciprocal: false
    }
  }
}
