/// Curves over a common pair of axes, as inline SVG.
///
/// Curves differ in colour, in dashes and in the shape of their marks, so that the chart can be
/// read in any kind of sight and in print. Colours come from the page's style sheet.
struct LineChart {
  struct Series {
    var name: String
    var points: [(x: Double, y: Double)]
    /// Which look of the style sheet; equal looks in several charts are the same network.
    var look: Int
  }

  static let width = 720.0
  static let height = 420.0

  private let title: String
  private let summary: String
  private let series: [Series]
  private let x: Axis
  private let y: Axis

  /// - Parameter summary: what the picture shows, for those who do not see it.
  init(
    title: String, summary: String, series: [Series], xTitle: String, yTitle: String,
    yRange: ClosedRange<Double>, xFormat: @escaping (Double) -> String,
    yFormat: @escaping (Double) -> String
  ) {
    self.title = title
    self.summary = summary
    self.series = series
    let largest = series.flatMap { $0.points.map(\.x) }.max() ?? 1
    x = Axis(
      title: xTitle, values: 0...max(largest, 1e-9), pixels: (64, Self.width - 28),
      tickCount: 6, endsAtTick: false, format: xFormat)
    y = Axis(
      title: yTitle, values: yRange, pixels: (Self.height - 52, 16), tickCount: 6,
      endsAtTick: true, format: yFormat)
  }

  /// The picture and its legend.
  var html: HTML {
    .element(
      "figure", [:], .element("figcaption", [:], text: title), legend,
      .element("div", ["class": "scroll"], picture))
  }

  private var picture: HTML {
    .element(
      "svg",
      [
        "viewBox": "0 0 \(Int(Self.width)) \(Int(Self.height))", "role": "img",
        "aria-label": "\(title). \(summary)",
      ], grid + series.map(curve))
  }

  private var legend: HTML {
    .element(
      "ul", ["class": "legend"],
      series.map { series in
        .element(
          "li", [:],
          .element(
            "svg", ["viewBox": "0 0 36 12", "class": "key", "aria-hidden": "true"],
            line([(0, 6), (36, 6)], look: series.look), mark(x: 18, y: 6, look: series.look)),
          .text(series.name))
      })
  }

  private var grid: [HTML] {
    let horizontal = y.ticks.map { tick in
      let place = y.position(tick)
      return HTML.all([
        rule(x.pixels.from, place, x.pixels.to, place),
        label(y.format(tick), x: x.pixels.from - 8, y: place + 5, anchor: "end"),
      ])
    }
    let vertical = x.ticks.map { tick in
      label(x.format(tick), x: x.position(tick), y: y.pixels.from + 20, anchor: "middle")
    }
    let middle = (y.pixels.from + y.pixels.to) / 2
    return horizontal + vertical + [
      label(
        x.title, x: (x.pixels.from + x.pixels.to) / 2, y: Self.height - 8, anchor: "middle"),
      .element(
        "text",
        ["transform": "translate(16 \(pixel(middle))) rotate(-90)", "text-anchor": "middle"],
        text: y.title),
    ]
  }

  private func curve(_ series: Series) -> HTML {
    let points = series.points.map { (x: x.position($0.x), y: y.position(clamped($0.y))) }
    let marks = zip(series.points, points).map { value, place in
      HTML.element(
        "g", [:],
        .element("title", [:], text: "\(series.name): \(y.format(value.y)), \(x.format(value.x))"),
        mark(x: place.x, y: place.y, look: series.look))
    }
    return .element("g", [:], [line(points, look: series.look)] + marks)
  }

  /// Untrained networks lie far below the range that is worth showing.
  private func clamped(_ value: Double) -> Double {
    min(max(value, y.range.lowerBound), y.range.upperBound)
  }

  private func line(_ points: [(x: Double, y: Double)], look: Int) -> HTML {
    let list = points.map { "\(pixel($0.x)),\(pixel($0.y))" }.joined(separator: " ")
    return .element("polyline", ["points": list, "class": "line look\(look)"])
  }

  /// A circle, square, triangle or diamond.
  private func mark(x: Double, y: Double, look: Int) -> HTML {
    let corners: [(Double, Double)]
    switch look % 4 {
    case 0:
      return .element(
        "circle",
        ["cx": pixel(x), "cy": pixel(y), "r": "4", "class": "mark look\(look)"])
    case 1: corners = [(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)]
    case 2: corners = [(0, -4.5), (4.5, 3.5), (-4.5, 3.5)]
    default: corners = [(0, -5), (5, 0), (0, 5), (-5, 0)]
    }
    let list = corners.map { "\(pixel(x + $0.0)),\(pixel(y + $0.1))" }.joined(separator: " ")
    return .element("polygon", ["points": list, "class": "mark look\(look)"])
  }

  private func rule(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> HTML {
    .element(
      "line",
      ["x1": pixel(x1), "y1": pixel(y1), "x2": pixel(x2), "y2": pixel(y2), "class": "rule"])
  }

  private func label(_ text: String, x: Double, y: Double, anchor: String) -> HTML {
    .element("text", ["x": pixel(x), "y": pixel(y), "text-anchor": anchor], text: text)
  }

  private func pixel(_ value: Double) -> String { Figures.fixed(value, decimals: 1) }
}
