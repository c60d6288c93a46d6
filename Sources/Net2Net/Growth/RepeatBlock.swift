internal import OrderedCollections

/// Repeats a block: a residual one, h + B(h), or one that is joined to what it reads, as in a
/// dense block (``BranchCopy``).
///
/// A residual block is repeated with its last scale, or last linear map, set to zero: h +
/// 0 at birth, exact for every activation. (LLaMA-Pro's block expansion, arXiv 2401.02415; behind
/// a batch norm it is the norm's scale and shift that are zeroed, so that training mode agrees.)
public struct RepeatBlock: Hashable, Sendable {
  public var block: String
  /// How many blocks stand in its place afterwards, 2 or more.
  public var times: Int

  public init(block: String, times: Int = 2) {
    self.block = block
    self.times = times
  }

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
    if let found = blocks.first(where: { $0.name == block }) {
      return try BlockCopy(of: found, in: network, number: number).inserted()
    }
    let branches = try network.joinedBranches()
    guard let found = branches.first(where: { $0.name == block }) else {
      let names = blocks.map(\.name) + branches.map(\.name)
      throw .unknownBlock(block, nearest: nearest(to: block, among: names))
    }
    return try BranchCopy(of: found, in: network, number: number, draw: draw).inserted()
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
    for node in block.body.map({ nodes[$0] })
    where node.renamableInputs.count < node.inputs.count {
      throw .notGrowable(
        what: "block \"\(block.name)\"",
        reason: "node \"\(node.name)\" holds a graph that reads values by name")
    }
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

  private func zeroedParameters() throws(NetworkError) -> Set<String> {
    let zeroing = Zeroing(network: network, body: Set(block.body))
    guard let zeroed = zeroing.parameters(thatMakeZero: block.bodyOutput) else {
      throw .notGrowable(
        what: "block \"\(block.name)\"", reason: "no weight at its end makes its output zero")
    }
    return zeroed
  }
}

/// Finds the last parameters on the way to a value that make it zero when they are.
private struct Zeroing {
  let network: Network
  let body: Set<Int>
  private let producers: [String: Int]

  init(network: Network, body: Set<Int>) {
    self.network = network
    self.body = body
    producers = network.graph.producers
  }

  func parameters(thatMakeZero value: String) -> Set<String>? {
    if let parameter = network.parameters[value] {
      return parameter.isCounted ? [value] : nil
    }
    guard let index = producers[value], body.contains(index) else { return nil }
    let node = network.graph.nodes[index]
    switch node.operation {
    case .batchNormalization, .layerNormalization, .instanceNormalization, .groupNormalization,
      .rmsNormalization:
      // Scale and, but for the last, shift; statistics stay.
      return Set(node.inputs.dropFirst().prefix(2).filter { network.parameters[$0] != nil })
    case .activation(let activation) where activation.function.keepsZero:
      return parameters(thatMakeZero: node.inputs[0])
    default:
      return parameters(thatMakeZero: node)
    }
  }

  private func isOfParametersAlone(_ value: String) -> Bool {
    guard let index = producers[value], body.contains(index) else { return false }
    return network.graph.nodes[index].inputs.allSatisfy { network.parameters[$0] != nil }
  }

  /// By how the results follow their operands: a sum is zero when all are, a product when one is.
  private func parameters(thatMakeZero node: Node) -> Set<String>? {
    switch node.operation.definition.scaling {
    case .allOperands:
      var zeroed = Set<String>()
      for operand in node.inputs where !operand.isEmpty {
        guard let found = parameters(thatMakeZero: operand) else { return nil }
        zeroed.formUnion(found)
      }
      return zeroed
    case .eachOperand:
      let own = node.inputs.filter { network.parameters[$0]?.isCounted ?? false }
      if !own.isEmpty { return Set(own) }
      // A weight that is transposed on its way comes before what it is multiplied with.
      let weights = node.inputs.filter(isOfParametersAlone)
      return (weights + node.inputs).lazy.compactMap { parameters(thatMakeZero: $0) }.first
    case .firstOperand: return parameters(thatMakeZero: node.inputs[0])
    case .none: return nil
    }
  }
}

extension Activation.Function {
  /// φ(0) = 0.
  var keepsZero: Bool {
    switch self {
    case .relu, .leakyRelu, .elu, .selu, .hardSwish, .tanh, .softsign, .mish, .gelu, .absolute,
      .negate, .squareRoot, .errorFunction, .celu, .thresholdedRelu, .shrink:
      true
    case .elementary(let function):
      ![.cosine, .arcCosine, .hyperbolicCosine, .areaCosine, .logarithm].contains(function)
    case .clip(let minimum, let maximum): minimum <= 0 && maximum >= 0
    case .sigmoid, .hardSigmoid, .softplus, .exponential, .reciprocal: false
    }
  }
}
