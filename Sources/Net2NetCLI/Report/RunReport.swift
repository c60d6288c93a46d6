import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTorch
import Net2NetTraining
import Yams

/// A run as one page that needs no other file.
struct RunReport {
  let record: RunRecord

  /// Writes the page where the run has it.
  static func write(of run: RunDirectory) throws {
    try AtomicFile.write(
      RunReport(record: RunRecord(run)).page.document(), to: run.reportFile, overwriting: true)
  }

  var page: HTML {
    let sections = [learning, growing, classes, steps, omissions, circumstances]
    return .page(
      title: "Net2Net: run \(record.name)",
      .element("main", [:], [introduction] + sections.compactMap(\.self)), footer)
  }

  // MARK: What it came to

  private var introduction: HTML {
    .element(
      "header", [:],
      [
        .element("h1", [:], text: "Run \(record.name)"),
        .element("p", ["class": "lead"], text: state),
      ] + record.problems.map { .element("p", ["class": "notice"], text: $0) } + [
        .element("div", ["class": "tiles"], tiles)
      ])
  }

  private var state: String {
    let steps = Figures.grouped(record.lastStep)
    let progress =
      record.isComplete
      ? "complete after \(steps) steps"
      : "at step \(steps)" + (record.budget.map { " of \(Figures.grouped($0))" } ?? "")
    let grown = record.growths.count
    return "Training on \(record.description.data): \(progress), "
      + (grown == 0 ? "without growth" : grown == 1 ? "with one growth" : "with \(grown) growths")
      + ", in \(Figures.duration(record.seconds))."
  }

  private var tiles: [HTML] {
    var tiles: [HTML] = []
    if let last = record.evaluations.last, let accuracy = last.accuracy {
      let best = record.evaluations.compactMap(\.accuracy).max() ?? accuracy
      tiles.append(
        .tile(
          Figures.percent(accuracy),
          "of the test split recognised at step \(Figures.grouped(last.step))"
            + (best > accuracy ? "; \(Figures.percent(best)) at best" : "")))
    }
    if let first = record.firstCost, let last = record.lastCost {
      tiles.append(
        .tile(
          Figures.scaled(last.parameters),
          "parameters, \(Figures.scaled(last.multiplyAdds)) multiply-adds a sample"
            + (first == last ? "" : "; at first \(first.sentence)")))
    }
    if let rate = record.imagesPerSecond {
      let memory = record.lines(.training).compactMap(\.peakMemoryBytes).max()
      tiles.append(
        .tile(
          Figures.grouped(rate),
          "samples learnt from a second"
            + (memory.map { ", with \(Figures.scaled($0))B of memory at most" } ?? "")))
    }
    return tiles
  }

  // MARK: How it went

  private var learning: HTML? {
    let charts = RunCharts(record: record)
    let pictures = charts.learning.map(\.html)
    return pictures.isEmpty
      ? nil : .section("How it learned", pictures + [.pair(charts.course)])
  }

  private var growing: HTML? {
    guard !record.growths.isEmpty else { return nil }
    return .section("What was grown, and what it kept", [growthTable.html] + growthCards)
  }

  private var growthTable: HTMLTable {
    var table = HTMLTable(
      "Each growth, verified against the network before it.",
      columns: [
        "growth", "step", "epoch", "parameters", "multiply-adds", "grade", "largest difference",
        "learning rate", "took",
      ])
    for line in record.growths {
      guard let growth = line.growth else { continue }
      let (before, after) = (growth.before, growth.after)
      table.add([
        "\(growth.index + 1)", Figures.grouped(growth.step), Figures.fixed(line.epoch, decimals: 1),
        "\(Figures.scaled(before.parameters)) → \(Figures.scaled(after.parameters))",
        "\(Figures.scaled(before.multiplyAdds)) → \(Figures.scaled(after.multiplyAdds))",
        growth.grade?.rawValue ?? "not verified",
        growth.relativeDifference.map(Figures.scientific) ?? "–", growth.learningRate.name,
        Figures.duration(growth.seconds),
      ])
    }
    return table
  }

  private var growthCards: [HTML] {
    record.growths.compactMap(\.growth).compactMap { growth in
      record.receipts[growth.index + 1].map { receipt in
        GrowthCard(
          title: "Growth \(growth.index + 1), step \(Figures.grouped(growth.step))",
          plan: (try? YAMLEncoder().encode(receipt.plan)) ?? "", receipt: receipt
        ).html
      }
    }
  }

  private var classes: HTML? {
    let tables = ClassTables(record: record).html
    return tables.isEmpty ? nil : .section("Class by class", tables)
  }

  private var steps: HTML? {
    let charts = RunCharts(record: record).steps
    return charts.isEmpty ? nil : .section("The steps themselves", [.pair(charts)])
  }

  private var omissions: HTML? {
    let lines = record.lines(.omission)
    guard !lines.isEmpty else { return nil }
    let most = 50
    var table = HTMLTable(
      lines.count > most ? "The first \(most) of \(Figures.grouped(lines.count))." : "",
      columns: ["step", "what"])
    for line in lines.prefix(most) { table.add([Figures.grouped(line.step), line.omission ?? ""]) }
    return .section("What was left out", [table.html])
  }

  // MARK: How it was run

  private var circumstances: HTML {
    .section(
      "How it was run",
      [sessionTable.html]
        + record.sessions.compactMap { line in
          line.session?.command.map { .element("pre", ["class": "command"], text: $0) }
        } + [
          options,
          .details(
            "run.json", .element("pre", [:], text: (try? json(record.description)) ?? "")),
        ])
  }

  private var sessionTable: HTMLTable {
    var table = HTMLTable(
      "Each time the run was begun or taken up.",
      columns: [
        "began", "from step", "machine", "libtorch", "device", "precision", "threads", "ranks",
      ])
    for line in record.sessions {
      guard let session = line.session else { continue }
      table.add([
        session.began, Figures.grouped(line.step), "\(session.machine), \(session.cores) cores",
        session.libtorch ?? "–", session.device.rawValue, session.precision.rawValue,
        "\(session.threads)", "\(session.ranks)",
      ])
    }
    return table
  }

  private var options: HTML {
    let options = record.description.options
    let optimizer = options.optimizer
    return .facts([
      "data": record.description.dataSummary,
      "batch size": "\(options.batchSize)",
      "optimizer": optimizer.rule.rawValue
        + (optimizer.rule == .sgd ? ", momentum \(optimizer.momentum)" : "")
        + ", weight decay \(Figures.significant(optimizer.weightDecay))",
      "learning rate":
        "\(Figures.significant(optimizer.learningRate)), \(options.schedule.decay.rawValue)"
        + (options.schedule.warmupSteps > 0
          ? ", warm-up \(options.schedule.warmupSteps) steps" : ""),
      "seed": "\(options.seed)",
      "first network": "SHA-256 \(record.description.network)",
    ])
  }

  private var footer: HTML {
    .element(
      "footer", [:],
      text: """
        Made by \(Release.nameAndVersion). The method of growing: Chen, Goodfellow, Shlens, \
        Net2Net: Accelerating Learning via Knowledge Transfer (ICLR 2016).
        """)
  }
}
