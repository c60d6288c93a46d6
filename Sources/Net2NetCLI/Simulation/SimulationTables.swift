import Net2Net
import Net2NetLifelong

/// What a simulation found, as tables for the terminal and the report.
struct SimulationTables {
  let record: SimulationRecord

  struct Rows {
    var columns: [String]
    var cells: [[String]]

    var text: String {
      var table = TextTable(columns: [columns[0]] + columns.dropFirst().map { ">" + $0 })
      for row in cells { table.add(row) }
      return table.text()
    }
  }

  var text: String { [byArrival, summary, timeToAccuracy].map(\.text).joined(separator: "\n\n") }

  /// Those that have been through an arrival, in order.
  var strategies: [Strategy] { Strategy.allCases.filter { record.points[$0]?.isEmpty == false } }

  /// Accuracy after each arrival.
  var byArrival: Rows {
    let arrivals = strategies.compactMap { record.points[$0]?.count }.max() ?? 0
    let cells = (0..<arrivals).map { arrival in
      ["\(arrival + 1)", Figures.grouped(record.examples[arrival])]
        + strategies.map { strategy in
          let points = record.points[strategy] ?? []
          return arrival < points.count ? Self.accuracy(points[arrival].accuracy) : ""
        }
    }
    return Rows(columns: ["arrival", "examples"] + strategies.map(\.title), cells: cells)
  }

  /// What each strategy came to.
  var summary: Rows {
    Rows(
      columns: [
        "strategy", "accuracy", "mean over arrivals", "worst shortfall", "multiply-adds", "seconds",
        "of retraining", "ACC", "BWT", "forgetting", "parameters",
      ], cells: strategies.map(summaryCells))
  }

  private func summaryCells(_ strategy: Strategy) -> [String] {
    guard let last = record.points[strategy]?.last else { return [] }
    let matrix = record.matrix(strategy)
    func points(_ share: Double?) -> String {
      share.map { Figures.fixed($0 * 100, decimals: 2) } ?? ""
    }
    let shortfall = record.worstShortfall(strategy, behind: .retrained)
    return [
      strategy.title, Self.accuracy(last.accuracy),
      record.meanAccuracy(strategy).map(Self.accuracy) ?? "",
      strategy == .retrained
        ? "" : shortfall.map { "\(points($0.points)) (\($0.arrival + 1))" } ?? "",
      Figures.scaled(last.work.multiplyAdds), Figures.fixed(last.work.seconds, decimals: 0),
      share(last, of: .retrained), points(matrix.averageAccuracy), points(matrix.backwardTransfer),
      points(matrix.forgetting), Figures.grouped(last.network.parameters),
    ]
  }

  /// Of what another strategy has spent by the same arrival.
  private func share(_ point: SimulationRecord.Point, of other: Strategy) -> String {
    guard let others = record.points[other], point.arrival < others.count else { return "" }
    let whole = max(1, others[point.arrival].work.multiplyAdds)
    return Figures.percent(Double(point.work.multiplyAdds) / Double(whole))
  }

  /// Multiply-adds until an accuracy was first reached.
  var timeToAccuracy: Rows {
    let goals = self.goals
    return Rows(
      columns: ["multiply-adds until"] + goals.map(Self.accuracy),
      cells: strategies.map { strategy in
        [strategy.title]
          + goals.map { goal in
            record.work(strategy, toReach: goal).map {
              "\(Figures.scaled($0.multiplyAdds)), \(Figures.duration($0.seconds))"
            } ?? "not reached"
          }
      })
  }

  /// Whole accuracies at a quarter, at half, at three quarters of the way that retraining went, and
  /// 0.3 points below its end.
  private var goals: [Double] {
    let points = record.points[.retrained] ?? record.points[strategies.first ?? .growing] ?? []
    guard let first = points.first?.accuracy, let last = points.last?.accuracy, last > first else {
      return []
    }
    return [0.25, 0.5, 0.75].map { first + $0 * (last - first) } + [last - 0.003]
  }

  static func accuracy(_ share: Double) -> String { Figures.fixed(share * 100, decimals: 2) }
}
