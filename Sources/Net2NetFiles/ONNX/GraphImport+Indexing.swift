internal import Net2Net
internal import OrderedCollections

/// Operators that pick, cut and repeat entries of axes.
extension GraphImport {
  mutating func indexing(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    switch node.type {
    case "Gather":
      let axis = try node.integer("axis", default: 0)
      return .node(.gather(Gather(axis: axis)), inputs: node.inputs)
    case "GatherElements":
      let axis = try node.integer("axis", default: 0)
      return .node(.gatherElements(GatherElements(axis: axis)), inputs: node.inputs)
    case "GatherND":
      let count = try node.integer("batch_dims", default: 0)
      return .node(.gatherND(GatherND(batchAxes: count)), inputs: node.inputs)
    case "ScatterND":
      let reduction = try node.text("reduction") ?? "none"
      guard reduction == "none" else {
        return .kept(because: "its reduction \"\(reduction)\" is not known here")
      }
      return .node(.scatterND(ScatterND()), inputs: node.inputs)
    case "Slice": return try slice(&node)
    case "Expand": return expand(node)
    case "ConstantOfShape": return try constantOfShape(&node)
    case "Tile": return tile(node)
    case "Range": return try range(node)
    default: return .opaque
    }
  }

  private mutating func expand(_ node: ForeignNode) -> Conversion {
    guard let target = runtimeSizes(1, of: node) else { return .kept(because: Self.unknownSizes) }
    return .node(.expand(Expand(target: target)), inputs: Array(node.inputs.prefix(1)))
  }

  private mutating func tile(_ node: ForeignNode) -> Conversion {
    guard let repeats = runtimeSizes(1, of: node) else { return .kept(because: Self.unknownSizes) }
    return .node(.tile(Tile(repeats: repeats)), inputs: Array(node.inputs.prefix(1)))
  }

  /// A range of known numbers is a constant; otherwise it must count from 0 to a size.
  private mutating func range(_ node: ForeignNode) throws(FilesError) -> Conversion {
    if let tensor = try constantRange(node) { return .parameter(tensor) }
    let operands = (0..<3).map { knownSizes(node.input($0)) }
    guard operands[0] == [0], operands[2] == [1], let limit = operands[1], limit.count == 1,
      isKnownInRuns(limit[0])
    else { return .kept(because: Self.unknownSizes) }
    folded.formUnion(node.inputs)
    return .node(.range(CountingRange(limit: limit[0])), inputs: [])
  }

  /// Nil where an operand is not constant, and for a range too long to be kept.
  private mutating func constantRange(_ node: ForeignNode) throws(FilesError) -> Tensor? {
    guard node.inputs.count == 3,
      let type = node.input(0).flatMap({ types[$0]?.elementType }),
      let start = try scalarOperand(0, of: node), let limit = try scalarOperand(1, of: node),
      let delta = try scalarOperand(2, of: node)
    else { return nil }
    guard delta != 0, start.isFinite, limit.isFinite, delta.isFinite else {
      throw node.malformed("numbers, and steps other than 0", "\(start), \(limit), \(delta)")
    }
    let count = max(((limit - start) / delta).rounded(.up), 0)
    guard count <= Self.longestRange, spend(Int(count) * type.byteCount) else { return nil }
    return Tensor(elementType: type, shape: [Int(count)]) { start + Double($0) * delta }
  }

  /// Positions of a long text, or of the places of an image.
  private static var longestRange: Double { 65_536 }

  /// Copies of one number.
  private mutating func constantOfShape(_ node: inout ForeignNode) throws(FilesError) -> Conversion
  {
    guard let target = runtimeSizes(0, of: node) else { return .kept(because: Self.unknownSizes) }
    var value = Tensor([Float(0)], shape: [])
    if node.has("value"), let proto = try node.tensor("value") {
      guard ElementType(onnxCode: proto.dataType) != nil else { return .opaque }
      value = try tensors.tensor(proto, part: "node \"\(node.name)\" (ConstantOfShape)")
    }
    guard value.elementCount == 1 else {
      throw node.malformed("a value of one element", "shape \(value.shape)")
    }
    let name = unusedName("\(node.outputs[0]).value")
    try addParameter(name, value.reshaped(to: []))
    folded.insert(name)
    return .node(.expand(Expand(target: target)), inputs: [name])
  }

  static var unknownSizes: String { "its sizes are not known, nor those of a graph input" }

  /// Input `index` as a list of sizes, each known or that of a graph input's axis; nil when it is
  /// something else.
  mutating func runtimeSizes(_ index: Int, of node: ForeignNode) -> [Dimension]? {
    guard let name = node.input(index), let sizes = knownSizes(name), types[name]?.rank == 1,
      sizes.allSatisfy(isKnownInRuns)
    else { return nil }
    folded.insert(name)
    return sizes
  }

  /// True for a size that a run can tell from its inputs.
  func isKnownInRuns(_ size: Dimension) -> Bool { size.symbols.allSatisfy(symbols.contains) }
}

// MARK: Slices

extension GraphImport {
  private mutating func slice(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    guard let type = node.input(0).flatMap({ types[$0] }) else { return .opaque }
    let starts = try bounds(1, or: "starts", of: &node)
    let ends = try bounds(2, or: "ends", of: &node)
    guard let starts, let ends, var axes = try listOperand(3, or: "axes", of: &node),
      var steps = try listOperand(4, or: "steps", of: &node)
    else { return .kept(because: "its bounds are computed in the graph") }
    if axes.isEmpty { axes = Array(starts.indices) }
    if steps.isEmpty { steps = starts.map { _ in 1 } }
    guard Set([starts.count, ends.count, axes.count, steps.count]).count == 1 else {
      throw node.malformed(
        "a start, an end, an axis and a step for each cut",
        "\(starts.count), \(ends.count), \(axes.count) and \(steps.count)")
    }
    var cuts: [Slice.Cut] = []
    for index in axes.indices {
      guard let axis = countedFromFront(axes[index], of: type.rank) else {
        throw node.malformed("axes within \(type)", "axis \(axes[index])")
      }
      guard steps[index] != 0 else { throw node.malformed("steps other than 0", "0") }
      let bounds = SliceBounds(start: starts[index], end: ends[index], step: steps[index])
      let whole = type.dimensions[axis]
      if bounds.coverAll(of: whole) { continue }
      guard let cut = bounds.cut(of: whole, axis: axis), isKnownInRuns(cut.count) else {
        return .kept(because: "where axis \(axis) is cut is known only at run time")
      }
      cuts.append(cut)
    }
    let inputs = Array(node.inputs.prefix(1))
    return .node(cuts.isEmpty ? .identity(Identity()) : .slice(Slice(cuts)), inputs: inputs)
  }

  /// Bounds as a constant, an attribute, or sizes that the graph computes.
  private mutating func bounds(
    _ index: Int, or attribute: String, of node: inout ForeignNode
  ) throws(FilesError) -> [Dimension]? {
    if let name = node.input(index), let list = computed[name] { return list.sizes }
    return try boundOperand(index, or: attribute, of: &node)?.map { .fixed($0) }
  }
}

/// A cut as ONNX writes it: bounds below zero count from the end, those beyond the axis stand for
/// its ends.
private struct SliceBounds {
  let start: Dimension
  let end: Dimension
  let step: Int

  func coverAll(of whole: Dimension) -> Bool {
    guard step == 1, start == 0 || start == .fixed(.min) else { return false }
    return end == whole || (end.size ?? 0) >= maximumSize
  }

  /// Nil where a run must tell.
  func cut(of whole: Dimension, axis: Int) -> Slice.Cut? {
    guard let size = whole.size, let start = start.size else { return nil }
    guard let end = end.size else {
      return start == 0 && step == 1 ? Slice.Cut(axis: axis, start: 0, count: end) : nil
    }
    let (first, last) = (counted(start, size), counted(end, size))
    if step > 0 {
      let from = min(max(first, 0), size)
      let count = max(min(max(last, 0), size) - from + step - 1, 0) / step
      return Slice.Cut(
        axis: axis, start: count == 0 ? 0 : from, count: .fixed(count), step: step)
    }
    let from = min(max(first, -1), size - 1)
    let count = max(from - min(max(last, -1), size - 1) - step - 1, 0) / -step
    return Slice.Cut(axis: axis, start: count == 0 ? 0 : from, count: .fixed(count), step: step)
  }

  private func counted(_ bound: Int, _ size: Int) -> Int { bound < 0 ? bound + size : bound }
}
