internal import Net2Net
internal import OrderedCollections

/// Nodes whose result is known: all that computes with shapes, integers and numbers written into
/// the graph.
///
/// Weights are never computed on, however small: a transposed or rearranged copy of one stays an
/// operator, so that growth can follow it to its parameter.
extension GraphImport {
  /// What `name` holds, if that is known.
  func known(_ name: String?) -> KnownTensor? {
    guard let name else { return nil }
    if let computed = computed[name] { return computed }
    guard let parameter = parameters[name],
      !parameter.elementType.isFloatingPoint || literals.contains(name)
    else { return nil }
    return KnownTensor(parameter)
  }

  /// The same for a list of sizes, or one of them; nil for more elements than such lists have.
  func knownSizes(_ name: String?) -> [Net2Net.Dimension]? {
    guard let cost = knownCount(name), cost <= KnownTensor.largestSizeCount else { return nil }
    return known(name)?.sizes
  }

  /// How many elements of `name` are known; nil where they are not.
  private func knownCount(_ name: String?) -> Int? {
    guard let name else { return nil }
    if let computed = computed[name] { return computed.elements.count }
    guard let parameter = parameters[name], parameter.elementCount <= KnownTensor.largestCount,
      !parameter.elementType.isFloatingPoint || literals.contains(name)
    else { return nil }
    return parameter.elementCount
  }

  /// The result of a node that computes with what is known alone.
  mutating func knownResult(of node: ForeignNode) throws(FilesError) -> KnownTensor? {
    guard node.outputs.count == 1, mayCompute(node) else { return nil }
    var node = node
    let result = try computedResult(of: &node)
    guard node.isUnderstood, let result else { return nil }
    let count = result.shape.elementCount
    guard count > KnownTensor.largestSizeCount else { return result }
    guard foldingAllowance > 0 else { return nil }
    let cost = count * result.elementType.byteCount * (1 + result.shape.rank)
    foldingAllowance -= min(cost, foldingAllowance)
    return result
  }

  // MARK: How much

  /// Takes from what may be spent on folding in one file: a few words can ask for millions of
  /// elements, and a file holds many of them. Elements that are read count once for each axis, those
  /// that are made once for each byte and axis. What comes after that stays a node, or is refused.
  ///
  /// - Returns: false where less is left; then nothing is taken.
  mutating func spend(_ cost: Int) -> Bool {
    guard foldingAllowance >= max(cost, 1) else { return false }
    foldingAllowance -= cost
    return true
  }

  /// False where an operand is not known, or where there is nothing left to be spent on it. Lists of
  /// sizes cost nothing.
  private mutating func mayCompute(_ node: ForeignNode) -> Bool {
    guard !["Shape", "Size"].contains(node.type) else { return true }
    guard Self.isFollowed(node.type) else { return false }
    var cost = 0
    // The second operand of a CastLike is not read.
    let operands = node.type == "CastLike" ? Array(node.inputs.prefix(1)) : node.inputs
    for name in operands where !name.isEmpty {
      guard let count = knownCount(name) else { return false }
      guard count > KnownTensor.largestSizeCount else { continue }
      cost += count * (1 + (types[name]?.rank ?? 0))
    }
    let isList = cost == 0 && !["ConstantOfShape", "Expand", "Range"].contains(node.type)
    return isList || spend(cost)
  }

  private static func isFollowed(_ type: String) -> Bool {
    KnownTensor.BinaryFunction(rawValue: type) != nil || KnownTensor.Relation(rawValue: type) != nil
      || KnownTensor.UnaryFunction(rawValue: type) != nil || movements.contains(type)
  }

  /// Those of ``computedResult(of:)`` that are no functions of elements.
  private static let movements: Set = [
    "Cast", "CastLike", "Concat", "ConstantOfShape", "Expand", "Gather", "GatherElements",
    "Identity", "Range", "Reshape", "ScatterND", "Slice", "Squeeze", "Transpose", "Trilu",
    "Unsqueeze", "Where",
  ]

  private func computedResult(of node: inout ForeignNode) throws(FilesError) -> KnownTensor? {
    switch node.type {
    case "Shape": return try shape(&node)
    case "Size": return size(node)
    case "CastLike":
      guard let type = node.input(1).flatMap({ types[$0]?.elementType }) else { return nil }
      return known(node.input(0))?.cast(to: type)
    default: break
    }
    let operands = node.inputs.map { $0.isEmpty ? nil : known($0) }
    guard zip(node.inputs, operands).allSatisfy({ $0.isEmpty || $1 != nil }),
      let first = operands.first ?? nil
    else { return nil }
    let others = operands.dropFirst().map { $0 }
    if let other = others.first ?? nil {
      if let result = try combination(&node, first, other) { return result }
    } else if let function = KnownTensor.UnaryFunction(rawValue: node.type) {
      return first.mapped(function)
    }
    switch node.type {
    case "Identity": return first
    case "Cast":
      let code = Int32(try node.integer("to", default: 0))
      return ElementType(onnxCode: code).flatMap { first.cast(to: $0) }
    case "Where":
      guard others.count == 2, let yes = others[0], let no = others[1] else { return nil }
      return KnownTensor.selected(first, yes, no)
    case "Range":
      guard others.count == 2, let limit = others[0], let step = others[1] else { return nil }
      return KnownTensor.range(from: first, to: limit, by: step)
    case "ScatterND":
      guard others.count == 2, try (node.text("reduction") ?? "none") == "none",
        let indices = others[0], let updates = others[1]
      else { return nil }
      return first.scattered(at: indices, updates)
    case "ConstantOfShape": return try filled(first, &node)
    default: return try movement(of: first, Array(operands), &node)
    }
  }

  private func combination(
    _ node: inout ForeignNode, _ first: KnownTensor, _ other: KnownTensor
  ) throws(FilesError) -> KnownTensor? {
    guard node.inputs.count == 2 else { return nil }
    if let relation = KnownTensor.Relation(rawValue: node.type) {
      return KnownTensor.compared(relation, first, other)
    }
    if let function = KnownTensor.BinaryFunction(rawValue: node.type) {
      guard try !node.flag("fmod", default: false) else { return nil }
      return KnownTensor.combined(function, first, other)
    }
    return nil
  }

  private func movement(
    of value: KnownTensor, _ operands: [KnownTensor?], _ node: inout ForeignNode
  ) throws(FilesError) -> KnownTensor? {
    switch node.type {
    case "Gather":
      let axis = try node.integer("axis", default: 0)
      return operands.count > 1 ? operands[1].flatMap { value.gathered(at: $0, axis: axis) } : nil
    case "GatherElements":
      let axis = try node.integer("axis", default: 0)
      guard operands.count > 1, let indices = operands[1] else { return nil }
      return value.gatheredElements(at: indices, axis: axis)
    case "Slice": return try sliced(value, operands, &node)
    case "Squeeze":
      return try axes(operands, &node).flatMap { value.squeezed($0) }
    case "Unsqueeze":
      return try axes(operands, &node).flatMap { value.unsqueezed($0) }
    case "Concat":
      let axis = try node.integer("axis", default: 1)
      return KnownTensor.joined(operands.compactMap(\.self), axis: axis)
    case "Reshape":
      let zeroIsSize = try node.flag("allowzero", default: false)
      let older = try node.elements("shape")?.map { Int($0) }
      guard let target = older ?? (operands.count > 1 ? operands[1]?.integers : nil) else {
        return nil
      }
      return value.reshaped(to: target, zeroIsSize: zeroIsSize)
    case "Transpose": return value.transposed(try node.integers("perm"))
    case "Expand":
      guard operands.count > 1, let sizes = operands[1]?.integers,
        sizes.allSatisfy((0...maximumSize).contains)
      else { return nil }
      return value.expanded(to: Shape(sizes))
    case "Trilu":
      let isUpper = try node.flag("upper", default: true)
      let diagonal = operands.count > 1 ? operands[1]?.integers : [0]
      guard let diagonal, diagonal.count == 1 else { return nil }
      return value.triangle(isUpper: isUpper, from: diagonal[0])
    default: return nil
    }
  }

  private func shape(_ node: inout ForeignNode) throws(FilesError) -> KnownTensor? {
    guard let type = node.input(0).flatMap({ types[$0] }) else { return nil }
    let start = try node.integer("start", default: 0)
    let end = try node.integer("end", default: maximumSize)
    return KnownTensor(type.dimensions)?.sliced(axis: 0, from: start, to: end)
  }

  private func size(_ node: ForeignNode) -> KnownTensor? {
    guard let type = node.input(0).flatMap({ types[$0] }),
      let count = Dimension.product(of: type.dimensions)
    else { return nil }
    return KnownTensor(.int64, [], .sizes([count]))
  }

  private func filled(
    _ sizes: KnownTensor, _ node: inout ForeignNode
  ) throws(FilesError) -> KnownTensor? {
    var value = Tensor([Float(0)], shape: [1])
    if let proto = try node.tensor("value") {
      guard ElementType(onnxCode: proto.dataType) != nil else { return nil }
      var reader = tensors
      value = try reader.tensor(proto, part: "node \"\(node.name)\" (ConstantOfShape)")
    }
    guard let sizes = sizes.integers, sizes.allSatisfy((0...maximumSize).contains),
      value.elementCount == 1
    else { return nil }
    let element = KnownTensor(Parameter(name: "", tensor: value.reshaped(to: [])))
    return element?.expanded(to: Shape(sizes))
  }

  /// Axes are an input since operator set 13, an attribute before.
  private func axes(
    _ operands: [KnownTensor?], _ node: inout ForeignNode
  ) throws(FilesError) -> [Int]? {
    if let axes = try node.integers("axes") { return axes }
    guard operands.count > 1, let given = operands[1] else { return [] }
    return given.integers
  }

  /// Bounds are inputs since operator set 10, attributes before.
  private func sliced(
    _ value: KnownTensor, _ operands: [KnownTensor?], _ node: inout ForeignNode
  ) throws(FilesError) -> KnownTensor? {
    func bounds(_ index: Int, _ older: [Int64]?) -> [Int]? {
      older?.map { Int($0) } ?? (index < operands.count ? operands[index]?.integers : nil)
    }
    let starts = bounds(1, try node.elements("starts"))
    let ends = bounds(2, try node.elements("ends"))
    guard let starts, let ends, starts.count == ends.count else { return nil }
    let axes = bounds(3, try node.elements("axes")) ?? Array(starts.indices)
    let steps = bounds(4, nil) ?? starts.map { _ in 1 }
    guard axes.count == starts.count, steps.count == starts.count,
      axes.count <= value.shape.rank
    else { return nil }
    var result: KnownTensor? = value
    for (index, axis) in axes.enumerated() {
      result = result?.sliced(
        axis: axis, from: starts[index], to: ends[index], by: steps[index])
    }
    return result
  }

  /// The target of a reshape to `sizes`: 0 where one that only a run can tell repeats the input's,
  /// -1 for one that nothing else tells, and the names of the graph inputs' sizes where there are
  /// more of these; nil where names do not tell them.
  func reshapeTarget(_ sizes: [Net2Net.Dimension], from input: TensorType?)
    -> [Net2Net.Dimension]?
  {
    var target = sizes.enumerated().map { axis, size -> Net2Net.Dimension in
      guard size.size == nil, let input, axis < input.rank, input.dimensions[axis] == size else {
        return size
      }
      return 0
    }
    let open = target.indices.filter { target[$0].size == nil }
    guard !open.isEmpty else { return target }
    let rests = target.count { $0 == -1 }
    let nameless = open.filter { !isKnownInRuns(target[$0]) }
    guard rests <= 1, rests + nameless.count <= 1 else { return nil }
    // A product such as 4·N is the rest rather than a name: its 4 may be a width.
    let rest = nameless.first ?? open.first { !target[$0].isSymbol } ?? open.first
    if rests == 0, let rest { target[rest] = -1 }
    return target
  }
}
