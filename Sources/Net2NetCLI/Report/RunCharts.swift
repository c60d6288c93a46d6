import Net2Net
import Net2NetTraining

/// A run over its steps, as pictures, each with the growths in it.
struct RunCharts {
  let record: RunRecord

  /// Those that the run has something for.
  var learning: [LineChart] { [loss, accuracy].compactMap(\.self) }
  var course: [LineChart] { [learningRate, size].compactMap(\.self) }
  var steps: [LineChart] { [throughput, gradientNorm].compactMap(\.self) }

  private var loss: LineChart? {
    let training = points(.training, \.loss)
    let test = points(.evaluation, \.loss)
    guard !training.isEmpty || !test.isEmpty else { return nil }
    let thinned = Self.thinned(training)
    return chart(
      title: "Loss", yTitle: "cross-entropy, nats",
      series: [
        LineChart.Series(name: "training", points: thinned, look: 1, hasMarks: false),
        LineChart.Series(name: "test", points: test, look: 2, hasMarks: test.count <= 60),
      ], from: 0, format: Figures.significant,
      summary: Self.course(test, "test") { Figures.fixed($0, decimals: 3) })
  }

  private var accuracy: LineChart? {
    let test = points(.evaluation, \.accuracy).map { (x: $0.x, y: $0.y * 100) }
    guard !test.isEmpty else { return nil }
    let format = { (value: Double) in Figures.fixed(value, decimals: 1).withoutTrailingZeros }
    return LineChart(
      title: "Test accuracy",
      summary: Self.course(test, "accuracy") { format($0) + " %" },
      series: [
        LineChart.Series(name: "test", points: test, look: 2, hasMarks: test.count <= 60)
      ], events: events, xTitle: "steps", yTitle: "test accuracy, %",
      yRange: LineChart.accuracyRange(test.dropFirst().map(\.y)), xFormat: Self.steps,
      yFormat: format)
  }

  private var learningRate: LineChart? {
    chart(
      of: \.learningRate, title: "Learning rate", yTitle: "rate", name: "learning rate",
      noun: "rate", look: 3, Figures.significant)
  }

  /// Nil for a run that has not grown.
  private var size: LineChart? {
    guard let first = record.firstCost, !record.growths.isEmpty else { return nil }
    func course(_ part: KeyPath<Cost, Int>) -> [(x: Double, y: Double)] {
      let costs = record.growths.compactMap(\.growth).map { ($0.step, $0.after[keyPath: part]) }
      let start = max(first[keyPath: part], 1)
      let values = [(0, start)] + costs + [(record.lastStep, costs.last?.1 ?? start)]
      return values.map { (x: Double($0), y: Double($1) / Double(start)) }
    }
    let format = { (value: Double) in Figures.factor(value) }
    return chart(
      title: "Size, as a multiple of the first network's", yTitle: "times the first",
      series: [
        LineChart.Series(
          name: "parameters", points: course(\.parameters), look: 1, hasMarks: false,
          isStepped: true),
        LineChart.Series(
          name: "multiply-adds", points: course(\.multiplyAdds), look: 4, hasMarks: false,
          isStepped: true),
      ], from: 0, format: format, summary: Self.course(course(\.parameters), "parameters", format))
  }

  private var throughput: LineChart? {
    chart(
      of: \.imagesPerSecond, title: "Throughput", yTitle: "samples a second", name: "training",
      noun: "samples a second", look: 1
    ) { Figures.scaled($0).withoutTrailingZeros }
  }

  private var gradientNorm: LineChart? {
    chart(
      of: \.gradientNorm, title: "Norm of the gradient", yTitle: "Euclidean norm", name: "gradient",
      noun: "norm", look: 4, Figures.significant)
  }

  // MARK: Parts

  /// A figure of the training lines, from 0 up; nil for a run that has none.
  private func chart(
    of figure: KeyPath<Metrics, Double?>, title: String, yTitle: String, name: String, noun: String,
    look: Int, _ format: @escaping (Double) -> String
  ) -> LineChart? {
    let points = points(.training, figure)
    guard !points.isEmpty else { return nil }
    return chart(
      title: title, yTitle: yTitle,
      series: [
        LineChart.Series(name: name, points: Self.thinned(points), look: look, hasMarks: false)
      ], from: 0, format: format, summary: Self.course(points, noun, format))
  }

  private func chart(
    title: String, yTitle: String, series: [LineChart.Series], from lowest: Double,
    format: @escaping (Double) -> String, summary: String
  ) -> LineChart {
    let values = series.flatMap { $0.points.map(\.y) }.sorted()
    // A single outlier would press everything else to the ground.
    let highest = values[min(values.count - 1, Int(Double(values.count) * 0.98))]
    return LineChart(
      title: title, summary: summary, series: series.filter { !$0.points.isEmpty }, events: events,
      xTitle: "steps", yTitle: yTitle, yRange: lowest...max(highest * 1.02, lowest + 1e-9),
      xFormat: Self.steps, yFormat: format)
  }

  private var events: [LineChart.Event] {
    record.growths.compactMap(\.growth).map {
      LineChart.Event(x: Double($0.step), name: "growth \($0.index + 1)")
    }
  }

  private func points(
    _ kind: Metrics.Kind, _ value: KeyPath<Metrics, Double?>
  ) -> [(x: Double, y: Double)] {
    record.lines(kind).compactMap { line in
      line[keyPath: value].flatMap { $0.isFinite ? (x: Double(line.step), y: $0) : nil }
    }
  }

  /// Means of neighbours, so that a long run's curve is no broader than the picture.
  private static func thinned(
    _ points: [(x: Double, y: Double)], to most: Int = 240
  ) -> [(x: Double, y: Double)] {
    guard points.count > most else { return points }
    return (0..<most).map { index in
      let part = points[points.count * index / most..<points.count * (index + 1) / most]
      let sum = part.reduce((x: 0.0, y: 0.0)) { ($0.x + $1.x, $0.y + $1.y) }
      return (x: sum.x / Double(part.count), y: sum.y / Double(part.count))
    }
  }

  private static func steps(_ value: Double) -> String {
    Figures.scaled(value).withoutTrailingZeros
  }

  private static func course(
    _ points: [(x: Double, y: Double)], _ name: String, _ format: (Double) -> String
  ) -> String {
    guard let first = points.first, let last = points.last else { return "" }
    return "\(name) from \(format(first.y)) to \(format(last.y))"
  }
}

extension LineChart {
  /// From a little below the worst accuracy, in percent, after learning began, so that an
  /// untrained start does not press all curves together.
  static func accuracyRange(_ learned: [Double]) -> ClosedRange<Double> {
    let lowest = max((learned.min() ?? 0) - 1, 0)
    let highest = max((learned.max() ?? 100) + 0.5, lowest + 1)
    return lowest...min(highest, 101)
  }
}
