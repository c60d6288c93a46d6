import Foundation
import Net2Net
import Net2NetFiles
import OrderedCollections
import TestSupport
import Testing

/// Laws over all kinds of operators: what is not covered fails by its name.
@Suite("Every kind of operator")
struct OperatorLaws {
  /// Kinds that nothing grows around, and why.
  static let withoutGrowth: [Operator.Kind: String] = [
    .range: "it has no operands, and counts positions",
    .sizeList: "it has no operands, and its results are sizes",
    .gatherElements: "the numbers by which it picks have the shape of what they pick",
    .opaque: "nothing is known of its axes",
  ]

  @Test("lies between two widths that the laws of growth widen")
  func betweenGrownWidths() throws {
    var covered: Set<Operator.Kind> = []
    for subject in GrowthLaws.subjects {
      covered.formUnion(try subject.network().kindsBetweenGrowableWidths())
    }
    for kind in Operator.Kind.allCases {
      let reason = Self.withoutGrowth[kind]
      if covered.contains(kind) {
        #expect(reason == nil, "\(kind) does lie between widths that grow")
      } else {
        #expect(reason != nil, "no fixture has \(kind) between widths that grow")
      }
    }
  }

  @Test("is written to an ONNX file, and read from it as what it was")
  func inFiles() throws {
    var covered: Set<Operator.Kind> = []
    let networks = try GrowthLaws.subjects.map { try $0.network() } + [Self.unknownOperator]
    for network in networks where !network.kinds.isSubset(of: covered) {
      let file = FileManager.default.temporaryDirectory.appending(path: "law-\(UUID()).onnx").path
      defer { try? FileManager.default.removeItem(atPath: file) }
      try network.writeONNX(to: file)
      for node in try Network(onnx: file).graph.nodes
      where network.graph.node(named: node.name)?.operation == node.operation {
        covered.insert(node.operation.kind)
      }
    }
    for kind in Operator.Kind.allCases {
      #expect(covered.contains(kind), "no fixture's \(kind) comes back from an ONNX file")
    }
  }

  /// x → Hardmax → y
  private static var unknownOperator: Network {
    let type = TensorType(.float32, [.symbolic("N"), 4])
    let operation = OpaqueOperator(
      domain: "", type: "Hardmax", attributes: [], declaredOutputs: [type])
    return Network(
      graph: Graph(
        name: "unknown", inputs: [ValueDeclaration("x", type)],
        outputs: [ValueDeclaration("y", type)],
        nodes: [
          Node(name: "node", operation: .opaque(operation), inputs: ["x"], outputs: ["y"])
        ]), parameters: [])
  }
}

extension Network {
  fileprivate var kinds: Set<Operator.Kind> { Set(graph.nodes.map(\.operation.kind)) }

  /// Kinds of the nodes that take a value, and make one, along an axis that grows.
  fileprivate func kindsBetweenGrowableWidths() throws -> Set<Operator.Kind> {
    let widths = try Widths(of: self)
    let growable = Set(try growableWidths().map(\.name))
    func grows(_ value: String) -> Bool {
      guard let rank = widths.types[value]?.rank else { return false }
      return (0..<rank).contains { axis in
        widths.layout(of: value, axis: axis)?.widths
          .contains { growable.contains(widths.all[$0].name) } ?? false
      }
    }
    let nodes = graph.nodes.filter { node in
      let operands = node.inputs.filter { parameters[$0] == nil }
      return operands.contains(where: grows) && node.outputs.contains(where: grows)
    }
    return Set(nodes.map(\.operation.kind))
  }
}
