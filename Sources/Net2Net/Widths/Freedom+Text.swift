internal import OrderedCollections

extension Freedom {
  /// The reasons for people: what several operators say alike is said once, by the first of them
  /// with the number of the others.
  public var sentences: [String] {
    OrderedDictionary(grouping: reasons, by: \.nameless).values.map { alike in
      alike[0].sentence(others: alike.count - 1)
    }
  }
}

extension Freedom.Reason: CustomStringConvertible {
  public var description: String { sentence(others: 0) }

  fileprivate func sentence(others: Int) -> String {
    func named(_ node: String) -> String {
      others == 0 ? "\"\(node)\"" : "\"\(node)\" and \(others) more"
    }
    return switch self {
    case .graphInput(let name): "it is the graph's input \(named(name))"
    case .graphOutput(let name): "it is the graph's output \(named(name))"
    case .operation(let node, let name, let reason): "\(name) \(named(node)): \(reason)"
    case .mismatch(let node, let name):
      "\(name) \(named(node)): axes that would be one are divided differently"
    case .tied(let parameter, let writer, let reader):
      "\"\(parameter)\" makes it in \"\(writer)\" and sums over it in \(named(reader))"
    case .unscalable(let node, let name, let needed):
      "\(needed), and no scaled copies pass \(name) \(named(node))"
    case .contracted(let node):
      "two activations are multiplied and summed over it in \(named(node))"
    case .empty: "it has no units, and growth copies units"
    }
  }

  /// The same without its node's name.
  fileprivate var nameless: Self {
    switch self {
    case .graphInput, .graphOutput, .empty: self
    case .operation(_, let name, let reason): .operation(node: "", name: name, reason: reason)
    case .mismatch(_, let name): .mismatch(node: "", name: name)
    case .tied(let parameter, let writer, _):
      .tied(parameter: parameter, writer: writer, reader: "")
    case .unscalable(_, let name, let needed):
      .unscalable(node: "", name: name, needed: needed.nameless)
    case .contracted: .contracted(node: "")
    }
  }
}
