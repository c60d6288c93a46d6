/// What becomes of the learning rate when the network grows (docs/training.md).
public enum RatePolicy: Hashable, Sendable, Codable {
  /// The schedule goes on as if nothing had happened.
  case keep
  /// The schedule begins again for the rest of the run, at a tenth of its height: the paper's §3.
  case tenth
  /// The schedule begins again for the rest of the run (MSG, arXiv 2305.02869).
  case rewind
  /// The schedule goes on, and the rate comes back to it in a line over so many steps.
  case rewarm(steps: Int)

  public var name: String {
    switch self {
    case .keep: "keep"
    case .tenth: "tenth"
    case .rewind: "rewind"
    case .rewarm: "rewarm"
    }
  }

  /// `keep`, `rewarm 100`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let words = try container.decode(String.self).split(separator: " ").map(String.init)
    switch (words.first, words.dropFirst().first.flatMap(Int.init)) {
    case ("keep", nil): self = .keep
    case ("tenth", nil): self = .tenth
    case ("rewind", nil): self = .rewind
    case ("rewarm", let steps?): self = .rewarm(steps: steps)
    default:
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "one of \(Self.names) expected")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if case .rewarm(let steps) = self {
      try container.encode("rewarm \(steps)")
    } else {
      try container.encode(name)
    }
  }

  public static let names = ["keep", "tenth", "rewind", "rewarm"]
}

/// The learning rate at each step of a run that grows.
struct LearningRate {
  let settings: OptimizerSettings
  let schedule: Schedule
  /// The steps of the whole run.
  let total: Int
  /// When the network grew, and what became of the rate then, in order.
  var growths: [(step: Int, policy: RatePolicy)] = []

  func value(atStep step: Int) -> Double {
    var (origin, height, ramp) = (0, 1.0, 1.0)
    for growth in growths where growth.step <= step {
      ramp = 1
      switch growth.policy {
      case .keep: break
      case .tenth: (origin, height) = (growth.step, 0.1)
      case .rewind: (origin, height) = (growth.step, 1)
      case .rewarm(let steps): ramp = min(1, Double(step - growth.step + 1) / (Double(steps) + 1))
      }
    }
    return settings.learningRate * height * ramp
      * schedule.share(atStep: step - origin, of: total - origin)
  }
}
