/// By what networks are compared.
public enum Measure: String, Hashable, Sendable, Codable, CaseIterable {
  case accuracy
  /// Cross-entropy in nats.
  case loss

  /// Whether `value` is as good as `goal`, or better.
  public func isReached(_ goal: Double, by value: Double) -> Bool {
    switch self {
    case .accuracy: value >= goal
    case .loss: value <= goal
    }
  }

  public func isBetter(_ value: Double, than other: Double) -> Bool {
    value != other && isReached(other, by: value)
  }

  /// What is better than `value` by `margin`.
  public func value(_ value: Double, betteredBy margin: Double) -> Double {
    switch self {
    case .accuracy: value + margin
    case .loss: value - margin
    }
  }
}

/// What a network is worth on some split.
public struct Quality: Hashable, Sendable, Codable {
  public var accuracy: Double
  /// Mean cross-entropy in nats.
  public var loss: Double

  public init(accuracy: Double, loss: Double) {
    self.accuracy = accuracy
    self.loss = loss
  }

  public subscript(measure: Measure) -> Double {
    switch measure {
    case .accuracy: accuracy
    case .loss: loss
    }
  }
}
