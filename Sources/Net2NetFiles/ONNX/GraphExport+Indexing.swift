internal import Net2Net

/// Operators that pick, cut and repeat entries of axes, or number them.
extension GraphExport {
  /// Starts, ends, axes, and steps where they are not 1.
  mutating func bounds(of operation: Slice, _ node: Node) -> [String] {
    let cuts = operation.cuts
    let ends = cuts.map { cut -> Dimension in
      guard let count = cut.count.size else { return cut.count }
      let span = count.multipliedReportingOverflow(by: cut.step)
      let end = cut.start.addingReportingOverflow(span.partialValue)
      guard !span.overflow, !end.overflow else { return .fixed(cut.step > 0 ? .max : .min) }
      // Below zero it would count from the end; the smallest number stands for the start.
      return .fixed(count == 0 ? 0 : end.partialValue < 0 ? .min : end.partialValue)
    }
    let operands = [
      list("starts", cuts.map(\.start), of: node), sizes("ends", ends, of: node),
      list("axes", cuts.map(\.axis), of: node),
    ]
    guard cuts.contains(where: { $0.step != 1 }) else { return operands }
    return operands + [list("steps", cuts.map(\.step), of: node)]
  }

  /// 0, the limit, and steps of 1.
  mutating func limits(of operation: CountingRange, _ node: Node) -> [String] {
    [
      integer("start", 0, of: node), scalarSize("limit", operation.limit, of: node),
      integer("delta", 1, of: node),
    ]
  }

  mutating func describe(
    _ operation: Pad, _ node: Node, in attributes: inout AttributeList
  ) -> [String] {
    attributes.set("mode", operation.mode.rawValue)
    let pads = list("pads", operation.begins + operation.ends, of: node)
    guard operation.mode == .constant, operation.value != 0 else { return [pads] }
    let type = elementType(of: node.inputs[0])
    return [pads, number("value", operation.value, as: type, of: node)]
  }

  mutating func describe(
    _ operation: CumulativeSum, _ node: Node, in attributes: inout AttributeList
  ) -> [String] {
    attributes.set("exclusive", operation.isExclusive)
    attributes.set("reverse", operation.isReversed)
    return [integer("axis", operation.axis, of: node)]
  }

  mutating func describe(
    _ operation: Triangle, _ node: Node, in attributes: inout AttributeList
  ) -> [String] {
    attributes.set("upper", operation.isUpper)
    return operation.diagonal == 0 ? [] : [integer("k", operation.diagonal, of: node)]
  }

  mutating func describe(
    _ operation: OneHot, _ node: Node, in attributes: inout AttributeList
  ) -> [String] {
    attributes.set("axis", operation.axis)
    let values = [operation.off, operation.on]
    return [
      integer("depth", operation.depth, of: node),
      addOperand(
        "values", of: node, Tensor(elementType: operation.elementType, shape: [2]) { values[$0] }),
    ]
  }

  func describe(_ operation: ExtremePlace, in attributes: inout AttributeList) {
    attributes.set("axis", operation.axis)
    attributes.set("keepdims", operation.keepsAxis)
    attributes.set("select_last_index", operation.prefersLast)
  }

  func describe(_ operation: Predicate, in attributes: inout AttributeList) {
    guard case .isInfinite(let positive, let negative) = operation.function else { return }
    attributes.set("detect_positive", positive)
    attributes.set("detect_negative", negative)
  }

  private mutating func integer(_ role: String, _ value: Int, of node: Node) -> String {
    addOperand(role, of: node, Tensor([Int64(value)], shape: []))
  }
}
