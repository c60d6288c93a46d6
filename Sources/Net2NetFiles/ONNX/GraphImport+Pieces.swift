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

  /// An axis counted from the front, and its size; nil where either is not known.
  private func size(of value: String?, along axis: Int) -> (axis: Int, size: Int)? {
    guard let type = value.flatMap({ types[$0] }),
      let axis = countedFromFront(axis, of: type.rank), let size = type.dimensions[axis].size
    else { return nil }
    return (axis, size)
  }
}
