import Net2Net
import OrderedCollections

/// Makes one step of each convolution and dense layer with parameters of its own, together with a
/// sum and a relu that alone read what it makes; and has images pooled by our own loops.
struct EvaluationFusion {
  private let network: Network
  private let types: ValueTypes
  private let precision: Precision
  private let device: Device
  private let readers: [String: [Int]]
  private let outputs: Set<String>

  init(_ network: Network, types: ValueTypes, precision: Precision, device: Device) {
    self.network = network
    self.types = types
    self.precision = precision
    self.device = device
    readers = network.graph.readers
    outputs = Set(network.graph.outputs.map(\.name))
  }

  /// - Parameter steps: one for each node.
  func fused(_ steps: [Program.Step]) throws(EngineError) -> [Program.Step] {
    var fused: [Program.Step?] = steps
    var taken: Set<Int> = []
    for (index, node) in network.graph.nodes.enumerated() {
      if let pooling = EvaluatedPooling(node, precision: precision, device: device) {
        fused.merge([index], into: pooling, reading: steps[index].operands)
      }
      guard let layer = StaticLayer(node, in: network),
        var filtering = try Filtering(node, layer, precision: precision, device: device)
      else { continue }
      var chain = [index]
      var operands = [steps[index].operands[0]]
      if let sum = sum(behind: index), taken.insert(sum.node).inserted {
        chain.append(sum.node)
        operands.append(steps[sum.node].operands[sum.addend])
      }
      if let relu = relu(behind: chain[chain.count - 1]) {
        chain.append(relu)
        filtering.rectifies = true
      }
      fused.merge(chain, into: filtering, reading: operands)
    }
    for (product, sum, bias) in network.biasedProducts {
      fused.merge(
        [product, sum], into: BiasedProduct(),
        reading: steps[product].operands + [steps[sum].operands[bias]])
    }
    return fused.compactMap(\.self)
  }

  /// The node that alone reads the only result of another.
  private func soleReader(of node: Int) -> Int? {
    let result = network.graph.nodes[node].outputs[0]
    guard readers[result]?.count == 1, !outputs.contains(result) else { return nil }
    return readers[result]?.first
  }

  private func relu(behind node: Int) -> Int? {
    guard let reader = soleReader(of: node),
      case .activation(let activation) = network.graph.nodes[reader].operation,
      activation.function == .relu
    else { return nil }
    return reader
  }

  /// A sum with a value of the same type, and which operand that is.
  private func sum(behind node: Int) -> (node: Int, addend: Int)? {
    guard let reader = soleReader(of: node),
      case .elementwise(let sum) = network.graph.nodes[reader].operation, sum.function == .add
    else { return nil }
    let names = network.graph.nodes[reader].inputs
    let addend = names[0] == network.graph.nodes[node].outputs[0] ? 1 : 0
    guard network.parameters[names[addend]] == nil, let type = types[names[addend]],
      type == types[names[1 - addend]]
    else { return nil }
    return (reader, addend)
  }
}
