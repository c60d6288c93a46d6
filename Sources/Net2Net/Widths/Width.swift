/// A set of axes that must have one size and one order of units.
public struct Width: Hashable, Sendable {
  /// From its first writer; unique within a network.
  public var name: String
  public var size: Int
  public var freedom: Freedom
  /// Every parameter axis that it runs along, in the order of the graph.
  public var uses: [Use]

  public struct Use: Hashable, Sendable {
    public var parameter: String
    public var axis: Int
    public var role: AxisRole
    /// The node that uses the parameter so.
    public var node: String
  }
}

/// How a width may grow, and why not more freely.
public enum Freedom: Hashable, Sendable {
  /// To any size.
  case free
  /// To multiples: every unit must have the same number of copies.
  case uniform([Reason])
  /// Not at all.
  case pinned([Reason])

  public enum Reason: Hashable, Sendable {
    case graphInput(String)
    case graphOutput(String)
    /// What an operator says of itself.
    case operation(node: String, name: String, reason: String)
    /// Two layouts that cannot be one.
    case mismatch(node: String, name: String)
    /// A parameter that both makes and sums over the width.
    case tied(parameter: String, writer: String, reader: String)
    /// Two activations multiplied and summed over the width.
    case contracted(node: String)
  }

  public var reasons: [Reason] {
    switch self {
    case .free: []
    case .uniform(let reasons), .pinned(let reasons): reasons
    }
  }

  /// `free`, `uniform` or `pinned`.
  public var name: String {
    switch self {
    case .free: "free"
    case .uniform: "uniform"
    case .pinned: "pinned"
    }
  }
}

extension Freedom.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .graphInput(let name): "it is the graph's input \"\(name)\""
    case .graphOutput(let name): "it is the graph's output \"\(name)\""
    case .operation(let node, let name, let reason): "\(name) \"\(node)\": \(reason)"
    case .mismatch(let node, let name):
      "\(name) \"\(node)\" joins axes that are divided differently"
    case .tied(let parameter, let writer, let reader):
      "\"\(parameter)\" makes it in \"\(writer)\" and sums over it in \"\(reader)\""
    case .contracted(let node):
      "\"\(node)\" multiplies two activations and sums over it"
    }
  }
}
