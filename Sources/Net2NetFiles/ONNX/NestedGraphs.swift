internal import Foundation
internal import SwiftProtobuf

/// The graphs that a node holds as attributes (`If`, `Loop`, `Scan` …). They are kept as they
/// are; what must be known of them is what they read from outside and how they were written.
struct NestedGraphs {
  /// Outer values that the graphs read by name, in order of first use.
  private(set) var captured: [String] = []
  /// All nodes at any depth.
  private(set) var nodes: [ONNXNodeProto] = []
  /// Names that the graphs define.
  private(set) var names: Set<String> = []
  /// What keeps the graphs from being written elsewhere as they are.
  private(set) var obstacle: String?

  /// Deeper nesting comes from no exporter, and would cost time quadratic in the file's size.
  private static let deepest = 32

  init(of node: ONNXNodeProto) {
    var reads: [String] = []
    addReads(of: node, depth: 0, to: &reads)
    var seen: Set<String> = []
    captured = reads.filter { !$0.isEmpty && seen.insert($0).inserted }
  }

  /// Adds what graphs held by `node` read from outside of themselves.
  private mutating func addReads(
    of node: ONNXNodeProto, depth: Int, to reads: inout [String]
  ) {
    for bytes in node.attribute {
      // What cannot be decoded is complained of where the node itself is read.
      guard let attribute = try? ONNXAttributeProto(serializedBytes: bytes, partial: true)
      else { continue }
      if depth > 0, attribute.t.dataLocation == .external { obstacle = Self.externalTensor }
      for graph in (attribute.hasG ? [attribute.g] : []) + attribute.graphs {
        guard depth < Self.deepest else {
          obstacle = "it holds graphs nested more than \(Self.deepest) deep"
          return
        }
        addReads(ofGraph: graph, depth: depth + 1, to: &reads)
      }
    }
  }

  private mutating func addReads(ofGraph bytes: Data, depth: Int, to reads: inout [String]) {
    guard let graph = try? ONNXGraphProto(serializedBytes: bytes, partial: true) else {
      obstacle = "it holds a graph that cannot be decoded"
      return
    }
    if graph.initializer.contains(where: { $0.dataLocation == .external }) {
      obstacle = Self.externalTensor
    }
    if !graph.sparseInitializer.isEmpty { obstacle = "it holds a graph with sparse initializers" }
    var own = graph.output.map(\.name)
    for node in graph.node {
      own += node.input
      addReads(of: node, depth: depth, to: &own)
    }
    let defined = Set(graph.input.map(\.name)).union(graph.initializer.map(\.name))
      .union(graph.node.flatMap(\.output))
    nodes += graph.node
    names.formUnion(defined)
    reads += own.filter { !defined.contains($0) }
  }

  private static let externalTensor = "it holds a graph with tensors in other files"
}
