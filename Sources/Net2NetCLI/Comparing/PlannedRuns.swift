import Net2Net
import Net2NetTraining

/// What a comparison will do, before it does it.
struct PlannedRuns {
  private let comparison: GrowthComparison
  private let runs: [PlannedRun]

  init(of comparison: GrowthComparison) throws {
    self.comparison = comparison
    runs = try comparison.plannedRuns()
  }

  var text: String {
    let total = runs.map(\.effort.multiplyAdds).reduce(0, +)
    let samples = runs.map(\.effort.samples).reduce(0, +)
    return """
      \(comparison.plan.name)
      \(comparison.data.summary); \(Figures.grouped(comparison.validation.test.count)) more to choose by

      \(table.text(indent: 2))

      \(Figures.grouped(runs.count)) runs, \(Figures.scaled(samples)) samples, \
      \(Figures.scaled(total)) multiply-adds of training; evaluations come on top of them
      """
  }

  private var table: TextTable {
    var table = TextTable(
      "seed", "run", ">steps", "recipe", ">parameters", ">samples", ">multiply-adds")
    for run in runs {
      table.add(
        "\(run.seed)", name(run.role), Figures.grouped(run.steps),
        run.recipe?.name ?? "the best of seed \(comparison.plan.seeds[0])",
        Figures.grouped(run.cost.parameters), Figures.scaled(run.effort.samples),
        Figures.scaled(run.effort.multiplyAdds))
    }
    return table
  }

  private func name(_ role: ComparisonRun.Role) -> String {
    switch role {
    case .teacher: "teacher"
    case .stage(let index): "after growth \(index + 1)"
    case .arm(let name): name
    }
  }
}
