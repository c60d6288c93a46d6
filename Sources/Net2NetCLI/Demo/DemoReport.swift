import Net2Net

/// The demo's record as one page that needs no other file.
struct DemoReport {
  let record: DemoRecord

  var page: HTML {
    .page(
      title: "Net2Net: growing a trained network",
      .element("main", [:], introduction, learning, growths), footer)
  }

  private var introduction: HTML {
    .element(
      "header", [:],
      .element("h1", [:], text: "Growing a trained network"),
      .element(
        "p", ["class": "lead"],
        text: """
          A small \(record.architecture) learned from \(Figures.grouped(record.trainingImages)) \
          images of \(record.data). Then it was made wider, and deeper, without changing what it \
          computes, and learned on. Beside it learned what one would do without growing, with \
          the same budget and the same order of images.
          """),
      .element("div", ["class": "tiles"], tiles))
  }

  private var tiles: [HTML] {
    var tiles: [HTML] = []
    for growth in record.growths {
      tiles.append(
        .tile(
          Figures.scientific(growth.largestDifference(.float64)),
          "largest relative difference between the \(growth.role.title) and the teacher "
            + "(float64): \(growth.receipt.grade?.words ?? "not verified")"))
    }
    if let wide = record.curve(.widened), let scratch = record.curve(.scratch) {
      let images = wide.images(toReach: scratch.end)
      tiles.append(
        .tile(
          images.map(Figures.grouped) ?? "not reached",
          "images until the widened student is as good as the same network from scratch after "
            + "\(Figures.grouped(scratch.points.last?.images ?? 0)): "
            + Figures.percent(scratch.end)))
    }
    return tiles
  }

  private var learning: HTML {
    .section(
      "How they learned",
      [
        DemoCharts(record: record).byImages.html,
        DemoCharts(record: record).byCost.html,
        accuracyTable.html,
        .element("ul", [:], DemoRole.allCases.compactMap(explanation)),
      ])
  }

  private func explanation(_ role: DemoRole) -> HTML? {
    guard let curve = record.curve(role) else { return nil }
    return .element(
      "li", [:], .element("strong", [:], text: role.title),
      .text(
        ": \(role.explanation); learning rate \(curve.learningRate), cosine, "
          + "\(curve.epochs) \(curve.epochs == 1 ? "epoch" : "epochs"), \(Figures.scaled(curve.cost.multiplyAdds)) multiply-adds "
          + "an image"))
  }

  private var accuracyTable: HTMLTable {
    let epochs = max(record.curves.map(\.epochs).max() ?? 1, 1)
    let goals = [DemoRole.teacher, .scratch].map { role in
      "images to \(Figures.percent(record.curve(role)?.end ?? 0)) (\(role.title))"
    }
    var table = HTMLTable(
      "Share of \(Figures.grouped(record.testImages)) test images recognised.",
      columns: ["network", "parameters", "start"] + (1...epochs).map { "epoch \($0)" } + goals)
    for curve in record.curves {
      table.add(
        record.cells(curve, epochs: epochs),
        isMarked: curve.role == .widened || curve.role == .deepened)
    }
    return table
  }

  private var growths: HTML {
    .section(
      "What was grown, and what it kept",
      record.growths.map {
        GrowthCard(title: $0.role.title, plan: $0.plan, receipt: $0.receipt).html
      })
  }

  private var footer: HTML {
    .element(
      "footer", [:],
      text: """
        Made by \(record.producer) on \(record.machine), in \(Figures.duration(record.seconds)); \
        batches of \(record.batchSize), seed \(record.seed). The method: Chen, Goodfellow, \
        Shlens, Net2Net: Accelerating Learning via Knowledge Transfer (ICLR 2016).
        """)
  }
}

extension Grade {
  /// As a person says it.
  var words: String {
    switch self {
    case .bitExact: "the same function, bit for bit"
    case .exact: "the same function, up to rounding"
    case .approximate: "nearly the same function"
    }
  }
}
