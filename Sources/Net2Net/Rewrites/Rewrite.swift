/// A pending change of a parameter: along each listed axis, which old index a new one comes
/// from and with which coefficient; then noise and fresh entries.
///
///     new[j₀, j₁, …] = Π coefficientₐ[jₐ] · old[source₀[j₀], source₁[j₁], …] + noise
///
/// An entry without a source is fresh: drawn, or constant. Everything is computed in double
/// from positions alone, so the result does not depend on order or threads.
public struct Rewrite: Hashable, Sendable {
  /// The new indices of one axis.
  public struct Axis: Hashable, Sendable {
    public var axis: Int
    public var role: AxisRole
    public var entries: [Entry]

    public init(axis: Int, role: AxisRole, entries: [Entry]) {
      self.axis = axis
      self.role = role
      self.entries = entries
    }
  }

  public struct Entry: Hashable, Sendable {
    /// The old index; nil for a fresh entry, and for one that averages.
    public var source: Int?
    /// The old indices whose mean the entry is; none for any other entry.
    public var averaged: [Int] = []
    public var coefficient: Double
    /// What a gradient with respect to this entry is of the one with respect to the old entry:
    /// the transposed map, Σ coefficient · gradientCoefficient = 1 over the copies. 0 where the
    /// old gradient tells nothing about it.
    public var gradientCoefficient: Double
    /// What the unit's writers are multiplied by: centred noise is read with these weights.
    public var weight: Double
    /// Fresh entries with equal keys are drawn alike.
    public var drawKey: Int
    /// True for copies other than the first, which paper-style noise falls on.
    public var isLaterCopy: Bool

    /// Neither old nor a mean of old ones.
    public var isFresh: Bool { source == nil && averaged.isEmpty }

    /// The mean of several old indices.
    public init(averaging indices: [Int], drawKey: Int = 0) {
      self.init(source: nil, drawKey: drawKey)
      averaged = indices
    }

    public init(
      source: Int?, coefficient: Double = 1, gradientCoefficient: Double = 1, weight: Double = 1,
      drawKey: Int = 0, isLaterCopy: Bool = false
    ) {
      self.source = source
      self.coefficient = coefficient
      self.gradientCoefficient = gradientCoefficient
      self.weight = weight
      self.drawKey = drawKey
      self.isLaterCopy = isLaterCopy
    }
  }

  /// Noise on copies, `scale · σ(old)` large, where σ is the standard deviation of all elements.
  public enum Noise: Hashable, Sendable {
    /// On every copy of an index along `axis`, centred so that it sums to zero over the copies,
    /// each taken with its weight.
    case centred(axis: Int, scale: Double)
    /// On later copies along `axis`, not centred.
    case onLaterCopies(axis: Int, scale: Double)
  }

  /// The values of fresh entries.
  public enum Fresh: Hashable, Sendable {
    case constant(Double)
    case normal(standardDeviation: Double)
    /// As spread out as the old values are (or `fallback` where those are all equal).
    case likeOld(fallback: Double)
  }

  public var axes: [Axis]
  public var noise: Noise?
  public var fresh: Fresh
  public var draw: Draw

  public init(axes: [Axis], noise: Noise? = nil, fresh: Fresh = .constant(0), draw: Draw) {
    self.axes = axes
    self.noise = noise
    self.fresh = fresh
    self.draw = draw
  }

  public func outputShape(from shape: Shape) -> Shape {
    var output = shape
    for axis in axes { output[axis.axis] = axis.entries.count }
    return output
  }
}
