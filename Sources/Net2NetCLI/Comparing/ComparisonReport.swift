import Net2Net
import Net2NetTorch
import Net2NetTraining
import Yams

/// A comparison as one page that needs no other file.
struct ComparisonReport {
  private let results: ComparisonResults
  private let table: ComparisonTable

  init(_ results: ComparisonResults) {
    self.results = results
    table = ComparisonTable(results)
  }

  private var plan: ComparisonPlan { results.plan }
  private var setting: ComparisonRecord.Setting { results.record.setting }

  var page: HTML {
    .page(
      title: plan.name, .element("main", [:], introduction, pictures, tables, provenance), footer)
  }

  private var introduction: HTML {
    .element(
      "header", [:],
      .element("h1", [:], text: plan.name),
      .element(
        "p", ["class": "lead"],
        text: """
          A teacher was trained and grown. Then the student, the same network from scratch and the \
          other baselines learned from the same \(setting.noun) in the same order, each with the \
          learning rate that was best for it on \(Figures.grouped(setting.validationSamples)) \
          \(setting.noun) kept aside. The test split reports and decides nothing.
          """),
      .element("div", ["class": "tiles"], tiles))
  }

  private var tiles: [HTML] {
    guard
      let (arm, summary) = zip(plan.arms, results.summary.arms).first(where: {
        $0.0.kind == .student
      })
    else { return [] }
    let name = results.title(arm)
    let samples = summary.along(.scratch, .samples, countsTeacher: false)
    let counted = summary.along(.scratch, .multiplyAdds, countsTeacher: true)
    let end = summary.endings.last
    return [
      .tile(
        samples.map { ComparisonResults.words($0.speedup) } ?? "–",
        "faster in samples, the \(name) with its teacher given, to where scratch ends"),
      .tile(
        counted.map { ComparisonResults.words($0.speedup) } ?? "–",
        "faster in multiply-adds with the teacher's training counted"),
      .tile(
        end.map { results.figure($0.figure) } ?? "–",
        "\(results.measureName) of the \(name) after \(Figures.grouped(results.largestBudget)) steps; "
          + "scratch: \(scratchEnd)"),
    ]
  }

  private var scratchEnd: String {
    let ending = zip(plan.arms, results.summary.arms).first { $0.0.kind == .scratch }?.1.endings
      .last
    return ending.map { results.figure($0.figure) } ?? "–"
  }

  private var pictures: HTML {
    let charts = ComparisonCharts(results)
    return .section(
      "How they learned",
      [
        charts.bySamples.html, .pair([charts.byMultiplyAdds, charts.bySeconds]),
      ] + (plan.budgets.count > 1 ? [charts.byBudget.html] : []))
  }

  private var tables: HTML {
    .section(
      "What it comes to",
      table.parts.map { part in
        var table = HTMLTable(part.caption, columns: part.columns)
        for row in part.rows { table.add(row, isMarked: row.first == "student") }
        return table.html
      } + failures)
  }

  private var failures: [HTML] {
    results.record.failures.map {
      .element("p", ["class": "notice"], text: "\($0.run.title): \($0.failure ?? "")")
    }
  }

  private var provenance: HTML {
    .section(
      "How it was made",
      [
        .element("pre", ["class": "command"], text: setting.command ?? "net2net compare"),
        .facts([
          "data": setting.dataSummary,
          "machine": "\(setting.machine), \(setting.cores) cores, \(setting.threads) threads, "
            + setting.device.rawValue,
          "libtorch": setting.libtorch ?? "–",
          "seeds": plan.seeds.map(String.init).joined(separator: ", "),
        ]),
        .details("Plan", .element("pre", [:], text: (try? YAMLEncoder().encode(plan)) ?? "")),
        .details("Everything that was tuned", tuning.html),
      ])
  }

  private var tuning: HTMLTable {
    var table = HTMLTable(
      "\(results.measureName) at the end of each run with the first seed; validation chose.",
      columns: ["run", "validation", "test"])
    for result in results.record.results where result.run.seed == plan.seeds.first {
      table.add([
        result.run.title,
        result.validation.map { results.figure($0[plan.measure]) } ?? "failed",
        result.curve.end.map { results.figure($0[plan.measure]) } ?? "–",
      ])
    }
    return table
  }

  private var footer: HTML {
    .element(
      "footer", [:],
      text: """
        Made by \(Release.nameAndVersion). Factors are of the first time that a figure is reached, \
        on the line between two evaluations. The method: Chen, Goodfellow, Shlens, Net2Net: \
        Accelerating Learning via Knowledge Transfer (ICLR 2016).
        """)
  }
}
