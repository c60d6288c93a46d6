internal import OrderedCollections

/// A larger kernel for a convolution: the old one in the middle, zeros around it, and as much
/// more padding, so that every output stays where it was.
public struct GrowKernel: Hashable, Sendable {
  public var node: String
  /// The new kernel sizes, such as `[5, 5]`; each larger by an even number or equal.
  public var kernel: [Int]

  public init(node: String, kernel: [Int]) {
    self.node = node
    self.kernel = kernel
  }

  func applied(to network: Network) throws(NetworkError) -> Network {
    let (index, convolution, parameter) = try target(in: network)
    let old = Array(parameter.shape.sizes.dropFirst(2))
    try check(old)
    guard let input = try network.validate()[network.graph.nodes[index].inputs[0]] else {
      throw .notGrowable(what: "\"\(node)\"", reason: "the shape of its input is not known")
    }
    var axes: [Rewrite.Axis] = []
    var pads = convolution.explicitPadding(
      input: input.shape(batch: 1), weight: parameter.shape)
    for (axis, size) in kernel.enumerated() {
      let border = (size - old[axis]) / 2
      pads[axis] += border * convolution.dilations[axis]
      pads[axis + kernel.count] += border * convolution.dilations[axis]
      axes.append(
        Rewrite.Axis(
          axis: axis + 2, role: .carrier,
          entries: (0..<size).map { position in
            let source = position - border
            return Rewrite.Entry(
              source: (0..<old[axis]).contains(source) ? source : nil, drawKey: position)
          }))
    }
    var grown = network
    var operation = convolution
    operation.padding = .explicit(pads)
    grown.graph.nodes[index].operation = .convolution(operation)
    grown.setParameter(parameter.rewritten(by: Rewrite(axes: axes, draw: Draw(seed: 0))))
    grown.record(.grown(from: node), ofNode: node)
    grown.record(.grown(from: parameter.name), ofParameter: parameter.name)
    try grown.validate()
    return grown
  }

  private func target(
    in network: Network
  ) throws(NetworkError) -> (Int, Convolution, Parameter) {
    guard let index = network.graph.nodes.firstIndex(where: { $0.name == node }) else {
      let names = network.graph.nodes.map(\.name)
      throw .unknownNode(node, nearest: nearest(to: node, among: names))
    }
    let found = network.graph.nodes[index]
    guard case .convolution(let convolution) = found.operation,
      let parameter = network.parameters[found.inputs[1]]
    else {
      throw .notGrowable(
        what: "\"\(node)\"",
        reason: "it is a \(found.operation.definition.name), not a convolution with a kernel")
    }
    guard network.graph.readers[parameter.name]?.count == 1 else {
      throw .notGrowable(
        what: "\"\(node)\"", reason: "\"\(parameter.name)\" is used by other nodes too")
    }
    return (index, convolution, parameter)
  }

  private func check(_ old: [Int]) throws(NetworkError) {
    let isLarger =
      kernel.count == old.count && kernel != old
      && zip(kernel, old).allSatisfy { $0 >= $1 && ($0 - $1).isMultiple(of: 2) && $0 < 1 << 10 }
    guard isLarger else {
      let text = { (sizes: [Int]) in sizes.map(String.init).joined(separator: "x") }
      throw .invalidValue(
        "kernel of \"\(node)\"", found: text(kernel),
        expected: "\(text(old)) enlarged by even numbers")
    }
  }
}
