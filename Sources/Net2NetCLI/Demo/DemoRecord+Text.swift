import Net2Net

extension DemoRecord {
  /// The demo's one table, in two parts: how each network learned, and what each growth kept.
  var table: String { learningTable.text() + "\n\n" + growthTable.text() }

  private var learningTable: TextTable {
    let epochs = curves.map(\.epochs).max() ?? 0
    var table = TextTable(
      columns: ["network", ">parameters", ">start"] + (1...max(epochs, 1)).map { ">epoch \($0)" }
        + [">images to \(goal(.teacher))", ">images to \(goal(.scratch))"])
    for curve in curves { table.add(cells(curve, epochs: max(epochs, 1))) }
    return table
  }

  /// `89.6 % (teacher)`
  private func goal(_ role: DemoRole) -> String {
    "\(Figures.percent(curve(role)?.end ?? 0)) (\(role == .teacher ? "teacher" : "scratch"))"
  }

  /// One row: what the terminal and the report show of a curve.
  func cells(_ curve: Curve, epochs: Int) -> [String] {
    [curve.role.title, Figures.grouped(curve.cost.parameters), Figures.percent(curve.start)]
      + (1...epochs).map { curve.accuracy(afterEpoch: $0).map(Figures.percent) ?? "" }
      + [reach(curve, .teacher), reach(curve, .scratch)]
  }

  private func reach(_ curve: Curve, _ goal: DemoRole) -> String {
    guard let accuracy = self.curve(goal)?.end else { return "" }
    return curve.images(toReach: accuracy).map(Figures.grouped) ?? "not reached"
  }

  private var growthTable: TextTable {
    var table = TextTable(
      "growth", "grade", ">difference, float64", ">float32", "training mode", ">difference")
    for growth in growths {
      table.add(
        growth.role.title, growth.receipt.grade?.rawValue ?? "",
        Figures.scientific(growth.largestDifference(.float64)),
        Figures.scientific(growth.largestDifference(.float32)), growth.trainingGrade.rawValue,
        Figures.scientific(growth.largestDifference(.float64, mode: "training")))
    }
    return table
  }
}
