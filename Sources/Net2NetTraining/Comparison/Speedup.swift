/// By what factor an arm needed less than a baseline to be as good: 4 is a quarter.
public enum Speedup: Hashable, Sendable, Codable {
  case times(Double)
  /// The baseline never became as good, or less was not tried for the arm.
  case atLeast(Double)
  /// The arm never became as good, or less was not tried for the baseline.
  case atMost(Double)
  /// The arm was as good before it began.
  case atOnce
  /// Neither became as good, or less was tried for neither.
  case unknown

  public init(of arm: Reach, over baseline: Reach) {
    switch (arm, baseline) {
    case (.atOnce, .atOnce): self = .times(1)
    case (.atOnce, _): self = .atOnce
    case (_, .atOnce): self = .atMost(0)
    case (.after(let own), .after(let other)): self = .times(other / own)
    case (.after(let own), .beyond(let other)), (.within(let own), .after(let other)),
      (.within(let own), .beyond(let other)):
      self = .atLeast(other / own)
    case (.after(let own), .within(let other)), (.beyond(let own), .after(let other)),
      (.beyond(let own), .within(let other)):
      self = .atMost(other / own)
    case (.within, .within), (.beyond, .beyond): self = .unknown
    }
  }
}

/// Figures of several seeds: their mean, and how far they lie apart.
public struct Spread: Hashable, Sendable, Codable {
  public var mean: Double
  /// Standard deviation with n − 1 in the denominator; 0 for a single figure.
  public var deviation: Double
  public var least: Double
  public var most: Double
  public var count: Int

  /// Nil for no figures.
  public init?(_ figures: [Double]) {
    guard let least = figures.min(), let most = figures.max() else { return nil }
    let mean = figures.reduce(0, +) / Double(figures.count)
    let squares = figures.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
    self.mean = mean
    self.least = least
    self.most = most
    deviation = figures.count > 1 ? (squares / Double(figures.count - 1)).squareRoot() : 0
    count = figures.count
  }
}
