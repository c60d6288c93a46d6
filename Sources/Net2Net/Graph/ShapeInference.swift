internal import OrderedCollections

/// The type of every value and parameter of a network.
public struct ValueTypes: Sendable {
  private(set) var types: [String: TensorType] = [:]
  /// Where inference had to stop: operators that do not say what they return, and what follows.
  public private(set) var unknown: [String: String] = [:]

  /// What names of sizes stand for, where a run has told them.
  private let sizes: [String: Int]

  public subscript(name: String) -> TensorType? { types[name] }

  /// Walks the graph once, in order.
  ///
  /// - Throws: ``NetworkError/shape(node:operation:reason:)`` for the first node whose operands
  ///   do not fit it, ``NetworkError/tooLarge(value:_:)`` where a size would overflow.
  public init(of network: Network) throws(NetworkError) { try self.init(of: network, sizes: [:]) }

  /// The types where the names in the shapes of the graph's inputs stand for `sizes`: every shape
  /// rule then sees numbers.
  package init(of network: Network, sizes: [String: Int]) throws(NetworkError) {
    self.sizes = sizes
    for input in network.graph.inputs {
      guard let dimensions = try? input.type.dimensions.map({ try $0.bound(to: sizes) }) else {
        throw .tooLarge(value: input.name, input.type)
      }
      try set(TensorType(input.type.elementType, dimensions), for: input.name)
    }
    for parameter in network.parameters.values {
      try set(TensorType(parameter.elementType, parameter.shape), for: parameter.name)
    }
    for node in network.graph.nodes { try infer(node) }
  }

  /// Shape rules add and multiply sizes freely because no type gets past this check.
  private mutating func set(_ type: TensorType, for name: String) throws(NetworkError) {
    guard type.rank <= Shape.largestRank else {
      throw .tooManyAxes(value: name, found: type.rank)
    }
    guard type.isPossible else { throw .tooLarge(value: name, type) }
    types[name] = type
  }

  private mutating func infer(_ node: Node) throws(NetworkError) {
    let missing = node.inputs.first { !$0.isEmpty && types[$0] == nil }
    if case .opaque(let operation) = node.operation {
      for (name, type) in zip(node.outputs, operation.declaredOutputs) {
        if let type { try set(type, for: name) } else { unknown[name] = node.name }
      }
      return
    }
    if let missing {
      for output in node.outputs { unknown[output] = unknown[missing] ?? missing }
      return
    }
    let outputs = try outputTypes(of: node)
    for (name, type) in zip(node.outputs, outputs) where !name.isEmpty { try set(type, for: name) }
  }

  private func outputTypes(of node: Node) throws(NetworkError) -> [TensorType] {
    let definition = node.operation.definition
    do throws(ShapeError) {
      let outputs = try node.operation.outputTypes(
        of: node.inputs.map { types[$0] }, sizes: sizes)
      guard node.outputs.dropFirst(outputs.count).allSatisfy(\.isEmpty) else {
        throw ShapeError("\(node.outputs.count) outputs wanted, \(outputs.count) made")
      }
      return outputs
    } catch {
      throw .shape(node: node.name, operation: definition.name, reason: error.description)
    }
  }
}
