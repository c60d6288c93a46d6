/// Builds a network layer by layer. Every method adds one node and returns its value; shapes are
/// checked as the network grows, so a mistake is reported by the layer that makes it.
///
///     var builder = NetworkBuilder(name: "tiny", seed: 1)
///     let image = builder.input([1, 28, 28])
///     var h = try builder.convolution(image, channels: 8, kernel: [3, 3])   // conv1
///     h = try builder.relu(h)                                               // relu1
///     h = try builder.globalAveragePool(h)                                  // pool1
///     h = try builder.dense(try builder.flatten(h), features: 10)           // fc1
///     let network = try builder.network(output: h)
///
/// A layer's name becomes the name of its width, and the prefix of its parameters in PyTorch's
/// manner: `conv1.weight`, `conv1.bias`, `bn1.running_mean`. Weights are drawn from He's normal
/// distribution (He et al., *Delving Deep into Rectifiers*, arXiv 1502.01852), each from the
/// seed and its own name, so adding a layer leaves the others' values alone.
public struct NetworkBuilder: Sendable {
  /// A tensor that flows between layers.
  public struct Value: Hashable, Sendable {
    public let name: String
    public let type: TensorType
  }

  private var graph: Graph
  private var parameters: [Parameter] = []
  private let draw: Draw
  /// Prefix of names made here: empty, or `block2.`.
  private var scope = ""
  private var counts: [String: Int] = [:]

  public init(name: String, seed: UInt64) {
    graph = Graph(name: name, inputs: [], outputs: [], nodes: [])
    draw = Draw(seed: seed)
  }

  /// A graph input of the given shape for one example; the batch axis `N` comes before it.
  public mutating func input(
    _ shape: Shape, elementType: ElementType = .float32, name: String = "input"
  ) -> Value {
    input(sizes: shape.sizes.map(Dimension.fixed), elementType: elementType, name: name)
  }

  /// The same with sizes that only a run tells among them, such as the length of a text.
  public mutating func input(
    sizes: [Dimension], elementType: ElementType = .float32, name: String = "input"
  ) -> Value {
    let type = TensorType(elementType, [.symbolic("N")] + sizes)
    graph.inputs.append(ValueDeclaration(name, type))
    return Value(name: name, type: type)
  }

  /// A tensor for operators that take one without training it, such as a mask.
  public mutating func constant(_ name: String, _ tensor: Tensor) -> Value {
    parameters.append(Parameter(name: scope + name, tensor: tensor))
    return Value(name: scope + name, type: TensorType(tensor.elementType, tensor.shape))
  }

  /// Prefixes the names of everything that `body` adds: within `block2`, `conv1` is
  /// `block2.conv1`, and automatic names count from one again.
  public mutating func within<Result>(
    _ name: String, _ body: (inout NetworkBuilder) throws(NetworkError) -> Result
  ) throws(NetworkError) -> Result {
    let outer = scope
    scope += name + "."
    defer { scope = outer }
    return try body(&self)
  }

  /// The finished network, checked; `output` becomes its only result, under the name given.
  ///
  /// Mutating only so that `output` may be built within the call.
  public mutating func network(
    output: Value, named name: String = "output"
  ) throws(NetworkError) -> Network {
    var graph = graph
    for index in graph.nodes.indices {
      graph.nodes[index].inputs.replace(output.name, with: name)
      graph.nodes[index].outputs.replace(output.name, with: name)
    }
    graph.outputs = [ValueDeclaration(name, output.type)]
    let network = Network(graph: graph, parameters: parameters)
    try network.validate()
    return network
  }

  /// Adds any operator; the layers of this builder are made of it.
  ///
  /// - Parameters:
  ///   - operands: values of earlier layers.
  ///   - slots: parameters in the order of the operator's inputs, after the operands or before.
  ///   - name: the node's name; when nil, `kind` and a number that counts layers of that kind.
  public mutating func layer(
    _ operation: Operator, _ operands: [Value], parameters slots: [ParameterSlot] = [],
    parametersFirst: Bool = false, name: String?, kind: String
  ) throws(NetworkError) -> Value {
    let node = nodeName(name, kind: kind)
    let definition = operation.definition
    let made = slots.map { $0.parameter(of: node, draw: draw) }
    if let empty = made.first(where: { $0.shape.sizes.contains { $0 < 1 } }) {
      throw .shape(
        node: node, operation: definition.name,
        reason: "\(empty.name) would be \(empty.shape); every size must be at least 1")
    }
    let values = operands.map { ($0.name, $0.type) }
    let own = made.map { ($0.name, TensorType($0.elementType, $0.shape)) }
    let inputs = parametersFirst ? own + values : values + own
    let outputs: [TensorType]
    do {
      outputs = try definition.outputTypes(of: inputs.map(\.1))
    } catch {
      throw .shape(node: node, operation: definition.name, reason: error.description)
    }
    parameters += made
    graph.nodes.append(
      Node(
        name: node, operation: operation, inputs: inputs.map(\.0), outputs: [node]))
    return Value(name: node, type: outputs[0])
  }

  private mutating func nodeName(_ name: String?, kind: String) -> String {
    if let name { return scope + name }
    counts[scope + kind, default: 0] += 1
    return scope + kind + String(counts[scope + kind, default: 1])
  }
}

/// A parameter that a layer brings along: the last part of its name, its shape, its first values.
public struct ParameterSlot: Hashable, Sendable {
  public enum Start: Hashable, Sendable {
    case constant(Double)
    /// Normal with variance 2 / fan-in.
    case he(fanIn: Int)
    /// Normal with mean 0.
    case normal(deviation: Double)
  }

  public var suffix: String
  public var shape: Shape
  public var start: Start

  public init(_ suffix: String, _ shape: Shape, _ start: Start) {
    self.suffix = suffix
    self.shape = shape
    self.start = start
  }

  fileprivate func parameter(of node: String, draw: Draw) -> Parameter {
    let name = "\(node).\(suffix)"
    let filling: Filling =
      switch start {
      case .constant(let value): .constant(value)
      case .he(let fanIn):
        .normal(
          standardDeviation: (2 / Double(fanIn)).squareRoot(), draw.derived(for: name))
      case .normal(let deviation):
        .normal(standardDeviation: deviation, draw.derived(for: name))
      }
    return Parameter(name: name, elementType: .float32, shape: shape, filling: filling)
  }
}

extension [String] {
  fileprivate mutating func replace(_ old: String, with new: String) {
    for index in indices where self[index] == old { self[index] = new }
  }
}
