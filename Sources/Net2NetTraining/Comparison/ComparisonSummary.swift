/// What a comparison comes to: how good each arm ended, and by what factor it was faster than the
/// same network from scratch.
public struct ComparisonSummary: Hashable, Sendable, Codable {
  public enum GoalName: String, Hashable, Sendable, Codable, CaseIterable {
    /// The teacher's figure, bettered by the plan's margin.
    case teacher
    /// What the network from scratch ends with.
    case scratch
  }

  public struct Ending: Hashable, Sendable, Codable {
    public var steps: Int
    public var recipe: Recipe?
    /// The learning rate is the least or the largest of the grid, so a better one may lie outside.
    public var isAtEdge: Bool
    /// On the test split, over the seeds; nil where no run came to its end.
    public var figure: Spread?
  }

  public struct Factor: Hashable, Sendable, Codable {
    public var goal: GoalName
    /// Of the goal, in the mean of all seeds.
    public var value: Double
    /// The budget of scratch whose ending is the goal; the largest for the teacher's.
    public var steps: Int
    public var currency: Effort.Currency
    /// Whether what the teacher took is counted for arms that build on it.
    public var countsTeacher: Bool
    /// What it took the arm and the baseline, by the mean curves.
    public var arm: Reach
    public var scratch: Reach
    public var speedup: Speedup
    /// The same of each seed's own curves, towards its own goals.
    public var bySeed: [Speedup]
  }

  public struct ArmSummary: Hashable, Sendable, Codable {
    public var name: String
    public var kind: Arm.Kind
    public var endings: [Ending]
    /// One schedule: along the curves of the largest budget, to the goals that lie on them.
    public var alongCurve: [Factor]
    /// Every budget tuned by itself: from ending to ending, to scratch's at each budget.
    public var byBudget: [Factor]
  }

  /// Of the network before the last growth, over the seeds.
  public var teacher: Spread?
  public var arms: [ArmSummary]
}

extension ComparisonSummary {
  public init(of record: ComparisonRecord) {
    let plan = record.plan
    teacher = Spread(
      plan.seeds.compactMap { record.teacherQuality(seed: $0)?[plan.measure] })
    arms = plan.arms.map { arm in
      ArmSummary(
        name: arm.name, kind: arm.kind,
        endings: plan.budgets.sorted().map { Self.ending(arm, $0, record) },
        alongCurve: Race(arm, record, along: .curve).factors,
        byBudget: Race(arm, record, along: .budgets).factors)
    }
  }

  private static func ending(_ arm: Arm, _ steps: Int, _ record: ComparisonRecord) -> Ending {
    let recipe = record.chosen(arm, steps: steps)
    let rates = record.plan.grid.learningRate
    let figures = record.chosenResults(arm, steps: steps)
      .compactMap { $0.curve.end?[record.plan.measure] }
    return Ending(
      steps: steps, recipe: recipe,
      isAtEdge: rates.count > 1
        && [rates.min(), rates.max()].contains { $0 == recipe?.learningRate },
      figure: Spread(figures))
  }
}

/// One arm against the same network from scratch.
private struct Race {
  enum Course {
    /// The curves of the largest budget.
    case curve
    /// The endings of all budgets.
    case budgets
  }

  private let arm: Arm
  private let scratch: Arm?
  private let record: ComparisonRecord
  private let course: Course

  init(_ arm: Arm, _ record: ComparisonRecord, along course: Course) {
    self.arm = arm
    self.record = record
    self.course = course
    scratch = record.plan.arms.first { $0.kind == .scratch }
  }

  private var plan: ComparisonPlan { record.plan }

  /// None for the baseline itself.
  var factors: [ComparisonSummary.Factor] {
    guard let scratch, arm != scratch, let largest = plan.budgets.max() else { return [] }
    let goals: [(ComparisonSummary.GoalName, Int)] =
      switch course {
      case .curve: [(.teacher, largest), (.scratch, largest)]
      case .budgets: plan.budgets.sorted().map { (.scratch, $0) }
      }
    return goals.flatMap { goal, steps in
      Effort.Currency.allCases.flatMap { currency in
        [false, true].compactMap {
          factor(goal, steps, currency, countsTeacher: $0, against: scratch)
        }
      }
    }
  }

  private func factor(
    _ goal: ComparisonSummary.GoalName, _ steps: Int, _ currency: Effort.Currency,
    countsTeacher: Bool, against scratch: Arm
  ) -> ComparisonSummary.Factor? {
    func race(_ seeds: [UInt64]) -> (value: Double, arm: Reach, scratch: Reach)? {
      guard let value = value(of: goal, steps, seeds),
        let own = reach(arm, value, currency, seeds),
        let other = ownEnd(scratch, steps, currency, seeds)
          ?? reach(scratch, value, currency, seeds)
      else { return nil }
      guard countsTeacher, arm.kind.buildsOnTeacher else { return (value, own, other) }
      guard let before = preparation(seeds) else { return nil }
      return (value, own.adding(before[currency]), other)
    }
    guard let whole = race(plan.seeds) else { return nil }
    return ComparisonSummary.Factor(
      goal: goal, value: whole.value, steps: steps, currency: currency,
      countsTeacher: countsTeacher, arm: whole.arm, scratch: whole.scratch,
      speedup: Speedup(of: whole.arm, over: whole.scratch),
      bySeed: plan.seeds.compactMap {
        race([$0]).map { Speedup(of: $0.arm, over: $0.scratch) }
      })
  }

  /// What the baseline took to where it ends with a budget: all of that budget, not a part of a line
  /// between others.
  private func ownEnd(
    _ scratch: Arm, _ steps: Int, _ currency: Effort.Currency, _ seeds: [UInt64]
  ) -> Reach? {
    guard course == .budgets else { return nil }
    return curve(scratch, steps: steps, seeds).map { .after($0.effort[currency]) }
  }

  // MARK: Curves and goals of one seed, or of the mean of several

  private func curve(_ arm: Arm, steps: Int, _ seeds: [UInt64]) -> LearningCurve? {
    let curves = record.chosenResults(arm, steps: steps)
      .filter { seeds.contains($0.run.seed) }.map(\.curve)
    return curves.isEmpty ? nil : .mean(of: curves)
  }

  private func course(of arm: Arm, _ seeds: [UInt64]) -> LearningCurve? {
    switch course {
    case .curve: return plan.budgets.max().flatMap { curve(arm, steps: $0, seeds) }
    case .budgets:
      let endings = plan.budgets.sorted().compactMap {
        curve(arm, steps: $0, seeds)?.points.last
      }
      return endings.isEmpty ? nil : LearningCurve(endings)
    }
  }

  private func reach(
    _ arm: Arm, _ value: Double, _ currency: Effort.Currency, _ seeds: [UInt64]
  ) -> Reach? {
    course(of: arm, seeds)?.reach(value, plan.measure, in: currency)
  }

  private func value(
    of goal: ComparisonSummary.GoalName, _ steps: Int, _ seeds: [UInt64]
  ) -> Double? {
    switch goal {
    case .teacher:
      return Spread(seeds.compactMap { record.teacherQuality(seed: $0)?[plan.measure] })
        .map { plan.measure.value($0.mean, betteredBy: plan.margin) }
    case .scratch:
      return scratch.flatMap { curve($0, steps: steps, seeds)?.end?[plan.measure] }
    }
  }

  private func preparation(_ seeds: [UInt64]) -> Effort? {
    let efforts = seeds.compactMap { record.preparation(seed: $0) }
    guard efforts.count == seeds.count else { return nil }
    return efforts.reduce(Effort(), +) / Double(efforts.count)
  }
}
