internal import Foundation
internal import Net2Net
internal import OrderedCollections
internal import SwiftProtobuf

/// A network as ONNX messages, all but the parameters' bytes: those follow one by one, so that a
/// network larger than memory can be written.
///
/// The same network gives the same bytes: everything is in the network's order, and operands
/// that ONNX wants as tensors (a reshape's target, a clip's bounds) get names made from their
/// node's.
struct GraphExport {
  private(set) var graph = ONNXGraphProto()
  /// The network's own, then operands made here.
  private(set) var parameters: [Parameter]
  private var names: Set<String>
  private let types: ValueTypes
  /// Operator sets of unknown operators, by domain.
  private var versions: [String: Int] = ["": canonicalVersion]
  var runtimeSizes: RuntimeSizes

  init(of network: Network) throws(NetworkError) {
    types = try network.validate()
    parameters = Array(network.parameters.values)
    names = Set(network.parameters.keys).union(network.graph.inputs.map(\.name))
    for node in network.graph.nodes { names.formUnion(node.outputs + [node.name]) }
    runtimeSizes = RuntimeSizes(of: network.graph.inputs)
    graph.name = network.graph.name.isEmpty ? "network" : network.graph.name
    graph.input = network.graph.inputs.map { ONNXValueInfoProto($0.name, $0.type) }
    graph.output = network.graph.outputs.map { ONNXValueInfoProto($0.name, $0.type) }
    for node in network.graph.nodes { add(node) }
  }

  /// Everything but the graph.
  func model(metadata: OrderedDictionary<String, String>) -> ONNXModelProto {
    var model = ONNXModelProto()
    model.irVersion = irVersion
    model.producerName = "net2net"
    model.opsetImport = versions.sorted { $0.key < $1.key }.map { domain, version in
      var entry = ONNXOperatorSetIdProto()
      entry.domain = domain
      entry.version = Int64(version)
      return entry
    }
    model.metadataProps = metadata.map { key, value in
      var entry = ONNXStringStringEntryProto()
      entry.key = key
      entry.value = value
      return entry
    }
    return model
  }

  /// The oldest format that may carry the operator set (ONNX, docs/Versioning.md).
  private var irVersion: Int64 {
    switch versions["", default: canonicalVersion] {
    case ...22: 10
    case 23: 11
    case 24: 12
    default: 13
    }
  }

  /// The element type of a value, float32 where an unknown operator hides it.
  func elementType(of value: String) -> ElementType { types[value]?.elementType ?? .float32 }

  func type(of value: String) -> TensorType? { types[value] }

  func shape(of value: String) -> Shape? { types[value]?.shape }

  /// Adds an operand that ONNX wants as a tensor.
  ///
  /// - Returns: its name.
  mutating func addOperand(_ role: String, of node: Node, _ tensor: Tensor) -> String {
    let name = newName("\(node.name).\(role)")
    parameters.append(Parameter(name: name, tensor: tensor))
    return name
  }

  /// Adds a node that the network has not, named like its result.
  ///
  /// - Returns: the name.
  mutating func addNode(
    _ type: String, _ inputs: [String], name base: String, _ attributes: AttributeList = .init()
  ) -> String {
    let name = newName(base)
    var proto = ONNXNodeProto()
    proto.name = name
    proto.opType = type
    proto.input = inputs
    proto.output = [name]
    proto.attribute = attributes.encoded
    graph.node.append(proto)
    return name
  }

  private mutating func newName(_ base: String) -> String {
    var name = base
    var suffix = 2
    while !names.insert(name).inserted {
      name = "\(base).\(suffix)"
      suffix += 1
    }
    return name
  }

  private mutating func add(_ node: Node) {
    var proto = ONNXNodeProto()
    proto.name = node.name
    proto.opType = node.operation.definition.name
    proto.output = node.outputs
    proto.input = node.inputs
    if let last = decomposed(node) {
      proto.opType = last.type
      proto.input = last.inputs
    } else if case .opaque(let operation) = node.operation {
      proto.opType = operation.type
      proto.domain = operation.domain
      proto.attribute = operation.attributes.map { Data($0) }
      proto.input = node.inputs.dropLast(operation.capturedInputCount)
      versions.merge(operation.nestedOperatorSets, uniquingKeysWith: max)
      versions[operation.domain] = max(versions[operation.domain] ?? 0, operation.version)
      declareOutputs(of: node, operation)
    } else {
      var attributes = AttributeList()
      proto.input += describe(node, in: &attributes)
      proto.attribute = attributes.encoded
    }
    graph.node.append(proto)
  }

  /// What an unknown operator returns is said again, for whoever reads the file next.
  private mutating func declareOutputs(of node: Node, _ operation: OpaqueOperator) {
    let declared = Set(graph.output.map(\.name))
    for (name, type) in zip(node.outputs, operation.declaredOutputs) {
      if let type, !name.isEmpty, !declared.contains(name) {
        graph.valueInfo.append(ONNXValueInfoProto(name, type))
      }
    }
  }
}

/// The attributes of a node under construction.
struct AttributeList {
  private var attributes: [ONNXAttributeProto] = []

  mutating func set(_ name: String, _ value: Int) {
    append(name, .int) { $0.i = Int64(value) }
  }

  mutating func set(_ name: String, _ value: Bool) { set(name, value ? 1 : 0) }

  mutating func set(_ name: String, _ value: Double) {
    append(name, .float) { $0.f = Float(value) }
  }

  mutating func set(_ name: String, _ value: [Int]) {
    append(name, .ints) { $0.ints = value.map { Int64($0) } }
  }

  mutating func set(_ name: String, _ value: String) {
    append(name, .string) { $0.s = Data(value.utf8) }
  }

  private mutating func append(
    _ name: String, _ type: ONNXAttributeProto.AttributeType,
    _ fill: (inout ONNXAttributeProto) -> Void
  ) {
    var attribute = ONNXAttributeProto()
    attribute.name = name
    attribute.type = type
    fill(&attribute)
    attributes.append(attribute)
  }

  var encoded: [Data] { attributes.map { Data($0.encoded) } }
}

extension Message {
  /// Proto2 messages fail to encode only where a required field is missing, and the schema has
  /// none.
  var encoded: [UInt8] { (try? serializedBytes(partial: true)) ?? [] }
}
