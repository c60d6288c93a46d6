internal import OrderedCollections

/// Follows units that are scaled, copy by copy, from where they are written to where they are read,
/// and finds the operators that do not let them through.
///
/// A value runs along a width either scaled, as its writers are, or as a constant that was
/// stretched over it, such as the length that a vector is divided by. Sums need operands of one
/// kind, products at most one that is scaled, quotients a divisor that is not; whoever sums over
/// the width needs what it sums scaled.
struct ScaledCopies {
  private enum Kind {
    case scaled, constant
  }

  let network: Network
  let types: ValueTypes
  let layouts: [Widths.TensorAxis: AxisLayout]
  /// Parameters, and values that are parameters with their axes in another order.
  let parameterValues: Set<String>
  let summaries: [Widths.Summary]
  let contractions: [(layout: AxisLayout, node: String)]

  /// The operators in the way of each of these widths.
  func obstacles(among candidates: Set<Int>) -> [(width: Int, node: Node)] {
    let squared = Dictionary(grouping: summaries.filter { !$0.statistic.isMean }, by: \.node)
      .mapValues { Set($0.flatMap(\.layout.widths)) }
    let contracted = Dictionary(grouping: contractions, by: \.node)
      .mapValues { Set($0.flatMap(\.layout.widths)) }
    var kinds: [String: [Int: Kind]] = [:]
    var obstacles: [(width: Int, node: Node)] = []
    for node in network.graph.nodes {
      let made = node.outputs.reduce(into: Set<Int>()) { $0.formUnion(widths(of: $1)) }
      let operands = node.inputs.filter { types[$0]?.elementType.isFloatingPoint ?? false }
      let carried = operands.map(widths)
      var found: [Int: Kind] = [:]
      for width in carried.reduce(made, { $0.union($1) }).intersection(candidates) {
        let passage = Passage(
          operands: zip(operands, carried).map { operand, widths in
            guard widths.contains(width) else { return .lacking }
            if parameterValues.contains(operand) { return .parameter }
            return kinds[operand]?[width] == .constant ? .constant : .scaled
          }, isSquared: squared[node.name]?.contains(width) ?? false,
          isContracted: contracted[node.name]?.contains(width) ?? false,
          isJoined: types.joinsOperands(node))
        if made.contains(width) {
          found[width] = passage.result(of: node)
          if found[width] == nil { obstacles.append((width, node)) }
        } else if !passage.mayBeSummed {
          obstacles.append((width, node))
        }
      }
      for output in node.outputs { kinds[output] = found }
    }
    return obstacles
  }

  private func widths(of tensor: String) -> Set<Int> {
    var widths = Set<Int>()
    for axis in 0..<(types[tensor]?.rank ?? 0) {
      let layout = layouts[Widths.TensorAxis(tensor: tensor, axis: axis)]
      widths.formUnion(layout?.widths ?? [])
    }
    return widths
  }

  /// One node, seen from one width.
  private struct Passage {
    enum Operand {
      case scaled, constant, parameter, lacking
    }

    let operands: [Operand]
    let isSquared: Bool
    let isContracted: Bool
    /// Operands are laid end to end.
    let isJoined: Bool

    private func count(_ kind: Operand) -> Int { operands.count { $0 == kind } }

    /// Over a width that ends here.
    var mayBeSummed: Bool {
      guard isContracted || isSquared || count(.parameter) > 0 else { return true }
      return count(.constant) == 0
    }

    /// Nil where the results would be of neither kind.
    func result(of node: Node) -> Kind? {
      switch node.operation.definition.scaling {
      case .allOperands: sum
      case .eachOperand: product
      case .firstOperand: quotient
      case .none: function
      }
    }

    /// Pieces laid end to end do not mix their units.
    private var sum: Kind? {
      if count(.scaled) + count(.parameter) == 0 { return .constant }
      return count(.constant) == 0 && (isJoined || count(.lacking) == 0) ? .scaled : nil
    }

    private var product: Kind? {
      switch count(.scaled) {
      case 0: count(.constant) == 0 && count(.parameter) > 0 ? .scaled : .constant
      case 1: .scaled
      default: nil
      }
    }

    private var quotient: Kind? {
      guard !operands.dropFirst().contains(.scaled) else { return nil }
      return operands.first == .scaled || operands.first == .parameter ? .scaled : .constant
    }

    private var function: Kind? {
      if isSquared { return count(.constant) == 0 ? .scaled : nil }
      return count(.scaled) == 0 ? .constant : nil
    }
  }
}

extension ValueTypes {
  /// Whether an axis of the result is operands laid end to end.
  fileprivate func joinsOperands(_ node: Node) -> Bool {
    let outputs = node.outputs.compactMap { self[$0] }
    let relations = node.operation.definition.axisRelations(
      inputs: node.inputs.map { self[$0] }, outputs: outputs)
    return relations.contains { relation in
      guard case .concatenated(let parts, _) = relation else { return false }
      return parts.count { if case .input = $0 { true } else { false } } > 1
    }
  }
}
