import Net2Net

/// The demo's learning curves, as pictures.
struct DemoCharts {
  let record: DemoRecord

  /// What each network makes of the same images.
  var byImages: LineChart {
    chart(
      title: "Accuracy against images seen after the teacher's training",
      curves: record.curves.filter { $0.role != .teacher }, xTitle: "training images",
      x: { curve, point in Double(point.images) },
      xFormat: { Figures.scaled($0).withoutTrailingZeros })
  }

  /// The same against the work it took, the teacher's own included where it was built on.
  var byCost: LineChart {
    let teacher = record.curve(.teacher)
    let before = teacher.map { Self.work($0, images: $0.points.last?.images ?? 0) } ?? 0
    return chart(
      title: "Accuracy against work, the teacher's training included", curves: record.curves,
      xTitle: "multiply-adds of training",
      x: { curve, point in
        Self.work(curve, images: point.images) + (curve.role.buildsOnTeacher ? before : 0)
      }, xFormat: { Figures.scaled($0).withoutTrailingZeros })
  }

  /// Forward, and twice as much backward.
  private static func work(_ curve: DemoRecord.Curve, images: Int) -> Double {
    3 * Double(curve.cost.multiplyAdds) * Double(images)
  }

  private func chart(
    title: String, curves: [DemoRecord.Curve], xTitle: String,
    x: (DemoRecord.Curve, DemoRecord.Point) -> Double, xFormat: @escaping (Double) -> String
  ) -> LineChart {
    let series = curves.map { curve in
      LineChart.Series(
        name: curve.role.title,
        points: curve.points.map { (x: x(curve, $0), y: $0.accuracy * 100) },
        look: curve.role.look)
    }
    return LineChart(
      title: title, summary: summary(curves), series: series, xTitle: xTitle,
      yTitle: "test accuracy, %",
      yRange: LineChart.accuracyRange(
        curves.flatMap { $0.points.dropFirst().map { $0.accuracy * 100 } }), xFormat: xFormat,
      yFormat: { Figures.fixed($0, decimals: 1).withoutTrailingZeros })
  }

  private func summary(_ curves: [DemoRecord.Curve]) -> String {
    curves.map { curve in
      "\(curve.role.title) from \(Figures.percent(curve.start)) to \(Figures.percent(curve.end))"
    }.joined(separator: "; ")
  }
}
