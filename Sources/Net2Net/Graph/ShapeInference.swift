internal import OrderedCollections

/// The type of every value and parameter of a network.
public struct ValueTypes: Sendable {
  private(set) var types: [String: TensorType] = [:]
  /// Where inference had to stop: operators that do not say what they return, and what follows.
  public private(set) var unknown: [String: String] = [:]

  public subscript(name: String) -> TensorType? { types[name] }

  /// Walks the graph once, in order.
  ///
  /// - Throws: ``NetworkError/shape(node:operation:reason:)`` for the first node whose operands
  ///   do not fit it.
  public init(of network: Network) throws(NetworkError) {
    for input in network.graph.inputs { types[input.name] = input.type }
    for parameter in network.parameters.values {
      types[parameter.name] = TensorType(parameter.elementType, parameter.shape)
    }
    for node in network.graph.nodes { try infer(node) }
  }

  private mutating func infer(_ node: Node) throws(NetworkError) {
    let missing = node.inputs.first { !$0.isEmpty && types[$0] == nil }
    if case .opaque(let operation) = node.operation {
      for (name, type) in zip(node.outputs, operation.declaredOutputs) {
        if let type { types[name] = type } else { unknown[name] = node.name }
      }
      return
    }
    if let missing {
      for output in node.outputs { unknown[output] = unknown[missing] ?? missing }
      return
    }
    let definition = node.operation.definition
    do {
      let outputs = try definition.outputTypes(of: node.inputs.map { types[$0] })
      for (name, type) in zip(node.outputs, outputs) where !name.isEmpty { types[name] = type }
    } catch {
      throw .shape(node: node.name, operation: definition.name, reason: error.description)
    }
  }
}
