internal import Net2Net
internal import OrderedCollections

/// Builds a network from an ONNX graph, node by node in the file's order.
///
/// A node becomes one of our operators when all it says is understood; constants and what only
/// names a parameter again become parameters; operands that our operators keep as attributes
/// (a reshape's target, a split's sizes) are folded in; and every other node is kept as it is.
struct GraphImport {
  let contents: ONNXContents
  let file: String
  /// Version of each imported operator set; ONNX's own is "".
  let versions: [String: Int]
  var tensors: TensorReader
  var parameters: OrderedDictionary<String, Parameter> = [:]
  /// What is known of every value so far.
  var types: [String: TensorType] = [:]
  /// Types that the file declares for outputs and values in between, where they are complete.
  var declared: [String: TensorType] = [:]
  var nodes: [Node] = []
  /// Names of the sizes of the graph inputs' axes.
  private(set) var symbols: Set<String> = []
  /// Parameters that became attributes; dropped unless something else reads them.
  var folded: Set<String> = []
  /// Values with sizes in them that are computed from shapes.
  var computed: [String: KnownTensor] = [:]
  /// Parameters of floating-point type that the file writes as numbers, not as weights.
  var literals: Set<String> = []
  /// What may still be spent on folding, see ``spend(_:)``: at most 512 MiB of results.
  var foldingAllowance = 1 << 30
  /// Values on the way to a factor of stochastic depth.
  var draws: [String: Draw] = [:]
  /// Nodes that only lead to what is known, kept only where something else reads them after all.
  private var scaffold: [String: ForeignNode] = [:]
  /// Values that a node or the graph's outputs read.
  private let read: Set<String>
  private let graphOutputs: Set<String>
  /// All values' and tensors' names.
  private let names: Set<String>
  /// Of the model's own.
  let functions: Set<Function>
  /// Of each node of the file.
  private let nestedGraphs: [NestedGraphs]
  var nodeNames: NodeNames

  init(_ contents: ONNXContents) throws(FilesError) {
    self.contents = contents
    file = contents.file
    versions = try Self.versions(of: contents)
    tensors = TensorReader(contents.contents)
    nestedGraphs = contents.graph.node.map { NestedGraphs(of: $0) }
    graphOutputs = Set(contents.graph.output.map(\.name))
    functions = Set(contents.model.functions.map { Function(domain: $0.domain, name: $0.name) })
    read = Set(contents.graph.node.flatMap(\.input)).union(graphOutputs)
      .union(nestedGraphs.flatMap(\.captured))
    names = read.union(contents.graph.node.flatMap(\.output))
      .union(contents.graph.input.map(\.name)).union(contents.initializers.map(\.proto.name))
      .union(nestedGraphs.flatMap(\.names))
    nodeNames = NodeNames(taken: contents.graph.node.map(\.name))
  }

  mutating func network() throws(FilesError) -> Network {
    for stored in contents.initializers { try addInitializer(stored) }
    guard contents.graph.sparseInitializer.isEmpty else {
      throw unsupported("the graph", "sparse initializers", "store them as dense tensors")
    }
    let inputs = try inputs()
    symbols = Graph(name: "", inputs: inputs, outputs: [], nodes: []).symbols
    for value in contents.graph.valueInfo + contents.graph.output where value.namesItsDimensions {
      declared[value.name] = try? TensorType(value, file: file)
    }
    for (proto, graphs) in zip(contents.graph.node, nestedGraphs) { try add(proto, graphs) }
    fusePatterns()
    try dropScaffold()
    var network = Network(
      graph: Graph(name: contents.graph.name, inputs: inputs, outputs: [], nodes: nodes),
      parameters: Array(parameters.values), metadata: metadata())
    let types = try validated(network)
    network.graph.outputs = try outputs(types)
    try validated(network)
    network.removeParameters(folded)
    network.splitSharedVectors()
    try network.takeOriginsFromMetadata(file)
    return network
  }

  @discardableResult
  private func validated(_ network: Network) throws(FilesError) -> ValueTypes {
    do {
      return try network.validate()
    } catch {
      throw .invalidNetwork(file: file, error)
    }
  }

  /// True when something reads output `index` of `node`.
  func isRead(_ index: Int, of node: ForeignNode) -> Bool {
    index < node.outputs.count && read.contains(node.outputs[index])
  }

  /// A name that no value of the file has, made from `base`.
  func unusedName(_ base: String) -> String {
    var name = base
    while names.contains(name) { name += "_" }
    return name
  }

  func isGraphOutput(_ name: String) -> Bool { graphOutputs.contains(name) }

  mutating func addParameter(_ name: String, _ tensor: Tensor) throws(FilesError) {
    let old = parameters.updateValue(Parameter(name: name, tensor: tensor), forKey: name)
    guard old == nil else { throw malformed("tensor \"\(name)\"", "one of its name", "several") }
    types[name] = TensorType(tensor.elementType, tensor.shape)
  }

  func malformed(_ part: String, _ expected: String, _ found: String) -> FilesError {
    .malformed(file: file, part: part, expected: expected, found: found)
  }

  func unsupported(_ part: String, _ found: String, _ remedy: String) -> FilesError {
    .unsupported(file: file, part: part, found: found, remedy: remedy)
  }
}

extension GraphImport {
  private mutating func add(
    _ proto: ONNXNodeProto, _ graphs: NestedGraphs
  ) throws(FilesError) {
    let domain = proto.domain == "ai.onnx" ? "" : proto.domain
    let node = try foreignNode(proto, domain: domain)
    if domain.isEmpty, !node.holdsGraphs, try addKnown(proto, node) { return }
    if node.holdsGraphs { return try addHolder(of: graphs, proto, domain: domain, node) }
    try addConverted(proto, domain: domain, node)
  }

  /// Keeps a node that holds graphs; what they read from outside are operands of it, the last.
  private mutating func addHolder(
    of graphs: NestedGraphs, _ proto: ONNXNodeProto, domain: String, _ node: ForeignNode
  ) throws(FilesError) {
    try checkKept(node, domain: domain)
    var opaque = opaqueOperator(proto, domain: domain, node)
    opaque.reason = "the node holds a graph of its own"
    opaque.capturedInputCount = graphs.captured.count
    opaque.nestedOperatorSets = try operatorSets(of: graphs, in: node)
    append(
      Node(
        name: node.name, operation: .opaque(opaque), inputs: proto.input + graphs.captured,
        outputs: proto.output))
  }

  private mutating func foreignNode(
    _ proto: ONNXNodeProto, domain: String
  ) throws(FilesError) -> ForeignNode {
    let name = nodeNames.name(for: proto)
    guard let version = versions[domain] else {
      throw malformed(
        "node \"\(name)\" (\(proto.opType))", "an import of operator set \"\(domain)\"", "none")
    }
    try checkIsNoFunction(proto, in: name)
    let node = try ForeignNode(proto, name: name, version: version, file: file)
    guard !node.outputs.isEmpty else { throw node.malformed("an output", "none") }
    return node
  }

  /// Adds a node whose result can be told now, or leads to such.
  ///
  /// - Returns: false where it is neither.
  private mutating func addKnown(
    _ proto: ONNXNodeProto, _ node: ForeignNode
  ) throws(FilesError) -> Bool {
    if let result = try knownResult(of: node) {
      try add(proto, node, result)
    } else if let draw = try draw(of: node) {
      draws[node.outputs[0]] = draw
      folded.formUnion(node.inputs)
      addScaffold(proto, node, draw.type)
    } else if let nodes = try otherNodes(for: node) {
      folded.formUnion(node.inputs)
      for node in nodes { append(node) }
    } else {
      return false
    }
    return true
  }

  /// The nodes that say the same as one whose own words nothing could follow.
  private mutating func otherNodes(for node: ForeignNode) throws(FilesError) -> [Node]? {
    if let nodes = try droppedOnes(node) { return nodes }
    return try overwrittenRun(node)
  }

  private mutating func addConverted(
    _ proto: ONNXNodeProto, domain: String, _ node: ForeignNode
  ) throws(FilesError) {
    var node = node
    switch domain.isEmpty ? try convert(&node) : .opaque {
    case .parameter(let tensor):
      // A single number is a constant of the formula; a list of them may be somebody's weights.
      if node.type == "Constant", tensor.elementCount == 1 { literals.insert(node.outputs[0]) }
      try addResult(tensor, of: node)
    case .node(let operation, let inputs, let outputs):
      append(
        Node(
          name: node.name, operation: operation, inputs: inputs,
          outputs: outputs ?? self.outputs(of: node)))
      if node.type == "ConstantOfShape" { scaffold[node.name] = node }
    case .kept(let reason):
      try checkKept(node, domain: domain)
      var opaque = opaqueOperator(proto, domain: domain, node)
      if let reason { opaque.reason = reason }
      append(
        Node(
          name: node.name, operation: .opaque(opaque), inputs: proto.input,
          outputs: proto.output))
    }
  }

  /// Adds a node whose result is known: a parameter if all of it is.
  private mutating func add(
    _ proto: ONNXNodeProto, _ node: ForeignNode, _ result: KnownTensor
  ) throws(FilesError) {
    let output = node.outputs[0]
    folded.formUnion(node.inputs)
    if let tensor = result.tensor {
      folded.insert(output)
      literals.insert(output)
      return try addResult(tensor, of: node)
    }
    computed[output] = result
    addScaffold(proto, node, result.type)
  }

  /// A parameter in place of a node; where the graph returns it, another name for one.
  private mutating func addResult(_ tensor: Tensor, of node: ForeignNode) throws(FilesError) {
    let output = node.outputs[0]
    guard isGraphOutput(output) else { return try addParameter(output, tensor) }
    let name = unusedName("\(output).value")
    try addParameter(name, tensor)
    literals.insert(name)
    append(
      Node(name: node.name, operation: .identity(Identity()), inputs: [name], outputs: [output]))
  }

  /// Adds a node that probably nobody reads in the end.
  private mutating func addScaffold(
    _ proto: ONNXNodeProto, _ node: ForeignNode, _ type: TensorType
  ) {
    var operation = opaqueOperator(proto, domain: "", node)
    operation.declaredOutputs = [type]
    append(
      Node(
        name: node.name, operation: .opaque(operation), inputs: proto.input,
        outputs: node.outputs))
    scaffold[node.name] = node
  }

  /// Backwards, so that a chain of them goes as a whole.
  private mutating func dropScaffold() throws(FilesError) {
    var needed = Set(contents.graph.output.map(\.name))
    var kept: [Node] = []
    for node in nodes.reversed() {
      if let foreign = scaffold[node.name] {
        guard node.outputs.contains(where: needed.contains) else { continue }
        if let replacement = sizeList(inPlaceOf: node, foreign) {
          needed.formUnion(replacement.flatMap(\.inputs))
          kept += replacement.reversed()
          continue
        }
        try checkKept(foreign, domain: "")
      }
      needed.formUnion(node.inputs)
      kept.append(node)
    }
    nodes = kept.reversed()
  }

  /// What computes the sizes that `node` does, where a run can tell them without it.
  private mutating func sizeList(inPlaceOf node: Node, _ foreign: ForeignNode) -> [Node]? {
    guard let value = computed[node.outputs[0]], let sizes = value.sizes, value.shape.rank <= 1,
      sizes.allSatisfy(isKnownInRuns)
    else { return nil }
    let list = SizeList(sizes, isScalar: value.isScalar)
    guard value.elementType != .int64 else {
      return [
        Node(
          name: node.name, operation: .sizeList(list), inputs: [], outputs: [node.outputs[0]])
      ]
    }
    let cast = { (integers: String) in
      Node(
        name: node.name, operation: .cast(Cast(to: value.elementType)), inputs: [integers],
        outputs: [node.outputs[0]])
    }
    if foreign.type == "Cast", computed[node.inputs[0]]?.elementType == .int64 {
      return [cast(node.inputs[0])]
    }
    let name = unusedName("\(node.outputs[0]).sizes")
    return [
      Node(
        name: nodeNames.name(forOperator: "Shape"), operation: .sizeList(list), inputs: [],
        outputs: [name]),
      cast(name),
    ]
  }

  /// Results that nobody reads are dropped, but for pieces of a split.
  private func outputs(of node: ForeignNode) -> [String] {
    if node.type == "Split" { return node.outputs }
    let last = node.outputs.indices.last { $0 == 0 || isRead($0, of: node) }
    return Array(node.outputs.prefix((last ?? 0) + 1))
  }

  private mutating func append(_ node: Node) {
    nodes.append(node)
    if case .opaque(let operation) = node.operation {
      for (name, type) in zip(node.outputs, operation.declaredOutputs) { types[name] = type }
      return
    }
    let definition = node.operation.definition
    let operands = node.inputs.map { types[$0] }
    guard !zip(node.inputs, operands).contains(where: { !$0.isEmpty && $1 == nil }),
      definition.inputCount.contains(operands.count),
      let results = try? definition.outputTypes(of: operands),
      results.allSatisfy(\.isPossible)
    else { return }  // Validation says what is wrong, if something is.
    for (name, type) in zip(node.outputs, results) { types[name] = type }
  }
}

extension Network {
  /// Removes those of the named parameters that nothing reads.
  fileprivate mutating func removeParameters(_ names: Set<String>) {
    let read = Set(graph.nodes.flatMap(\.inputs)).union(graph.outputs.map(\.name))
    let kept = parameters.values.filter { !names.contains($0.name) || read.contains($0.name) }
    self = Network(graph: graph, parameters: kept, metadata: metadata, origins: origins)
  }
}
