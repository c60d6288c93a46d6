public import OrderedCollections

/// A graph and its parameters; a value. Copies share the weights.
public struct Network: Sendable {
  public var graph: Graph
  /// By name, in the order of the file or of construction.
  public private(set) var parameters: OrderedDictionary<String, Parameter>
  /// Free text that travels with the network (ONNX `metadata_props`).
  public var metadata: OrderedDictionary<String, String>
  /// The history of all growths that are known to have made it. Travels with the network, also
  /// through files.
  public var origins: Origins
  /// What the growth under way has made and changed.
  var recorded = Origins()

  public init(
    graph: Graph, parameters: [Parameter], metadata: OrderedDictionary<String, String> = [:],
    origins: Origins = Origins()
  ) {
    self.graph = graph
    self.parameters = OrderedDictionary(
      parameters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.metadata = metadata
    self.origins = origins
  }

  /// Adds a parameter, or replaces the one of the same name in its place.
  public mutating func setParameter(_ parameter: Parameter) {
    parameters[parameter.name] = parameter
  }

  /// The network with every pending rewrite carried out.
  public func evaluated() -> Network {
    var network = self
    for parameter in parameters.values where parameter.isPending {
      network.setParameter(parameter.evaluated())
    }
    return network
  }

  /// All parameters in another floating-point type; integer parameters stay as they are.
  public func converted(to type: ElementType) -> Network {
    var network = self
    for parameter in parameters.values where parameter.elementType.isFloatingPoint {
      network.setParameter(
        Parameter(name: parameter.name, tensor: parameter.tensor(as: type)))
    }
    func converted(_ value: ValueDeclaration) -> ValueDeclaration {
      guard value.type.elementType.isFloatingPoint else { return value }
      return ValueDeclaration(value.name, TensorType(type, value.type.dimensions))
    }
    network.graph.inputs = graph.inputs.map(converted)
    network.graph.outputs = graph.outputs.map(converted)
    return network
  }

  /// Number of elements in floating-point parameters, literals aside.
  public var parameterCount: Int {
    parameters.values.reduce(0) { $0 + ($1.isCounted ? $1.elementCount : 0) }
  }
}
