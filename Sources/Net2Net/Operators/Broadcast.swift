/// NumPy's rule: shapes are aligned at their last axes, and an axis of size 1 stretches.
struct Broadcast {
  let output: [Dimension]

  init(_ left: some Collection<Dimension>, _ right: some Collection<Dimension>) throws(ShapeError) {
    let left = Array(left)
    let right = Array(right)
    let rank = max(left.count, right.count)
    var output: [Dimension] = []
    for axis in 0..<rank {
      let a = Self.dimension(left, axis: axis, rank: rank)
      let b = Self.dimension(right, axis: axis, rank: rank)
      guard a == b || a == 1 || b == 1 else {
        throw ShapeError("\(left.asShape) and \(right.asShape) cannot be broadcast together")
      }
      output.append(a == 1 ? b : a)
    }
    self.output = output
  }

  private static func dimension(_ list: [Dimension], axis: Int, rank: Int) -> Dimension {
    let index = axis - (rank - list.count)
    return index < 0 ? 1 : list[index]
  }

  /// Axes that agree with the output's are one width with it; stretched ones are pinned.
  static func relations(
    of left: some Collection<Dimension>, _ right: some Collection<Dimension>,
    into output: some Collection<Dimension>
  ) -> [AxisRelation] {
    relations(of: [Array(left), Array(right)], into: Array(output))
  }

  static func relations(of operands: [[Dimension]], into output: [Dimension]) -> [AxisRelation] {
    var relations: [AxisRelation] = []
    for (input, list) in operands.enumerated() {
      for axis in list.indices {
        let target = axis + output.count - list.count
        if list[axis] == output[target] {
          relations.append(.same(.input(input, axis: axis), .output(0, axis: target)))
        } else {
          relations.append(
            .pinned(.input(input, axis: axis), reason: "stretched to \(output[target])"))
        }
      }
    }
    return relations
  }
}
