internal import Net2Net

extension GraphImport {
  /// The node as it is, its attributes in the bytes of the file.
  func opaqueOperator(
    _ proto: ONNXNodeProto, domain: String, _ node: ForeignNode
  ) -> OpaqueOperator {
    OpaqueOperator(
      domain: domain, type: proto.opType,
      version: domain.isEmpty ? max(node.version, canonicalVersion) : node.version,
      attributes: proto.attribute.map(Array.init),
      declaredOutputs: proto.output.map { declared[$0] })
  }

  /// What a function of the model is called by.
  struct Function: Hashable {
    var domain: String
    var name: String
  }

  func checkIsNoFunction(_ proto: ONNXNodeProto, in node: String) throws(FilesError) {
    guard functions.contains(Function(domain: proto.domain, name: proto.opType)) else { return }
    throw unsupported(
      "node \"\(node)\"", "it calls the model's own function \(proto.opType)",
      "inline functions with onnx.inliner.inline_local_functions")
  }

  /// The operator sets that the graphs of `node` need; throws where they cannot be kept as
  /// they are.
  func operatorSets(
    of graphs: NestedGraphs, in node: ForeignNode
  ) throws(FilesError) -> [String: Int] {
    if let obstacle = graphs.obstacle {
      throw node.unsupported(obstacle, "simplify the graph where it is made")
    }
    var sets: [String: Int] = [:]
    for nested in graphs.nodes {
      let domain = nested.domain == "ai.onnx" ? "" : nested.domain
      guard let version = versions[domain] else {
        throw node.malformed("an import of operator set \"\(domain)\"", "none")
      }
      try checkIsNoFunction(nested, in: node.name)
      try checkKept(
        try ForeignNode(nested, name: node.name, version: version, file: file), domain: domain)
      sets[domain] = domain.isEmpty ? max(version, canonicalVersion) : version
    }
    return sets
  }

  /// Files are written with operator set 20 or later, so an operator whose meaning changed
  /// between the file's set and 20 cannot be kept unread.
  func checkKept(_ node: ForeignNode, domain: String) throws(FilesError) {
    guard domain.isEmpty, let changed = Self.changes[node.type], node.version < changed else {
      return
    }
    throw node.unsupported(
      "operator set \(node.version) defines it differently from set \(changed)",
      "convert the file with onnx.version_converter")
  }

  /// Operators in whose definition a form that was valid before became invalid or changed its
  /// meaning, with the last set up to 20 that did so (ONNX, docs/Changelog.md). Mere additions
  /// of element types and attributes are not listed.
  private static let changes: [String: Int] = [
    "BatchNormalization": 14, "Clip": 11, "DFT": 20, "Dropout": 12, "GridSample": 20,
    "Hardmax": 13, "LogSoftmax": 13, "Pad": 11, "ReduceL1": 18, "ReduceL2": 18,
    "ReduceLogSum": 18, "ReduceLogSumExp": 18, "ReduceMax": 18, "ReduceMean": 18,
    "ReduceMin": 18, "ReduceProd": 18, "ReduceSum": 13, "ReduceSumSquare": 18, "Resize": 13,
    "RoiAlign": 16, "Scan": 9, "Scatter": 11, "Slice": 10, "Softmax": 13, "Split": 18,
    "Squeeze": 13, "TopK": 10, "Unsqueeze": 13, "Upsample": 10,
  ]
}

/// The operator set that files are written with, unless an unknown operator asks for a later one.
let canonicalVersion = 20
