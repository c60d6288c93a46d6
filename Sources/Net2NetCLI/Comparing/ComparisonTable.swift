import Net2Net
import Net2NetTorch
import Net2NetTraining

/// A comparison's tables, for a page of Markdown, for the terminal and for the report.
struct ComparisonTable {
  private let results: ComparisonResults

  init(_ results: ComparisonResults) { self.results = results }

  /// Rows of cells under headings, each with what it shows.
  struct Part {
    var caption: String
    var columns: [String]
    var rows: [[String]] = []
  }

  var parts: [Part] {
    [endings] + goals.map { alongCurve(to: $0.name, $0.words) } + [byBudget]
      + (growths.rows.isEmpty ? [] : [growths])
  }

  private var plan: ComparisonPlan { results.plan }

  private var arms: [(arm: Arm, summary: ComparisonSummary.ArmSummary)] {
    Array(zip(plan.arms, results.summary.arms))
  }

  /// How good each arm is at the end of each budget, and what it learnt with.
  private var endings: Part {
    let budgets = plan.budgets.sorted()
    var part = Part(
      caption:
        "\(capitalised(results.measureName)) on the test split at the end of each budget, \(spreads); in "
        + "brackets the learning rate that the validation split chose, with ! where it lies at the "
        + "edge of the grid. The teacher: \(results.figure(results.summary.teacher)).",
      columns: ["arm", "parameters"] + budgets.map { "\(Figures.grouped($0)) steps" })
    for (arm, summary) in arms {
      let cost = results.record.results.first { $0.run.role == .arm(arm.name) }?.cost
      part.rows.append(
        [results.title(arm), cost.map { Figures.grouped($0.parameters) } ?? "–"]
          + summary.endings.map(ending))
    }
    return part
  }

  private func ending(_ ending: ComparisonSummary.Ending) -> String {
    guard let recipe = ending.recipe else { return "failed" }
    return "\(results.figure(ending.figure)) (\(words(recipe))\(ending.isAtEdge ? "!" : ""))"
  }

  /// The rate, with schedule and warm-up where the grid has several.
  private func words(_ recipe: Recipe) -> String {
    [
      Figures.significant(recipe.learningRate),
      plan.grid.schedule.count > 1 ? recipe.schedule.rawValue : nil,
      plan.grid.warmup.count > 1 ? "warm-up \(recipe.warmup)" : nil,
    ].compactMap(\.self).joined(separator: ", ")
  }

  private func alongCurve(to goal: ComparisonSummary.GoalName, _ words: String) -> Part {
    var part = Part(
      caption:
        "One schedule, along the curves of the largest budget: by what factor an arm is faster than "
        + "the same network from scratch \(words). \(spreadWords)",
      columns: [
        "arm", "samples", "seconds", "multiply-adds, teacher's counted",
        "seconds, teacher's counted",
      ])
    for (arm, summary) in arms where arm.kind != .scratch {
      part.rows.append([
        results.title(arm),
        results.factor(summary.along(goal, .samples, countsTeacher: false)),
        results.factor(summary.along(goal, .seconds, countsTeacher: false)),
        results.factor(summary.along(goal, .multiplyAdds, countsTeacher: true)),
        results.factor(summary.along(goal, .seconds, countsTeacher: true)),
      ])
    }
    return part
  }

  private var goals: [(name: ComparisonSummary.GoalName, words: String)] {
    ComparisonSummary.GoalName.allCases.map { goal in
      let value = results.summary.arms.lazy
        .compactMap { $0.along(goal, .samples, countsTeacher: false)?.value }.first
      let figure = value.map(results.figure) ?? "–"
      switch goal {
      case .teacher:
        return (goal, "to \(figure), the teacher's" + (plan.margin > 0 ? " and the margin" : ""))
      case .scratch: return (goal, "to \(figure), where scratch ends")
      }
    }
  }

  private var byBudget: Part {
    let budgets = plan.budgets.sorted()
    var part = Part(
      caption:
        "Every arm tuned for each budget by itself: by what factor fewer samples, and multiply-adds "
        + "with the teacher's counted, an arm needs to end where scratch ends; between budgets on the "
        + "line from ending to ending, ≥ and ≤ where that lies outside of the budgets tried. "
        + spreadWords,
      columns: ["arm"]
        + budgets.flatMap {
          ["scratch's end at \(Figures.grouped($0)) steps, samples", "teacher's counted"]
        })
    for (arm, summary) in arms where arm.kind != .scratch {
      part.rows.append(
        [results.title(arm)]
          + budgets.flatMap { steps in
            [
              results.factor(summary.toBudget(steps, .samples, countsTeacher: false)),
              results.factor(summary.toBudget(steps, .multiplyAdds, countsTeacher: true)),
            ]
          })
    }
    return part
  }

  private var growths: Part {
    var part = Part(
      caption: "What each growth kept, with the first seed, and how long it took.",
      columns: ["growth", "parameters", "grade", "difference", "training mode", "seconds"])
    for growth in results.record.growths where growth.seed == plan.seeds.first {
      part.rows.append([
        growth.arm ?? "growth \(growth.stage + 1)",
        "\(Figures.grouped(growth.before.parameters)) → "
          + Figures.grouped(growth.after.parameters),
        growth.grade?.rawValue ?? "not kept",
        growth.relativeDifference.map(Figures.scientific) ?? "–",
        growth.trainingGrade?.rawValue ?? "–",
        Figures.fixed(growth.seconds, decimals: 2),
      ])
    }
    return part
  }

  private var spreads: String {
    plan.seeds.count == 1
      ? "one seed" : "mean and standard deviation over \(plan.seeds.count) seeds"
  }

  private var spreadWords: String {
    plan.seeds.count == 1
      ? "One seed." : "By the mean of the seeds' curves; in brackets each seed by itself."
  }

  private func capitalised(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  // MARK: Forms

  var markdown: String {
    let setting = results.record.setting
    let head = """
      # \(Markdown.text(plan.name))

      \(Markdown.code(setting.command ?? "net2net compare"))

      \(Markdown.text(setting.dataSummary)), \(Figures.grouped(setting.validationSamples)) more for validation; \
      seeds \(plan.seeds.map(String.init).joined(separator: ", ")); \
      \(Release.nameAndVersion), libtorch \(setting.libtorch ?? "–"), \(Markdown.text(setting.machine)), \
      \(setting.cores) cores, \(setting.threads) threads, \(setting.device.rawValue).

      """
    return ([head] + parts.map(Self.markdown) + [failures]).filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  private static func markdown(_ part: Part) -> String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map(Markdown.text).joined(separator: " | ") + " |"
    }
    let rule = "|" + String(repeating: " --- |", count: part.columns.count)
    let lines = [line(part.columns), rule] + part.rows.map(line)
    return Markdown.text(part.caption) + "\n\n" + lines.joined(separator: "\n") + "\n"
  }

  private var failures: String {
    let failures = results.record.failures
    guard !failures.isEmpty else { return "" }
    return "Runs that failed:\n\n"
      + failures.map { "- \(Markdown.text("\($0.run.title): \($0.failure ?? "")"))\n" }.joined()
  }

  /// The endings and factors, for a terminal.
  var text: String {
    parts.map { part in
      var table = TextTable(columns: part.columns)
      part.rows.forEach { table.add($0) }
      return "\(part.caption)\n\n\(table.text(indent: 2))"
    }.joined(separator: "\n\n")
  }
}
