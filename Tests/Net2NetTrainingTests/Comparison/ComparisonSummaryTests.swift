import Net2Net
import Net2NetTorch
import Testing

@testable import Net2NetTraining

/// Summaries of made-up results, whose factors can be done in the head.
@Suite("Summaries of comparisons")
struct ComparisonSummaryTests {
  private static let recipes = [0.1, 0.2, 0.4].map { Recipe(learningRate: $0) }

  private static let plan = ComparisonPlan(
    name: "made up", seeds: [1, 2], margin: 0.1,
    teacher: ComparisonPlan.Teacher(
      .built(.mlp), training: ComparisonPlan.Stint(steps: 1, recipe: recipes[0])),
    student: [ComparisonPlan.Stage([.widen(Widen(all: 2))])],
    arms: [Arm(.student), Arm(.scratch)], budgets: [3, 1],
    grid: RecipeGrid(learningRate: recipes.map(\.learningRate)))

  private static func result(
    _ role: ComparisonRun.Role, _ steps: Int, _ curve: LearningCurve, seed: UInt64 = 1,
    recipe: Int = 1, validation: Double = 0.9
  ) -> ComparisonResult {
    ComparisonResult(
      run: ComparisonRun(seed: seed, role: role, steps: steps, recipe: recipes[recipe]),
      cost: Cost(), curve: curve, validation: Quality(accuracy: validation, loss: 1 - validation))
  }

  /// Both seeds alike, unless `student` is another curve for seed 2.
  private static func record(student: LearningCurve? = nil) -> ComparisonRecord {
    let own = curve([0.5, 0.7, 0.8, 0.8])
    var results: [ComparisonResult] = []
    for seed: UInt64 in [1, 2] {
      results += [
        result(.teacher, 1, curve([0.1, 0.5]), seed: seed, recipe: 0),
        result(.arm("student"), 3, seed == 2 ? student ?? own : own, seed: seed),
        result(.arm("scratch"), 3, curve([0.1, 0.3, 0.5, 0.7]), seed: seed),
        result(.arm("student"), 1, curve([0.5, 0.65]), seed: seed),
        result(.arm("scratch"), 1, curve([0.1, 0.4]), seed: seed),
      ]
    }
    // What else was tried with the first seed: better on the test split, worse on the other.
    results.append(
      result(.arm("student"), 3, curve([0.5, 0.9, 0.9, 0.9]), recipe: 0, validation: 0.8))
    return ComparisonRecord(
      plan: plan,
      setting: ComparisonRecord.Setting(
        command: nil, data: "", dataSummary: "", validationSamples: 1, machine: "", cores: 1,
        libtorch: nil, threads: 1, device: .cpu, noun: "samples"),
      growths: [], results: results, isComplete: true)
  }

  private static func factor(
    _ record: ComparisonRecord, _ goal: ComparisonSummary.GoalName, _ currency: Effort.Currency,
    countsTeacher: Bool
  ) -> ComparisonSummary.Factor? {
    ComparisonSummary(of: record).arms[0].alongCurve.first {
      $0.goal == goal && $0.currency == currency && $0.countsTeacher == countsTeacher
    }
  }

  @Test("endings are of what validation chose, whatever the test split says")
  func endings() {
    let arms = ComparisonSummary(of: Self.record()).arms
    #expect(arms[0].endings.map(\.steps) == [1, 3])
    #expect(arms[0].endings.map(\.recipe) == [Self.recipes[1], Self.recipes[1]])
    #expect(arms[0].endings[1].figure == Spread([0.8, 0.8]))
    #expect(!arms[0].endings[1].isAtEdge)
  }

  @Test("a chosen rate at the end of the grid is marked")
  func edge() {
    var record = Self.record()
    for index in record.results.indices { record.results[index].run.recipe = Self.recipes[2] }
    #expect(ComparisonSummary(of: record).arms[0].endings[1].isAtEdge)
  }

  @Test("along the curve: the student reaches 0.7 after 100 samples, scratch after 300")
  func alongCurve() throws {
    let toScratch = try #require(
      Self.factor(Self.record(), .scratch, .samples, countsTeacher: false))
    #expect(toScratch.value == 0.7 && toScratch.speedup == .times(3))
    #expect(toScratch.bySeed == [.times(3), .times(3)])
    // The teacher's 0.5 and the margin of 0.1: half way to 100, and half way from 200 to 300.
    let toTeacher = try #require(
      Self.factor(Self.record(), .teacher, .samples, countsTeacher: false))
    guard case .times(let factor) = toTeacher.speedup else {
      Issue.record("\(toTeacher.speedup)")
      return
    }
    #expect(abs(factor - 5) < 1e-9)
  }

  @Test("with the teacher's counted: its 100 samples and 100 more against 300")
  func countedTeacher() throws {
    let samples = Self.factor(Self.record(), .scratch, .samples, countsTeacher: true)
    #expect(samples?.speedup == .times(1.5) && samples?.arm == .after(200))
    let work = Self.factor(Self.record(), .scratch, .multiplyAdds, countsTeacher: true)
    #expect(work?.arm == .after(6000) && work?.speedup == .times(1.5))
  }

  @Test("seeds that differ are told one by one, beside the factor of the mean")
  func bySeed() throws {
    let record = Self.record(student: curve([0.5, 0.6, 0.7, 0.8]))
    let factor = try #require(Self.factor(record, .scratch, .samples, countsTeacher: false))
    #expect(factor.bySeed == [.times(3), .times(1.5)])
    // The mean curve is at 0.65 and 0.75: 0.7 lies half way from 100 to 200.
    guard case .times(let whole) = factor.speedup else {
      Issue.record("\(factor.speedup)")
      return
    }
    #expect(abs(whole - 2) < 1e-9)
  }

  @Test("from ending to ending: scratch needs all of a budget to where that budget ends")
  func byBudget() {
    let factors = ComparisonSummary(of: Self.record()).arms[0].byBudget.filter {
      $0.currency == .samples && !$0.countsTeacher
    }
    #expect(factors.map(\.steps) == [1, 3])
    #expect(factors.map(\.scratch) == [.after(100), .after(300)])
    // 0.4 at the smallest budget is less than the student ends with; less was not tried.
    #expect(factors[0].arm == .within(100) && factors[0].speedup == .atLeast(1))
    // 0.7 lies a third of the way from 0.65 after 100 samples to 0.8 after 300.
    guard case .after(let samples) = factors[1].arm else {
      Issue.record("\(factors[1].arm)")
      return
    }
    #expect(abs(samples - (100 + 200.0 / 3)) < 1e-9)
  }

  @Test("the baseline has no factor over itself, and a teacher that nobody counted none with it")
  func missingFactors() {
    var record = Self.record()
    #expect(ComparisonSummary(of: record).arms[1].alongCurve.isEmpty)
    record.plan.teacher.training = nil
    #expect(Self.factor(record, .scratch, .samples, countsTeacher: true) == nil)
    #expect(Self.factor(record, .scratch, .samples, countsTeacher: false) != nil)
  }
}
