internal import OrderedCollections

/// Values that are parameters with their axes in another order, cut, laid end to end, or chosen
/// between: moved, as the operators say themselves. Whoever reads such a value reads the parameters, and gives them their roles.
struct ParameterViews {
  struct View: Hashable {
    var parameter: String
    /// The parameter's axis for each axis of the value; nil for one of size 1 that was put in.
    var axes: [Int?]
  }

  private let types: ValueTypes
  private var views: [String: [View]] = [:]

  /// Parameters, and what is a view of some.
  private(set) var values: Set<String>

  init(of network: Network, types: ValueTypes) {
    self.types = types
    values = Set(network.parameters.keys)
    for name in network.parameters.keys {
      views[name] = [View(parameter: name, axes: Array(0..<(types[name]?.rank ?? 0)))]
    }
  }

  /// The parameters' axes that an axis of `value` is.
  func axes(of value: String, axis: Int) -> [Widths.TensorAxis] {
    (views[value] ?? []).compactMap { view in
      guard axis < view.axes.count, let source = view.axes[axis] else { return nil }
      return Widths.TensorAxis(tensor: view.parameter, axis: source)
    }
  }

  /// True where `node` makes a view and so says nothing of its operands' roles.
  func isMade(by node: Node) -> Bool { node.outputs.contains { values.contains($0) } }

  mutating func follow(_ node: Node) {
    guard let made = views(madeBy: node) else { return }
    for output in node.outputs {
      views[output] = made
      values.insert(output)
    }
  }

  /// More parameters than these in one value are not followed: each node of a chain that joins one
  /// more would list them all again.
  private static let mostParameters = 256

  private func views(madeBy node: Node) -> [View]? {
    let operands = node.inputs.compactMap { views[$0] }
    guard !operands.isEmpty, operands.count == node.inputs.count,
      operands.reduce(0, { $0 + $1.count }) <= Self.mostParameters
    else { return nil }
    let moved = node.operation.definition.moved.positions(of: operands.count)
    guard !moved.isEmpty else { return nil }
    var found: OrderedSet<View> = []
    for operand in moved {
      guard let axes = axes(ofOperand: operand, madeBy: node) else { return nil }
      found.formUnion(
        operands[operand].map { view in
          View(parameter: view.parameter, axes: axes.map { $0.flatMap { view.axes[$0] } })
        })
    }
    return found.elements
  }

  /// The operand's axis for each axis of a node's results, nil for one of size 1 that has none and
  /// for one that is pinned. Nil where an axis is another than any of the operand's: stretched,
  /// repeated, merged.
  private func axes(ofOperand operand: Int, madeBy node: Node) -> [Int?]? {
    let outputs = node.outputs.compactMap { types[$0] }
    guard let first = outputs.first, outputs.count == node.outputs.count else { return nil }
    let inputs = node.inputs.map { types[$0] }
    var axes = [Int?](repeating: nil, count: first.rank)
    var pinned = Set<Int>()
    func relate(_ input: AxisReference, _ output: AxisReference) {
      guard case .input(operand, let from) = input, case .output(0, let to) = output else { return }
      axes[to] = from
    }
    let relations = node.operation.definition.axisRelations(inputs: inputs, outputs: outputs)
    for relation in relations {
      switch relation {
      case .same(let left, let right):
        relate(left, right)
        relate(right, left)
      case .concatenated(let parts, let whole):
        for part in parts {
          relate(part, whole)
          relate(whole, part)
        }
      case .regrouped(let left, let right):
        let size = { (axis: AxisReference) in axis.size(inputs, outputs) }
        let (from, to) = (left.filter { size($0) != 1 }, right.filter { size($0) != 1 })
        if from.map(size) == to.map(size) { zip(from, to).forEach(relate) }
      case .pinned(.output(_, let axis), _): pinned.insert(axis)
      case .written, .carried, .summed, .statistic, .extent, .pinned: break
      }
    }
    let isWhole = axes.indices.allSatisfy {
      axes[$0] != nil || first.dimensions[$0] == 1 || pinned.contains($0)
    }
    return isWhole ? axes : nil
  }
}

extension AxisReference {
  fileprivate func size(_ inputs: [TensorType?], _ outputs: [TensorType]) -> Dimension? {
    switch self {
    case .input(let index, let axis): inputs[index]?.dimensions[axis]
    case .output(let index, let axis): outputs[index].dimensions[axis]
    case .local(_, let size), .constant(let size): .fixed(size)
    }
  }
}
