internal import Net2Net
internal import OrderedCollections

/// Operators in which the place of an entry matters.
extension GraphImport {
  mutating func positional(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    let operation: Operator?
    switch node.type {
    case "Pad": return try pad(&node)
    case "CumSum": operation = try cumulativeSum(&node)
    case "Trilu": operation = try triangle(&node)
    case "ArgMax", "ArgMin": operation = try extremePlace(&node)
    case "OneHot": operation = try oneHot(&node)
    default: operation = nil
    }
    guard let operation else { return .kept(because: "one of its operands is not a constant") }
    return .node(operation, inputs: Array(node.inputs.prefix(1)))
  }

  private mutating func cumulativeSum(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    guard let axis = try listOperand(1, or: "axis", of: &node), axis.count == 1 else { return nil }
    let isExclusive = try node.flag("exclusive", default: false)
    let isReversed = try node.flag("reverse", default: false)
    return .cumulativeSum(
      CumulativeSum(axis: axis[0], isExclusive: isExclusive, isReversed: isReversed))
  }

  private mutating func triangle(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    guard let diagonal = try listOperand(1, or: "k", of: &node), diagonal.count <= 1 else {
      return nil
    }
    let isUpper = try node.flag("upper", default: true)
    return .triangle(Triangle(isUpper: isUpper, diagonal: diagonal.first ?? 0))
  }

  private func extremePlace(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    let axis = try node.integer("axis", default: 0)
    let keepsAxis = try node.flag("keepdims", default: true)
    let prefersLast = try node.flag("select_last_index", default: false)
    return ExtremePlace.Function(rawValue: node.type).map {
      .extremePlace(
        ExtremePlace($0, axis: axis, keepsAxis: keepsAxis, prefersLast: prefersLast))
    }
  }

  private mutating func oneHot(_ node: inout ForeignNode) throws(FilesError) -> Operator? {
    let axis = try node.integer("axis", default: -1)
    guard let depth = try scalarOperand(1, of: node),
      let values = node.input(2).flatMap({ parameters[$0] })
    else { return nil }
    guard (1...Double(maximumSize)).contains(depth), values.elementCount == 2 else {
      throw node.malformed(
        "a depth from 1 to \(maximumSize) and two values",
        "a depth of \(depth) and \(values.elementCount) values")
    }
    folded.insert(values.name)
    let numbers = values.tensor().doubles()
    return .oneHot(
      OneHot(
        axis: axis, depth: Int(depth), elementType: values.elementType, off: numbers[0],
        on: numbers[1]))
  }
}

// MARK: Pads

extension GraphImport {
  /// Pads and the value are inputs since operator set 11; axes can be named since 18.
  private mutating func pad(_ node: inout ForeignNode) throws(FilesError) -> Conversion {
    let text = try node.text("mode") ?? "constant"
    var value = try node.number("value", default: 0)
    if node.input(2) != nil {
      guard let operand = try scalarOperand(2, of: node) else {
        return .kept(because: "the number it fills in is not a constant")
      }
      value = operand
    }
    guard let mode = Pad.Mode(rawValue: text) else {
      throw node.malformed("a known mode", "\"\(text)\"")
    }
    guard let type = node.input(0).flatMap({ types[$0] }),
      let amounts = try padAmounts(of: &node, rank: type.rank)
    else { return .kept(because: "its pads are computed in the graph") }
    let (begins, ends) = amounts
    for axis in 0..<type.rank where begins[axis] != 0 || ends[axis] != 0 {
      guard type.dimensions[axis].size != nil else {
        return .kept(because: "axis \(axis) is padded, whose size is known only at run time")
      }
      guard begins[axis] >= 0, ends[axis] >= 0 else {
        throw node.unsupported(
          "pads of \(begins[axis]) and \(ends[axis]) cut entries off", "cut them with a Slice")
      }
    }
    let operation = Pad(mode, begins: begins, ends: ends, value: mode == .constant ? value : 0)
    return .node(.pad(operation), inputs: Array(node.inputs.prefix(1)))
  }

  private mutating func padAmounts(
    of node: inout ForeignNode, rank: Int
  ) throws(FilesError) -> (begins: [Int], ends: [Int])? {
    guard let pads = try listOperand(1, or: "pads", of: &node),
      var axes = try listOperand(3, or: "axes", of: &node)
    else { return nil }
    if axes.isEmpty { axes = Array(0..<rank) }
    let places = axes.compactMap { countedFromFront($0, of: rank) }
    guard pads.count == 2 * axes.count, Set(places).count == axes.count else {
      throw node.malformed(
        "two pads for each of its axes", "pads \(pads) for axes \(axes) of \(rank)")
    }
    var begins = [Int](repeating: 0, count: rank)
    var ends = begins
    for (index, axis) in places.enumerated() {
      begins[axis] = pads[index]
      ends[axis] = pads[index + axes.count]
    }
    return (begins, ends)
  }
}
