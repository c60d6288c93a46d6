import Foundation
import TestSupport
import Testing

@Suite(.requiresTorch) struct CompareTests {
  let workplace: Workplace

  static let plan = """
    name: stripes, wider
    seeds: [1, 2]
    data: {training: 200, validation: 40}
    teacher:
      architecture: mlp
      widthFactor: 0.03125
      training: {steps: 6, learningRate: 0.05}
    student:
      - growths: [{widen: {all: 2x}}]
    training: {batchSize: 20, evaluations: 3}
    budgets: [6, 3]
    grid: {learningRate: [0.02, 0.1]}
    arms: [student, scratch, randomPad, teacher, {name: noise, like: student, symmetry: noise}]
    """

  init() throws {
    workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 256, test: 50)
    try workplace.write(Self.plan, to: "plan.yml")
  }

  private func compare(_ more: String...) async throws -> Run {
    try await workplace.net2net(
      ["compare", "plan.yml", "--data", "idx:stripes", "-o", "out", "--threads", "1"] + more)
  }

  @Test func comparisonWritesTablesAndAPageThatNeedsNothingElse() async throws {
    let run = try await compare()
    #expect(run.exitCode == 0, "\(run.errors)")
    for arm in ["student ", "from scratch ", "random pad ", "teacher trained on ", "noise "] {
      #expect(run.output.contains("\n  \(arm)"))
    }
    #expect(run.errors.contains("32 of 32  noise, 3 steps"))
    #expect(run.errors.contains(" left\n"))
    let page = String(decoding: try workplace.contents("out/report.html"), as: UTF8.self)
    #expect(page.hasPrefix("<!doctype html>"))
    // Four charts, each drawn for pages and for phones.
    #expect(page.components(separatedBy: "role=\"img\"").count == 9)
    #expect(!page.contains("src=") && !page.contains("href=") && !page.contains("url("))
    let table = String(decoding: try workplace.contents("out/table.md"), as: UTF8.self)
    #expect(table.hasPrefix("# stripes, wider\n\n`net2net compare plan.yml --data idx:stripes"))
    #expect(table.contains("\n| student | ") && table.contains("\n| noise | "))
    let results = try JSONSerialization.jsonObject(with: workplace.contents("out/results.json"))
    let record = try #require((results as? [String: Any])?["record"] as? [String: Any])
    // 2 teachers; 5 arms, 2 budgets: two recipes with the first seed, the chosen with the other.
    #expect((record["results"] as? [Any])?.count == 2 + 20 + 10)
  }

  @Test func interruptedComparisonGoesOnAndAChangedPlanIsRefused() async throws {
    let interrupted = try await workplace.net2net(
      ["compare", "plan.yml", "--data", "idx:stripes", "-o", "out", "--threads", "1"],
      interruptedOnceExists: workplace.path("out/seed-1/student/6-steps/0.02-cosine.json"))
    #expect(interrupted.exitCode == 130)
    #expect(interrupted.output.hasPrefix("stopped; what is done is kept, and the same command "))
    #expect(!workplace.exists("out/results.json"))
    let again = try await compare()
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(again.errors.contains(" of 32 runs were done before\n"))
    let third = try await compare()
    #expect(third.errors == "32 of 32 runs were done before\n")
    #expect(third.output == again.output)
    try workplace.write(
      Self.plan.replacingOccurrences(of: "batchSize: 20", with: "batchSize: 10"), to: "plan.yml")
    let changed = try await compare()
    #expect(changed.exitCode == 1)
    #expect(
      changed.sentence
        == "net2net: the run cannot be gone on with: plan.training.batchSize: 20 expected, as it "
        + "began, 10 found")
  }

  @Test func dryRunListsRunsWithTheirWorkAndWritesNothing() async throws {
    let run = try await compare("--dry-run")
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(!workplace.exists("out"))
    // 784 · 8 + 8 · 8 + 8 · 10 = 6416 multiply-adds, three passes of 6 · 20 samples.
    #expect(
      run.output.contains(
        "  1     teacher        6  0.05-cosine              6,442      120         2.31 M\n"))
    #expect(run.output.contains("the best of seed 1"))
    #expect(run.output.contains("\n32 runs, "))
  }

  @Test func misspeltKeyIsNamedWithItsNeighbour() async throws {
    try workplace.write(
      Self.plan.replacingOccurrences(of: "budgets:", with: "budget:"), to: "plan.yml")
    let run = try await compare()
    #expect(run.exitCode == 1)
    #expect(
      run.sentence
        == "net2net: plan.yml: comparison: unknown key \"budget\"; did you mean \"budgets\"?")
  }
}
