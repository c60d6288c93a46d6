internal import Foundation
public import Net2NetTraining

/// Whether a branch that has grown is better than one that has not, told from the losses of both on
/// the same held-out examples after the same examples were learnt.
///
/// With d the loss without growth less the loss with it, example by example, of n examples,
///
///     z = mean(d) / (deviation(d) / √n),   p = P(Z ≥ z),   Z normal with mean 0 and deviation 1
///
/// is the paired one-sided test of means. Losses tell more of few examples than the counts of
/// right answers do, which are asked too: a network that has a lower loss and is worse by
/// ``PromotionTest`` does not grow.
public struct GrowthTrial: Hashable, Sendable {
  /// Below it, growing has helped.
  public var level: Double
  public var promotion: PromotionTest

  public init(level: Double, promotion: PromotionTest) {
    self.level = level
    self.promotion = promotion
  }

  public struct Result: Hashable, Sendable, Codable {
    public var isBetter: Bool
    public var probability: Double
    /// A sentence.
    public var reason: String
  }

  /// - Precondition: predictions of the same examples in the same order.
  public func compare(ungrown: Predictions, grown: Predictions) -> Result {
    precondition(ungrown.targets == grown.targets)
    let count = ungrown.count
    guard count >= promotion.leastExamples else {
      return Result(
        isBetter: false, probability: 1,
        reason: "\(count) held-out examples are too few to tell whether growing helps; "
          + "\(promotion.leastExamples) are needed")
    }
    let probability = Self.probability(zip(ungrown.losses, grown.losses).map { $0 - $1 })
    let counts = promotion.compare(champion: ungrown.areCorrect, candidate: grown.areCorrect)
    let isBetter = probability < level && counts.isPromoted
    let losses =
      "on \(count) held-out examples the grown branch has a loss of \(figure(grown.loss)), the "
      + "other \(figure(ungrown.loss)) (p = \(figure(probability)), level \(figure(level)))"
    let reason =
      isBetter
      ? "growing helps: \(losses)"
      : probability < level
        ? "growing lowers the loss and is \(counts.reason)"
        : "growing does not help yet: \(losses)"
    return Result(isBetter: isBetter, probability: probability, reason: reason)
  }

  /// That the mean of numbers like these is no more than 0, by the size of theirs.
  static func probability(_ differences: [Double]) -> Double {
    let count = Double(differences.count)
    let mean = differences.reduce(0, +) / count
    let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / max(1, count - 1) / count).squareRoot()
    guard error > 0, mean.isFinite, error.isFinite else { return mean > 0 ? 0 : 1 }
    return erfc(mean / error / 2.0.squareRoot()) / 2
  }
}

/// When growth is tried: in the first round, at once where the network is suspected of being too
/// small, and else after as many rounds as were waited before and one more, twice that, and so on, for
/// as long as growing does not help.
public struct TrialCalendar: Hashable, Sendable, Codable {
  private var waited = 0
  private var left = 0
  public private(set) var isSuspected = false

  public init() {}

  public var isDue: Bool { isSuspected || left == 0 }

  public mutating func suspect() { isSuspected = true }

  /// A round without a trial.
  public mutating func passRound() { left = max(0, left - 1) }

  public mutating func record(hasHelped: Bool) {
    isSuspected = false
    waited = hasHelped ? 0 : min(Self.longestWait, 2 * waited + 1)
    left = waited
  }

  private static let longestWait = 15
}
