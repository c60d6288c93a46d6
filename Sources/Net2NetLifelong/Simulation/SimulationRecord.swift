public import Net2Net

/// Everything that an experiment has measured so far, and what is needed to go on with it.
public struct SimulationRecord: Sendable, Codable {
  public struct Point: Hashable, Sendable, Codable {
    /// From 0.
    public var arrival: Int
    /// On test examples whose class has appeared, with the network that is served.
    public var accuracy: Double
    public var loss: Double
    /// By task; see ``AccuracyMatrix``.
    public var taskAccuracies: [Double?]
    /// In all so far, deciding and growing with it.
    public var work: Work
    public var network: Cost
    public var isPromoted: Bool
    /// By a decision or by a trial; classes that were added are not counted.
    public var hasGrown: Bool
    /// What was decided after the arrival, and why; and what came of it.
    public var decision: Decision?
    /// Growths, new classes, promotion: a sentence each.
    public var events: [String]
    public var findings: RoundFindings?
  }

  public var producer: String
  public var settings: SimulationSettings
  public var data: String
  public var machine: String
  /// Examples to learn from that had arrived by each arrival.
  public var examples: [Int]
  public var taskEnds: [Int]
  public var points: [Strategy: [Point]]

  public func matrix(_ strategy: Strategy) -> AccuracyMatrix {
    AccuracyMatrix(rows: (points[strategy] ?? []).map(\.taskAccuracies), taskEnds: taskEnds)
  }

  /// The mean of the accuracies after each arrival (Rebuffi et al., *iCaRL*, arXiv 1611.07725, call
  /// it average incremental accuracy).
  public func meanAccuracy(_ strategy: Strategy) -> Double? {
    guard let points = points[strategy], !points.isEmpty else { return nil }
    return points.reduce(0) { $0 + $1.accuracy } / Double(points.count)
  }

  /// The work until an accuracy was first reached; nil when it was not.
  public func work(_ strategy: Strategy, toReach accuracy: Double) -> Work? {
    points[strategy]?.first { $0.accuracy >= accuracy }?.work
  }

  /// By how much a strategy is at worst below another after the same arrival, and after which; of
  /// the arrivals that both have been through.
  public func worstShortfall(
    _ strategy: Strategy, behind other: Strategy
  ) -> (points: Double, arrival: Int)? {
    zip(points[strategy] ?? [], points[other] ?? [])
      .map { (points: $1.accuracy - $0.accuracy, arrival: $0.arrival) }
      .max { $0.points < $1.points }
  }
}
