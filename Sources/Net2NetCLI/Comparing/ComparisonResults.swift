import Net2Net
import Net2NetTraining

/// What is written of a comparison, and its words.
struct ComparisonResults: Codable {
  let summary: ComparisonSummary
  let record: ComparisonRecord

  var plan: ComparisonPlan { record.plan }
  var largestBudget: Int { plan.budgets.max() ?? 0 }

  /// More curves in one picture could not be told apart; the tables have all arms.
  var drawnArms: [Arm] { Array(plan.arms.prefix(6)) }

  /// As in the demo's pictures where the arm is one of the usual ones.
  func look(_ arm: Arm) -> Int {
    guard arm.name != arm.kind.rawValue else {
      switch arm.kind {
      case .student: return 1
      case .scratch: return 3
      case .randomPad: return 4
      case .teacher: return 5
      case .stack: return 0
      }
    }
    let others = plan.arms.filter { $0.name != $0.kind.rawValue }
    return (others.firstIndex(of: arm) ?? 0).isMultiple(of: 2) ? 2 : 0
  }

  /// `student`, `from scratch`, `random pad`, `teacher trained on`; other arms by their names.
  func title(_ arm: Arm) -> String {
    guard arm.name == arm.kind.rawValue else { return arm.name }
    switch arm.kind {
    case .student: return "student"
    case .scratch: return "from scratch"
    case .randomPad: return "random pad"
    case .teacher: return "teacher trained on"
    case .stack: return "stacked"
    }
  }

  // MARK: Figures

  /// `90.3 %`, `1.482`
  func figure(_ value: Double) -> String {
    switch plan.measure {
    case .accuracy: Figures.percent(value)
    case .loss: Figures.fixed(value, decimals: 3)
    }
  }

  /// `90.3 ± 0.2 %`; without a spread for one seed.
  func figure(_ spread: Spread?) -> String {
    guard let spread else { return "failed" }
    guard spread.count > 1 else { return figure(spread.mean) }
    switch plan.measure {
    case .accuracy:
      return "\(Figures.fixed(spread.mean * 100, decimals: 1)) ± "
        + "\(Figures.fixed(spread.deviation * 100, decimals: 1)) %"
    case .loss:
      return "\(figure(spread.mean)) ± \(Figures.fixed(spread.deviation, decimals: 3))"
    }
  }

  var measureName: String {
    switch plan.measure {
    case .accuracy: "accuracy"
    case .loss: "loss in nats"
    }
  }

  /// The factor, with the range over the seeds where these differ.
  func factor(_ factor: ComparisonSummary.Factor?) -> String {
    guard let factor else { return "–" }
    let whole = Self.words(factor.speedup)
    let parts = factor.bySeed.map(Self.words)
    guard let least = parts.first, parts.contains(where: { $0 != least }) else { return whole }
    return "\(whole) (\(parts.joined(separator: ", ")))"
  }

  static func words(_ speedup: Speedup) -> String {
    switch speedup {
    case .times(let factor): "\(times(factor)) ×"
    case .atLeast(let factor): "≥ \(times(factor)) ×"
    case .atMost(let factor): "≤ \(times(factor)) ×"
    case .atOnce: "at once"
    case .unknown: "neither"
    }
  }

  private static func times(_ factor: Double) -> String {
    Figures.fixed(factor, decimals: factor < 9.95 ? 2 : 0)
  }
}

extension ComparisonSummary.ArmSummary {
  func along(
    _ goal: ComparisonSummary.GoalName, _ currency: Effort.Currency, countsTeacher: Bool
  ) -> ComparisonSummary.Factor? {
    alongCurve.first {
      $0.goal == goal && $0.currency == currency && $0.countsTeacher == countsTeacher
    }
  }

  func toBudget(
    _ steps: Int, _ currency: Effort.Currency, countsTeacher: Bool
  ) -> ComparisonSummary.Factor? {
    byBudget.first {
      $0.steps == steps && $0.currency == currency && $0.countsTeacher == countsTeacher
    }
  }
}
