import Net2Net
import Net2NetTraining

/// Learning curves of the largest budget, means over the seeds, and endings by budget.
struct ComparisonCharts {
  private let results: ComparisonResults

  init(_ results: ComparisonResults) { self.results = results }

  private var plan: ComparisonPlan { results.plan }

  var bySamples: LineChart { curves(.samples, countsTeacher: false) }
  var byMultiplyAdds: LineChart { curves(.multiplyAdds, countsTeacher: true) }
  var bySeconds: LineChart { curves(.seconds, countsTeacher: true) }

  /// Each point is a run of its own, tuned for its budget.
  var byBudget: LineChart {
    chart(
      title: "Where each budget ends, tuned by itself", xTitle: "steps",
      results.drawnArms.compactMap { arm in
        let endings = plan.budgets.sorted().compactMap { steps in
          mean(arm, steps)?.end.map { (x: Double(steps), y: shown($0[plan.measure])) }
        }
        return series(arm, endings)
      })
  }

  private func curves(_ currency: Effort.Currency, countsTeacher: Bool) -> LineChart {
    let curves = results.drawnArms.compactMap { curve($0, currency, countsTeacher: countsTeacher) }
    let title = titles[currency] ?? ""
    let axis = axes[currency] ?? ""
    let format = currency == .seconds ? ComparisonCharts.seconds : ComparisonCharts.count
    return chart(
      title: countsTeacher ? "\(title), the teacher's training counted" : title,
      xTitle: countsTeacher ? "\(axis) of training" : axis, curves, xFormat: format)
  }

  private func curve(
    _ arm: Arm, _ currency: Effort.Currency, countsTeacher: Bool
  ) -> LineChart.Series? {
    let before = countsTeacher && arm.kind.buildsOnTeacher ? preparation[currency] : 0
    let points = mean(arm, results.largestBudget)?.points ?? []
    return series(
      arm, points.map { (x: before + $0.effort[currency], y: shown($0.quality[plan.measure])) })
  }

  private let titles: [Effort.Currency: String] = [
    .samples: "Along the largest budget, by samples",
    .multiplyAdds: "By multiply-adds", .seconds: "By seconds",
  ]
  private let axes: [Effort.Currency: String] = [
    .samples: "training samples", .multiplyAdds: "multiply-adds", .seconds: "seconds",
  ]

  private var preparation: Effort {
    let efforts = plan.seeds.compactMap { results.record.preparation(seed: $0) }
    return efforts.reduce(Effort(), +) / Double(max(efforts.count, 1))
  }

  private func mean(_ arm: Arm, _ steps: Int) -> LearningCurve? {
    let curves = results.record.chosenResults(arm, steps: steps).map(\.curve)
    return curves.isEmpty ? nil : .mean(of: curves)
  }

  private func shown(_ value: Double) -> Double {
    plan.measure == .accuracy ? value * 100 : value
  }

  private func series(_ arm: Arm, _ points: [(x: Double, y: Double)]) -> LineChart.Series? {
    points.isEmpty
      ? nil
      : LineChart.Series(name: results.title(arm), points: points, look: results.look(arm))
  }

  private func chart(
    title: String, xTitle: String, _ series: [LineChart.Series],
    xFormat: @escaping (Double) -> String = ComparisonCharts.count
  ) -> LineChart {
    let learned = series.flatMap { $0.points.count > 1 ? Array($0.points.dropFirst()) : $0.points }
      .map(\.y)
    let isShare = plan.measure == .accuracy
    let format = { (value: Double) in
      Figures.fixed(value, decimals: isShare ? 1 : 2).withoutTrailingZeros
    }
    return LineChart(
      title: title,
      summary: series.map {
        "\($0.name) from \(format($0.points.first?.y ?? 0)) to \(format($0.points.last?.y ?? 0))"
      }.joined(separator: "; "),
      series: series, xTitle: xTitle,
      yTitle: isShare ? "test accuracy, %" : "test loss, nats",
      yRange: isShare ? LineChart.accuracyRange(learned) : Self.lossRange(learned),
      xFormat: xFormat, yFormat: format)
  }

  private static func seconds(_ value: Double) -> String {
    value == 0 ? "0" : Figures.significant(value)
  }

  private static func count(_ value: Double) -> String {
    Figures.scaled(value).withoutTrailingZeros
  }

  /// Without the worst quarter of what is seen after learning began.
  private static func lossRange(_ learned: [Double]) -> ClosedRange<Double> {
    let values = learned.sorted()
    let lowest = values.first ?? 0
    let highest = values.isEmpty ? 1 : values[min(values.count - 1, values.count * 3 / 4)]
    return lowest - 0.02...max(highest, lowest + 0.05)
  }
}
