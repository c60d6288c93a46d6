internal import Net2Net
internal import OrderedCollections

extension GraphImport {
  mutating func split(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    let axis = try node.integer("axis", default: 0)
    let count = try node.integer("num_outputs", default: node.outputs.count)
    guard var sizes = try listOperand(1, or: "split", of: &node) else { return .opaque }
    if sizes.isEmpty {
      guard count > 0, count == node.outputs.count,
        let (_, whole) = size(of: node.input(0), along: axis)
      else { return .opaque }
      // Equal pieces but for the last, which takes what is left.
      let piece = (whole + count - 1) / count
      sizes = (0..<count).map { max(min(piece, whole - $0 * piece), 0) }
    }
    guard sizes.count == node.outputs.count else {
      throw node.malformed("\(sizes.count) outputs", "\(node.outputs.count)")
    }
    return .node(
      .split(Split(axis: axis, sizes: sizes)), inputs: Array(node.inputs.prefix(1)))
  }

  /// A slice along one axis is one piece of a split, which also says what becomes of the others.
  mutating func slice(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    let starts = try boundOperand(1, or: "starts", of: &node)
    let ends = try boundOperand(2, or: "ends", of: &node)
    let axes = try listOperand(3, or: "axes", of: &node)
    let steps = try listOperand(4, or: "steps", of: &node)
    guard let starts, let ends, starts.count == 1, ends.count == 1, let axes, axes.count <= 1,
      steps == [] || steps == [1],
      let (axis, whole) = size(of: node.input(0), along: axes.first ?? 0)
    else { return .opaque }
    func bounded(_ bound: Int) -> Int { min(max(bound < 0 ? bound + whole : bound, 0), whole) }
    let (start, end) = (bounded(starts[0]), bounded(ends[0]))
    guard start < end else { return .opaque }
    let inputs = Array(node.inputs.prefix(1))
    let output = node.outputs[0]
    let pieces = [
      (unusedName(output + ".before"), start), (output, end - start),
      (unusedName(output + ".after"), whole - end),
    ].filter { $0.1 > 0 }
    guard pieces.count > 1 else { return .node(.identity(Identity()), inputs: inputs) }
    return .node(
      .split(Split(axis: axis, sizes: pieces.map(\.1))), inputs: inputs,
      outputs: pieces.map(\.0))
  }

  /// An axis counted from the front, and its size; nil where either is not known.
  private func size(of value: String?, along axis: Int) -> (axis: Int, size: Int)? {
    guard let type = value.flatMap({ types[$0] }) else { return nil }
    let axis = axis < 0 ? axis + type.rank : axis
    guard type.dimensions.indices.contains(axis), let size = type.dimensions[axis].size else {
      return nil
    }
    return (axis, size)
  }
}
