/// An axis of one of a node's own tensors.
public enum AxisReference: Hashable, Sendable {
  case input(Int, axis: Int)
  case output(Int, axis: Int)
  /// A width that belongs to the node without being an axis of its own, such as the number of
  /// groups of a convolution.
  case local(String, size: Int)
  /// A number that is no width and never grows.
  case constant(Int)
}

/// What an operator says of the axes of its own tensors (width inference's only input).
public enum AxisRelation: Hashable, Sendable {
  /// One width.
  case same(AxisReference, AxisReference)
  /// `whole` is the parts laid end to end (the operands of a concatenation, the results of a
  /// split).
  case concatenated([AxisReference], whole: AxisReference)
  /// Both lists, read row-major, number the same elements: reshape, flatten, groups.
  case regrouped([AxisReference], [AxisReference])
  /// The parameter axis makes the units of the other axis.
  case written(AxisReference, by: AxisReference)
  /// The parameter axis goes along with the units of the other axis.
  case carried(AxisReference, by: AxisReference)
  /// Multiplied and summed over. Whichever side is a parameter is the reader; two activations
  /// are a contraction.
  case summed(AxisReference, by: AxisReference)
  /// Summarised over the axis.
  case statistic(AxisReference, Statistic)
  /// No width: a place or a time. It does not grow, and nobody expects it to.
  case extent(AxisReference)
  /// Cannot grow.
  case pinned(AxisReference, reason: String)
}

/// What a summary over an axis takes from its units, and so which copies leave it alone.
public enum Statistic: Hashable, Sendable {
  /// Means, variances, largest values: equal numbers of copies of every unit.
  case mean(String)
  /// Mean and variance over this axis alone, behind which `gain` multiplies unit by unit: also
  /// copies next to units that hold the others' mean, with gain and ε scaled (LEMON, arXiv
  /// 2310.07999). The operator scales its own ε by ⌊new / old⌋ · old / new when it is resized.
  case moments(String, gain: AxisReference)
  /// Σ x²: also isometric copies, in any numbers.
  case sumOfSquares(String)
  /// Σ x² / size, behind which the `gain` parameter multiplies unit by unit: as before, with the
  /// gain times √(old size / new size) to make up for the divisor. The operator scales its own ε
  /// by old size / new size when it is resized.
  case meanOfSquares(String, gain: AxisReference)

  var reason: String {
    switch self {
    case .mean(let reason), .moments(let reason, _), .sumOfSquares(let reason),
      .meanOfSquares(let reason, _):
      reason
    }
  }

  var gain: AxisReference? {
    switch self {
    case .mean, .sumOfSquares: nil
    case .moments(_, let gain), .meanOfSquares(_, let gain): gain
    }
  }

  /// Equal numbers of copies of every unit leave it alone.
  var isMean: Bool {
    switch self {
    case .mean, .moments: true
    case .sumOfSquares, .meanOfSquares: false
    }
  }
}
