/// A set of axes that must have one size and one order of units.
public struct Width: Hashable, Sendable {
  /// From its first writer; unique within a network.
  public var name: String
  public var size: Int
  public var freedom: Freedom
  public var copying: Copying = .plain
  /// Every parameter axis that it runs along, in the order of the graph.
  public var uses: [Use]

  /// What a copy of a unit holds.
  public enum Copying: Hashable, Sendable {
    /// The unit's own value; readers share it out.
    case plain
    /// The unit's value times s_j, and readers multiply by s_j again, with Σ s_j² = 1 over the
    /// copies of a unit. Sums of squares and products of two activations summed over the width
    /// stay what they were, whatever the numbers of copies.
    case isometric
    /// Plain copies, the same number of every unit, and for what is left units that hold the mean
    /// of the old ones. Readers take these in pairs with opposite signs.
    case meanFilled
  }

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
    /// Only isometric copies would keep what this says, and the operator that follows does not
    /// let scaled copies through.
    indirect case unscalable(node: String, name: String, needed: Reason)
    /// Two activations multiplied and summed over the width.
    case contracted(node: String)
    /// There are no units that new ones could copy.
    case empty
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
