import Net2NetTraining

/// How well each class is recognised, and what it is taken for instead.
struct ClassTables {
  let record: RunRecord

  /// More would hide what matters.
  private static let mostRows = 40

  var html: [HTML] {
    guard let last = counted.last, let targets = last.targetsByClass else { return [] }
    return [accuracyTable(last, targets).html] + (last.confusion.map { [heatMap($0)] } ?? [])
  }

  private var counted: [Metrics] { record.evaluations.filter { $0.correctByClass != nil } }

  private func name(_ index: Int) -> String {
    record.classes.indices.contains(index) ? record.classes[index] : "class \(index)"
  }

  private func accuracyTable(_ last: Metrics, _ targets: [Int]) -> HTMLTable {
    let columns = moments(last)
    let shown = Self.worst(last, targets)
    let whole = shown.count == targets.count
    var table = HTMLTable(
      (whole ? "" : "The \(shown.count) of \(targets.count) classes that are recognised worst. ")
        + "Share of each class's targets, in the test split, that is recognised.",
      columns: ["class", "targets"] + columns.map(\.title) + ["most often taken for"])
    for index in shown {
      let shares = columns.map { Self.share($0.line, index).map(Figures.percent) ?? "–" }
      table.add(
        [name(index), Figures.grouped(targets[index])] + shares + [mistake(last.confusion, index)])
    }
    return table
  }

  /// The first evaluation, the last before each of the last growths, and the last of all.
  private func moments(_ last: Metrics) -> [(title: String, line: Metrics)] {
    let before = record.growths.suffix(3).compactMap { growth -> (title: String, line: Metrics)? in
      guard let record = growth.growth,
        let line = counted.last(where: { $0.step <= growth.step }), line.step > 0
      else { return nil }
      return ("before growth \(record.index + 1)", line)
    }
    let first = counted.first.map { [(title: "step \($0.step)", line: $0)] } ?? []
    return first + before + (last.step == first.first?.line.step ? [] : [("now", last)])
  }

  private static func worst(_ last: Metrics, _ targets: [Int]) -> [Int] {
    guard targets.count > mostRows else { return Array(targets.indices) }
    return Array(
      targets.indices.sorted { (share(last, $0) ?? 2) < (share(last, $1) ?? 2) }.prefix(mostRows))
  }

  private static func share(_ line: Metrics, _ index: Int) -> Double? {
    guard let targets = line.targetsByClass, let correct = line.correctByClass,
      targets.indices.contains(index), correct.indices.contains(index), targets[index] > 0
    else { return nil }
    return Double(correct[index]) / Double(targets[index])
  }

  private func mistake(_ confusion: [[Int]]?, _ index: Int) -> String {
    guard let row = confusion?[index],
      let other = row.indices.filter({ $0 != index }).max(by: { row[$0] < row[$1] }), row[other] > 0
    else { return "–" }
    return "\(name(other)) (\(Figures.grouped(row[other])))"
  }

  private func heatMap(_ confusion: [[Int]]) -> HTML {
    let head = HTML.element(
      "tr", [:],
      [.element("td")] + confusion.indices.map { .element("th", ["scope": "col"], text: name($0)) })
    return .element(
      "div", ["class": "scroll"],
      .element(
        "table", ["class": "heat"],
        .element(
          "caption", [:], text: "What the targets of each row's class are taken for now."),
        .element("thead", [:], head),
        .element("tbody", [:], confusion.indices.map { row(confusion[$0], $0) })))
  }

  private func row(_ counts: [Int], _ index: Int) -> HTML {
    let total = Double(max(counts.reduce(0, +), 1))
    let cells = counts.enumerated().map { column, count in
      // By the root, so that small confusions are seen beside large ones.
      let strength = (Double(count) / total).squareRoot()
      return HTML.element(
        "td",
        ["class": (column == index ? "right" : "wrong") + (strength > 0.6 ? " strong" : "")],
        .element("i", ["style": "opacity:\(Figures.fixed(strength, decimals: 2))"]),
        .element("span", [:], text: count == 0 ? "" : Figures.grouped(count)))
    }
    return .element("tr", [:], [.element("th", ["scope": "row"], text: name(index))] + cells)
  }
}
