internal import Net2Net

/// `ScatterND` that overwrites a run of the first axis: what torch writes for `x[24:48] = y`, with
/// the numbers 24 … 47 as data.
///
/// Swin v2 so sets the bias of its keys to zero. As numbers, places cannot follow a width that
/// grows. As what lies before the run, the run and what lies behind it, cut and joined again, they
/// do; and what was overwritten stays beside what overwrites it, in a choice that never falls on
/// it, so that both remain one width.
extension GraphImport {
  /// Nodes that compute the same; nil where the places are not known, or are no run.
  mutating func overwrittenRun(_ node: ForeignNode) throws(FilesError) -> [Node]? {
    var node = node
    guard node.type == "ScatterND", node.inputs.count == 3, node.outputs.count == 1,
      try (node.text("reduction") ?? "none") == "none", node.isUnderstood,
      let type = types[node.inputs[0]], let whole = type.dimensions.first?.size,
      let run = run(of: node.inputs[1], within: whole),
      types[node.inputs[2]]
        == TensorType(type.elementType, [.fixed(run.count)] + type.dimensions.dropFirst())
    else { return nil }
    let sizes = [run.lowerBound, run.count, whole - run.upperBound]
    return try nodes(of: node, cut: sizes.filter { $0 > 0 }, overwriting: sizes[0] > 0 ? 1 : 0)
  }

  private mutating func nodes(
    of node: ForeignNode, cut sizes: [Int], overwriting place: Int
  ) throws(FilesError) -> [Node] {
    let output = node.outputs[0]
    let never = unusedName(output + ".never")
    try addParameter(never, Tensor(elementType: .bool, shape: [], repeating: 0))
    guard sizes.count > 1 else {
      return [choice(of: node, never, node.inputs[0], as: output, named: node.name)]
    }
    let pieces = sizes.indices.map { unusedName("\(output).piece\($0)") }
    let written = unusedName(output + ".written")
    var parts = pieces
    parts[place] = written
    return [
      Node(
        name: nodeNames.name(forOperator: "Split"),
        operation: .split(Split(axis: 0, sizes: sizes)), inputs: [node.inputs[0]], outputs: pieces),
      choice(
        of: node, never, pieces[place], as: written, named: nodeNames.name(forOperator: "Where")),
      Node(
        name: node.name, operation: .concatenation(Concatenation(axis: 0)), inputs: parts,
        outputs: [output]),
    ]
  }

  /// The updates, with what they overwrite beside them.
  private func choice(
    of node: ForeignNode, _ never: String, _ old: String, as output: String, named name: String
  ) -> Node {
    Node(
      name: name, operation: .selection(Selection()), inputs: [never, old, node.inputs[2]],
      outputs: [output])
  }

  /// The places that indices of one coordinate name, if each is the next one of an axis.
  private mutating func run(of indices: String, within size: Int) -> Range<Int>? {
    guard let type = types[indices]?.shape, type.rank == 2, type[1] == 1,
      spend(type.elementCount), let named = known(indices)?.integers, let first = named.first,
      let start = countedFromFront(first, of: size), named.count <= size - start,
      named.indices.allSatisfy({ countedFromFront(named[$0], of: size) == start + $0 })
    else { return nil }
    return start..<start + named.count
  }
}
