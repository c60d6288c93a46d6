import Net2Net
import OrderedCollections

extension Network {
  /// The same function with batch norms, in evaluation mode, folded into the convolutions and dense
  /// layers that they alone read: with s = scale / √(variance + ε), weights become s · weight and
  /// biases s · (bias − mean) + shift, computed in double.
  ///
  /// - Parameter type: of the parameters that are computed.
  func foldingNormalizations(as type: ElementType) -> Network {
    var network = self
    let readers = graph.readers
    let producers = graph.producers
    let outputs = Set(graph.outputs.map(\.name))
    var folded: Set<Int> = []
    for (index, node) in graph.nodes.enumerated() {
      guard case .batchNormalization(let norm) = node.operation,
        let layer = producers[node.inputs[0]], readers[node.inputs[0]]?.count == 1,
        !outputs.contains(node.inputs[0]),
        let affine = AffineNormalization(norm, node.inputs.dropFirst().map { parameters[$0] }),
        let merged = affine.folded(into: graph.nodes[layer], of: self, as: type)
      else { continue }
      for parameter in merged.parameters { network.setParameter(parameter) }
      network.graph.nodes[layer] = merged.node
      network.graph.nodes[layer].outputs = node.outputs
      folded.insert(index)
    }
    network.graph.nodes = network.graph.nodes.enumerated().filter { !folded.contains($0.offset) }
      .map(\.element)
    return network
  }
}

/// y = factor · x + offset, channel by channel.
private struct AffineNormalization {
  let factors: [Double]
  let means: [Double]
  let shifts: [Double]

  /// Nil where one of scale, shift, mean and variance is not a parameter, or not as long as the
  /// others.
  init?(_ norm: BatchNormalization, _ operands: [Parameter?]) {
    let values = operands.compactMap { $0?.tensor(as: .float64).doubles() }
    guard values.count == 4, Set(values.map(\.count)).count == 1 else { return nil }
    factors = zip(values[0], values[3]).map { $0 / ($1 + norm.epsilon).squareRoot() }
    shifts = values[1]
    means = values[2]
  }

  struct Merged {
    var node: Node
    let parameters: [Parameter]
  }

  /// Nil for a layer that is neither convolution nor dense, or whose weights are computed.
  func folded(into node: Node, of network: Network, as type: ElementType) -> Merged? {
    guard let layer = StaticLayer(node, in: network), layer.channels == factors.count else {
      return nil
    }
    let weights = layer.weight.tensor(as: .float64)
    let (factors, inner) = (factors, layer.inner)
    let values = weights.doubles()
    let weight = Tensor(elementType: type, shape: weights.shape) {
      values[$0] * factors[$0 / inner % factors.count]
    }
    let biases = layer.biases.indices.map {
      factors[$0] * (layer.biases[$0] - means[$0]) + shifts[$0]
    }
    let bias = Tensor(elementType: type, shape: [biases.count]) { biases[$0] }
    let names = ["weight", "bias"].map { network.unusedName("\(node.name).folded.\($0)") }
    var node = node
    if case .dense(var dense) = node.operation {
      dense.beta = 1
      node.operation = .dense(dense)
    }
    node.inputs = [node.inputs[0]] + names
    return Merged(
      node: node,
      parameters: zip(names, [weight, bias]).map { Parameter(name: $0, tensor: $1) })
  }
}

/// A convolution or dense layer with parameters for weight and bias.
struct StaticLayer {
  let weight: Parameter
  /// For each output channel what is added to it, any factor included; zeros where there is none.
  let biases: [Double]
  var channels: Int { biases.count }
  /// How many weights of one output channel lie side by side.
  let inner: Int

  init?(_ node: Node, in network: Network) {
    guard node.inputs.count > 1, let weight = network.parameters[node.inputs[1]] else { return nil }
    self.weight = weight
    let factor: Double
    let channels: Int
    if case .convolution = node.operation, weight.shape.rank > 2 {
      channels = weight.shape[0]
      inner = weight.elementCount / max(channels, 1)
      factor = 1
    } else if case .dense(let dense) = node.operation, !dense.transposesInput,
      weight.shape.rank == 2
    {
      channels = weight.shape[dense.transposesWeight ? 0 : 1]
      inner = dense.transposesWeight ? weight.shape[1] : 1
      factor = dense.beta
    } else {
      return nil
    }
    guard node.inputs.count > 2, !node.inputs[2].isEmpty else {
      biases = [Double](repeating: 0, count: channels)
      return
    }
    guard let values = network.parameters[node.inputs[2]]?.tensor(as: .float64).doubles(),
      values.count == channels || values.count == 1
    else { return nil }
    biases = (0..<channels).map { factor * values[values.count == 1 ? 0 : $0] }
  }
}

extension Network {
  /// `name`, with strokes behind it where something is called so already.
  fileprivate func unusedName(_ name: String) -> String {
    var name = name
    let values = Set(graph.nodes.flatMap(\.outputs) + graph.inputs.map(\.name))
    while parameters[name] != nil || values.contains(name) { name += "′" }
    return name
  }
}
