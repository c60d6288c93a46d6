import Net2Net
import Net2NetLifelong

/// A simulation as one page that needs no other file.
struct SimulationReport {
  let record: SimulationRecord

  private var tables: SimulationTables { SimulationTables(record: record) }
  private var strategies: [Strategy] { tables.strategies }

  var page: HTML {
    .page(
      title: "Net2Net: learning as data arrives",
      .element("main", [:], introduction, pictures, comparison, course), footer)
  }

  private var introduction: HTML {
    let settings = record.settings
    let classes =
      settings.scenario == .classes
      ? "Classes appear two by two." : "Every arrival has examples of every class."
    return .element(
      "header", [:], .element("h1", [:], text: "Learning as data arrives"),
      .element(
        "p", ["class": "lead"],
        text: """
          \(Figures.grouped(record.examples.last ?? 0)) examples of \(record.data) arrive in \
          \(settings.arrivals) parts, each larger than the one before. \(classes) Every strategy \
          learns from them; accuracy is on test images that none of them sees.
          """),
      .element("div", ["class": "tiles"], tiles))
  }

  private var tiles: [HTML] {
    guard let growing = record.points[.growing]?.last,
      let others = record.points[.retrained], growing.arrival < others.count
    else { return [] }
    let share =
      Double(growing.work.multiplyAdds) / Double(max(1, others[growing.arrival].work.multiplyAdds))
    let shortfall = record.worstShortfall(.growing, behind: .retrained)
    return [
      .tile(Figures.percent(share), "of the multiply-adds of retraining, by the growing learner"),
      .tile(
        shortfall.map { Figures.fixed($0.points * 100, decimals: 2) } ?? "–",
        "points below retraining at worst"
          + (shortfall.map { ", after arrival \($0.arrival + 1)" } ?? "")),
    ]
  }

  // MARK: Pictures

  private var pictures: HTML {
    .section(
      "How they learned",
      [
        accuracy.html,
        HTML.pair([
          course(
            "Multiply-adds so far", "multiply-adds",
            { Double($0.work.multiplyAdds) },
            { Figures.scaled($0).withoutTrailingZeros }),
          course(
            "Seconds so far", "seconds", { $0.work.seconds },
            { Figures.scaled($0).withoutTrailingZeros }),
        ]),
        size.html,
      ])
  }

  private var accuracy: LineChart {
    let values = strategies.flatMap { record.points[$0] ?? [] }.map { $0.accuracy * 100 }
    return chart(
      "Accuracy after each arrival", "test accuracy, %", LineChart.accuracyRange(values),
      { $0.accuracy * 100 }, { Figures.fixed($0, decimals: 1).withoutTrailingZeros },
      events: growths)
  }

  private var size: LineChart {
    let values = strategies.flatMap { record.points[$0] ?? [] }.map {
      Double($0.network.parameters)
    }
    return chart(
      "Parameters of the network that is served", "parameters", 0...(values.max() ?? 1) * 1.05,
      { Double($0.network.parameters) },
      { Figures.scaled($0).withoutTrailingZeros }, events: growths)
  }

  private func course(
    _ title: String, _ yTitle: String, _ value: @escaping (SimulationRecord.Point) -> Double,
    _ format: @escaping (Double) -> String
  ) -> LineChart {
    let values = strategies.flatMap { record.points[$0] ?? [] }.map(value)
    return chart(title, yTitle, 0...max(values.max() ?? 1, 1e-9) * 1.02, value, format)
  }

  private func chart(
    _ title: String, _ yTitle: String, _ range: ClosedRange<Double>,
    _ value: (SimulationRecord.Point) -> Double, _ format: @escaping (Double) -> String,
    events: [LineChart.Event] = []
  ) -> LineChart {
    let series = strategies.map { strategy in
      LineChart.Series(
        name: strategy.title,
        points: (record.points[strategy] ?? []).map { (x: Double($0.arrival + 1), y: value($0)) },
        look: Self.look(strategy))
    }
    let summary = series.map { "\($0.name) to \(format($0.points.last?.y ?? 0))" }
      .joined(separator: "; ")
    return LineChart(
      title: title, summary: summary, series: series, events: events, xTitle: "arrivals",
      yTitle: yTitle, yRange: range, xFormat: { Figures.fixed($0, decimals: 0) }, yFormat: format)
  }

  private static func look(_ strategy: Strategy) -> Int {
    switch strategy {
    case .growing: 2
    case .small: 0
    case .large: 1
    case .retrained: 3
    }
  }

  private var growths: [LineChart.Event] {
    (record.points[.growing] ?? []).filter(\.hasGrown)
      .map { LineChart.Event(x: Double($0.arrival + 1), name: "growth") }
  }

  // MARK: Tables

  private var comparison: HTML {
    .section(
      "What they came to",
      [
        table("What each strategy has come to", tables.summary),
        .element(
          "ul", [:],
          Self.words.map { name, words in
            .element("li", [:], .element("strong", [:], text: name), .text(": \(words)"))
          }),
        table(
          "Multiply-adds and time until an accuracy, in %, was first reached", tables.timeToAccuracy
        ),
        .details("Accuracy after each arrival, in %", table("", tables.byArrival)),
      ])
  }

  private static let words: KeyValuePairs<String, String> = [
    "multiply-adds": """
    of an example's forward pass, three times for each example that is learnt from, once for one \
    that is looked at to decide by
    """,
    "ACC": "the mean over tasks of the accuracy after the last arrival, R(T, j)",
    "BWT": "backward transfer, the mean of R(T, j) − R(e(j), j) (Lopez-Paz and Ranzato 2017)",
    "forgetting": """
    the mean of the best R(i, j) before the last arrival less R(T, j) (Chaudhry et al. 2018)
    """,
    "R(i, j)": """
    the accuracy on task j after arrival i; e(j) is the arrival after which task j has been \
    learnt. Where every arrival has all classes, task j is a part of the test images dealt to \
    arrival j; where classes appear in pairs, it is a pair
    """,
  ]

  private func table(_ caption: String, _ rows: SimulationTables.Rows) -> HTML {
    var table = HTMLTable(caption, columns: rows.columns)
    for row in rows.cells { table.add(row, isMarked: row.first == Strategy.growing.title) }
    return table.html
  }

  private var course: HTML {
    var table = HTMLTable(
      "The growing learner after each arrival.", columns: ["arrival", "decided", "why", "events"])
    for point in record.points[.growing] ?? [] {
      table.add([
        "\(point.arrival + 1)", point.decision?.verdict.rawValue ?? "",
        point.decision?.reasons.joined(separator: "; ") ?? "",
        point.events.joined(separator: "; "),
      ])
    }
    return .section("What the growing learner decided", [table.html])
  }

  private var footer: HTML {
    .element(
      "footer", [:],
      text: "Made by \(record.producer) on \(record.machine); seed \(record.settings.seed).")
  }
}
