import Net2Net
import OrderedCollections

/// What `inspect` tells of a network, as data.
struct Inspection: Encodable {
  struct Layer: Encodable {
    var name: String
    var `operator`: String
    /// Types of the outputs; empty where shape inference had to stop.
    var outputs: [String]
    var parameters: Int
    var multiplyAdds: Int
  }

  struct WidthSummary: Encodable {
    var name: String
    var size: Int
    var freedom: String
    var reasons: [String]
    var writers: [String]
    var readers: [String]
    var carriers: [String]
  }

  struct SiteSummary: Encodable {
    var name: String
    var channels: Int
    /// Null for a size known only at run time.
    var spatialSizes: [Int?]
    var layer: String
    var insertion: String
  }

  /// A node that goes through growth and files unchanged and cannot be run.
  struct OpaqueLayer: Encodable {
    var name: String
    var `operator`: String
    var reason: String
  }

  var inputs: [String]
  var outputs: [String]
  var cost: Cost
  var layers: [Layer]
  var opaque: [OpaqueLayer]
  var widths: [WidthSummary]
  var sites: [SiteSummary]
  /// Blocks that can be repeated: residual ones, then those joined to what they read.
  var blocks: [String]

  init(of network: Network) throws {
    let widths = try Widths(of: network)
    inputs = network.graph.inputs.map { "\($0.name): \($0.type)" }
    outputs = network.graph.outputs.map { "\($0.name): \($0.type)" }
    cost = try network.cost()
    layers = network.graph.nodes.map { Layer($0, of: network, widths.types) }
    opaque = network.graph.nodes.compactMap(OpaqueLayer.init)
    self.widths = widths.all.filter { !$0.uses.isEmpty }.map(WidthSummary.init)
    sites = try network.sites().map(SiteSummary.init)
    blocks = try network.residualBlocks().map(\.name) + network.joinedBranches().map(\.name)
  }
}

extension Inspection.Layer {
  init(_ node: Node, of network: Network, _ types: ValueTypes) {
    name = node.name
    `operator` = node.operation.definition.name
    outputs = node.outputs.compactMap { types[$0]?.description }
    parameters = Set(node.inputs).compactMap { network.parameters[$0] }
      .filter(\.isCounted).reduce(0) { $0 + $1.elementCount }
    multiplyAdds = network.multiplyAdds(of: node, types)
  }
}

extension Inspection.OpaqueLayer {
  /// Nil for a node whose operator is known.
  init?(_ node: Node) {
    guard case .opaque(let operation) = node.operation else { return nil }
    name = node.name
    `operator` = operation.name
    reason = operation.reason
  }
}

extension Inspection.WidthSummary {
  init(_ width: Width) {
    func parameters(_ role: AxisRole) -> [String] {
      var seen = Set<String>()
      return width.uses.filter { $0.role == role }.map(\.parameter)
        .filter { seen.insert($0).inserted }
    }
    name = width.name
    size = width.size
    freedom = width.freedom.name
    reasons = width.freedom.sentences
    writers = parameters(.writer)
    readers = parameters(.reader)
    carriers = parameters(.carrier)
  }
}

extension Inspection.SiteSummary {
  init(_ site: Site) {
    name = site.name
    channels = site.channels
    spatialSizes = site.spatialSizes.map(\.size)
    insertion =
      switch site.insertion {
      case .idempotent(let function): "identity, \(Activation(function).name)"
      case .paired: "paired identity"
      case .linear: "linear identity"
      }
    layer = site.layer.rawValue
  }
}
