/// How good a network became, and what it took: evaluations on the test split, in order.
public struct LearningCurve: Hashable, Sendable, Codable {
  public struct Point: Hashable, Sendable, Codable {
    public var effort: Effort
    public var quality: Quality

    public init(_ effort: Effort, _ quality: Quality) {
      self.effort = effort
      self.quality = quality
    }
  }

  /// Of a run the first is of the network as it came.
  public var points: [Point]

  public init(_ points: [Point] = []) { self.points = points }

  /// What a run logged: evaluations, and how fast it went between them.
  ///
  /// - Parameter multiplyAdds: of a sample.
  init(_ lines: [Metrics], multiplyAdds: Int) {
    points = []
    var (seconds, timed) = (0.0, 0)
    for line in lines {
      if line.kind == .training, let speed = line.imagesPerSecond, speed > 0 {
        seconds += Double(line.images - timed) / speed
        timed = line.images
      }
      guard line.kind == .evaluation, let accuracy = line.accuracy, let loss = line.loss else {
        continue
      }
      points.append(
        Point(
          Effort(
            samples: Double(line.images), multiplyAddsPerSample: multiplyAdds, seconds: seconds),
          Quality(accuracy: accuracy, loss: loss)))
    }
  }

  public var effort: Effort { points.last?.effort ?? Effort() }
  public var end: Quality? { points.last?.quality }
}

extension LearningCurve {
  /// The mean of several runs' curves, point by point, as far as all of them go.
  public static func mean(of curves: [LearningCurve]) -> LearningCurve {
    let count = Double(max(curves.count, 1))
    return LearningCurve(
      (0..<(curves.map(\.points.count).min() ?? 0)).map { index in
        let points = curves.map { $0.points[index] }
        return Point(
          points.map(\.effort).reduce(Effort(), +) / count,
          Quality(
            accuracy: points.map(\.quality.accuracy).reduce(0, +) / count,
            loss: points.map(\.quality.loss).reduce(0, +) / count))
      })
  }
}

/// What it took to be as good as a goal.
public enum Reach: Hashable, Sendable, Codable {
  /// Nothing.
  case atOnce
  /// At most so much: less was not tried.
  case within(Double)
  case after(Double)
  /// So much was not enough.
  case beyond(Double)

  /// With an effort that came before.
  public func adding(_ effort: Double) -> Reach {
    switch self {
    case .atOnce: .after(effort)
    case .within(let own): .within(own + effort)
    case .after(let own): .after(own + effort)
    case .beyond(let own): .beyond(own + effort)
    }
  }
}

extension LearningCurve {
  /// What it took to reach `goal` for the first time: on the line between the evaluation that is as
  /// good, or better, and the one before it.
  public func reach(_ goal: Double, _ measure: Measure, in currency: Effort.Currency) -> Reach {
    guard let first = firstPoint(reaching: goal, measure) else {
      return .beyond(effort[currency])
    }
    let effort = points[first].effort[currency]
    guard first > 0 else { return effort == 0 ? .atOnce : .within(effort) }
    let before = points[first - 1]
    let (from, to) = (before.quality[measure], points[first].quality[measure])
    let share = from == to ? 1 : (goal - from) / (to - from)
    return .after(before.effort[currency] + share * (effort - before.effort[currency]))
  }

  private func firstPoint(reaching goal: Double, _ measure: Measure) -> Int? {
    points.firstIndex { measure.isReached(goal, by: $0.quality[measure]) }
  }
}
