/// An experiment on a stream of examples: how it arrives, and by which rules each strategy learns.
public struct SimulationSettings: Hashable, Sendable, Codable {
  public enum Scenario: String, Hashable, Sendable, Codable, CaseIterable {
    /// Every arrival has examples of every class.
    case size
    /// Classes appear two by two, one pair after the other is complete.
    case classes
  }

  public var scenario = Scenario.size
  public var arrivals = 20
  /// Of the training split, in all; all of it when nil.
  public var samples: Int?
  public var seed: UInt64 = 1
  /// The share of what arrives that is held out from all strategies, to decide by.
  public var heldOut = 0.1
  /// The widths of the small network, and of the large one, as shares of the architecture's own.
  public var smallFactor = 0.25
  public var largeFactor = 0.5
  /// What every strategy but retraining learns by; retraining has its optimizer. Nothing grows beyond
  /// the large network, so growing is eager.
  public var learner = LearnerSettings.eager
  public var retraining = RetrainingSettings()
  /// Of libtorch.
  public var threads: Int?

  public init() {}

  /// - Throws: ``LifelongError/option(_:expected:found:)``, `TrainingError`.
  public func validate() throws {
    try require((2...1000).contains(arrivals), "arrivals", "2 to 1000", arrivals)
    try require(heldOut > 0 && heldOut <= 0.5, "held-out share", "above 0, at most 0.5", heldOut)
    try require(smallFactor > 0, "small width factor", "above 0", smallFactor)
    try require(
      largeFactor >= smallFactor, "large width factor", "\(smallFactor) or more", largeFactor)
    try learner.validate()
    try require(count: retraining.epochs, "retraining epochs")
    try require(
      retraining.leastSteps >= 1, "least retraining steps", "1 or more", retraining.leastSteps)
  }
}

/// How a network is trained from scratch on everything that has arrived: the usual way, a cosine
/// from the full rate to 0.
public struct RetrainingSettings: Hashable, Sendable, Codable {
  public var epochs = 4
  /// Few examples are gone through more often.
  public var leastSteps = 300
  public var batchSize = 128

  public init() {}
}

/// What can be done about data that keeps arriving.
public enum Strategy: String, Hashable, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
  /// Begins small, and grows when its size is what holds it back.
  case growing
  /// The small network learns on and never grows.
  case small
  /// The large network learns on from the first arrival.
  case large
  /// The large network is trained from scratch at every arrival, on everything so far.
  case retrained

  public var title: String {
    switch self {
    case .growing: "growing learner"
    case .small: "small, trained on"
    case .large: "large, trained on"
    case .retrained: "large, from scratch each time"
    }
  }
}
