internal import OrderedCollections

/// Values that are parameters with their axes in another order, cut, laid end to end, or chosen
/// between. Whoever reads such a value reads the parameters, and gives them their roles.
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

  private func views(madeBy node: Node) -> [View]? {
    let operands = node.inputs.compactMap { views[$0] }
    guard let first = operands.first, operands.count == node.inputs.count else { return nil }
    switch node.operation {
    case .transposition(let operation):
      return first.map { view in
        View(parameter: view.parameter, axes: operation.permutation.map { view.axes[$0] })
      }
    case .identity, .slice, .split:
      return first
    case .concatenation:
      return Self.once(operands.flatMap(\.self))
    case .selection:
      return views(chosenBy: node)
    case .reshape:
      return axesThroughReshape(node).map { axes in
        first.map { view in
          View(parameter: view.parameter, axes: axes.map { $0.flatMap { view.axes[$0] } })
        }
      }
    default:
      return nil
    }
  }

  /// What is chosen has the result's axes, unless it is stretched.
  private func views(chosenBy node: Node) -> [View]? {
    let chosen = node.inputs.dropFirst()
    guard chosen.allSatisfy({ types[$0] == types[node.outputs[0]] }) else { return nil }
    return Self.once(chosen.flatMap { views[$0] ?? [] })
  }

  /// Parts of one parameter that are put together again are one view of it: without this, each
  /// part that a network overwrites would double what is followed.
  private static func once(_ views: [View]) -> [View] { OrderedSet(views).elements }

  /// Of each axis behind a reshape the one before it, where only axes of size 1 come and go.
  private func axesThroughReshape(_ node: Node) -> [Int?]? {
    guard let before = types[node.inputs[0]]?.dimensions,
      let behind = types[node.outputs[0]]?.dimensions
    else { return nil }
    let kept = before.indices.filter { before[$0] != 1 }
    guard kept.map({ before[$0] }) == behind.filter({ $0 != 1 }) else { return nil }
    var remaining = kept[...]
    return behind.map { $0 == 1 ? nil : remaining.removeFirst() }
  }
}
