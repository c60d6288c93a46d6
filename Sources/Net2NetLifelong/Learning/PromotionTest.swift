internal import Foundation

/// Whether a candidate is not worse than the champion, told from what both make of the same
/// held-out examples: the exact test of McNemar (*Note on the sampling error of the difference
/// between correlated proportions or percentages*, Psychometrika 12, 1947), one-sided.
///
/// Examples on which both are right, or both wrong, say nothing. Of the others, b are right with the
/// champion alone and c with the candidate alone. Were the candidate no worse, an example would fall
/// to the champion with a probability of at most ½, and as many as b would with at most
///
///     p = P(X ≥ b),   X ~ Binomial(b + c, ½)
///
/// The candidate is refused where p is below the level: a candidate as good as the champion is
/// refused in that share of the trials at most. Wrong refusals cost a round, wrong promotions may add up; so
/// the level is high for one of a test.
public struct PromotionTest: Hashable, Sendable, Encodable {
  public var level = 0.2
  /// Fewer held-out examples than this tell too little to promote by.
  public var leastExamples = 20

  public init(level: Double = 0.2, leastExamples: Int = 20) {
    self.level = level
    self.leastExamples = leastExamples
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case level, leastExamples
  }

  func validate() throws(LifelongError) {
    try require(level > 0 && level < 1, "promotion level", "between 0 and 1", level)
    try require(leastExamples >= 1, "least held-out examples", "1 or more", leastExamples)
  }

  public struct Result: Hashable, Sendable, Codable {
    public var examples: Int
    /// Right with the champion alone, and with the candidate alone.
    public var championAlone: Int
    public var candidateAlone: Int
    public var probability: Double
    public var level: Double
    public var isPromoted: Bool
    /// A sentence.
    public var reason: String
  }

  /// - Parameters: whether each of the same examples, in the same order, was recognised.
  /// - Precondition: as many of the one as of the other.
  public func compare(champion: [Bool], candidate: [Bool]) -> Result {
    precondition(champion.count == candidate.count)
    let championAlone = zip(champion, candidate).count { $0 && !$1 }
    let candidateAlone = zip(champion, candidate).count { !$0 && $1 }
    let probability = Self.tail(
      atLeast: championAlone, of: championAlone + candidateAlone)
    let isEnough = champion.count >= leastExamples
    let isPromoted = isEnough && probability >= level
    let counts =
      "of \(champion.count) held-out examples the champion alone has \(championAlone) right, the "
      + "candidate alone \(candidateAlone)"
    let comparison = "p = \(Self.text(probability)), level \(Self.text(level))"
    let reason =
      !isEnough
      ? "\(champion.count) held-out examples are too few to tell; \(leastExamples) are needed"
      : isPromoted ? "not worse: \(counts) (\(comparison))" : "worse: \(counts) (\(comparison))"
    return Result(
      examples: champion.count, championAlone: championAlone, candidateAlone: candidateAlone,
      probability: probability, level: level, isPromoted: isPromoted, reason: reason)
  }

  /// P(X ≥ count) of a fair coin thrown `total` times.
  static func tail(atLeast count: Int, of total: Int) -> Double {
    guard count > 0 else { return 1 }
    // By logarithms, as 2^total leaves the range of numbers.
    let whole = lgamma(Double(total) + 1) - Double(total) * log(2)
    var sum = 0.0
    for hits in count...total {
      let arrangements = lgamma(Double(hits) + 1) + lgamma(Double(total - hits) + 1)
      sum += exp(whole - arrangements)
    }
    return min(1, sum)
  }

  private static func text(_ number: Double) -> String {
    number < 0.001 ? "below 0.001" : "\((number * 1000).rounded() / 1000)"
  }
}
