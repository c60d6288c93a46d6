import Net2Net
import OrderedCollections

/// x · weight + bias over the last axis in one step: (…, k) · (k, n) + (n). The product is summed up
/// onto the bias instead of making one more pass.
struct BiasedProduct: Runnable {
  var arithmetic: Arithmetic { .products }
  var overwritableOperands: [Int] { [] }
  var resultsMayBeOverwritten: Bool { true }

  func run(_ call: Call) throws(EngineError) -> [TorchTensor] {
    [try ATen.dense(.tensor(call[0]), .tensor(ATen.transpose(.tensor(call[1]))), .tensor(call[2]))]
  }
}

extension Network {
  /// Matrix products of a value with a weight, each with the node that alone reads it and adds a
  /// bias, and which operand of that node the bias is.
  var biasedProducts: [(product: Int, sum: Int, bias: Int)] {
    let readers = graph.readers
    let outputs = Set(graph.outputs.map(\.name))
    return graph.nodes.enumerated().compactMap { index, node in
      guard case .matrixProduct = node.operation, parameters[node.inputs[0]] == nil,
        let weight = parameters[node.inputs[1]]?.shape, weight.rank == 2,
        !outputs.contains(node.outputs[0]), let readers = readers[node.outputs[0]],
        readers.count == 1, case .elementwise(let sum) = graph.nodes[readers[0]].operation,
        sum.function == .add
      else { return nil }
      let operands = graph.nodes[readers[0]].inputs
      guard let bias = operands.firstIndex(where: { parameters[$0]?.shape == [weight[1]] }) else {
        return nil
      }
      return (index, readers[0], bias)
    }
  }
}
