/// Curves over a common pair of axes, as inline SVG.
///
/// Curves differ in colour, in dashes and in the shape of their marks, so that the chart can be
/// read in any kind of sight and in print. Colours come from the page's style sheet. There are two
/// drawings of which the style sheet shows one: on a phone a picture of a page's width would have
/// letters too small to read.
struct LineChart {
  struct Series {
    var name: String
    var points: [(x: Double, y: Double)]
    /// Which look of the style sheet; equal looks in several charts are the same network.
    var look: Int
    /// A curve of many points has none.
    var hasMarks = true
    /// Keeps each value until the next.
    var isStepped = false
  }

  /// Something that happened at one place, drawn across all curves.
  struct Event {
    var x: Double
    var name: String
  }

  private let title: String
  private let summary: String
  private let series: [Series]
  private let events: [Event]
  private let makeAxes: (Frame) -> (x: Axis, y: Axis)

  /// - Parameter summary: what the picture shows, for those who do not see it.
  init(
    title: String, summary: String, series: [Series], events: [Event] = [], xTitle: String,
    yTitle: String, yRange: ClosedRange<Double>, xFormat: @escaping (Double) -> String,
    yFormat: @escaping (Double) -> String
  ) {
    self.title = title
    self.summary = summary
    self.series = series
    self.events = events
    let largest = series.flatMap { $0.points.map(\.x) }.max() ?? 1
    makeAxes = { frame in
      let y = Axis(
        title: yTitle, values: yRange, pixels: (frame.height - 52, 16), tickCount: 6,
        endsAtTick: true, format: yFormat)
      let x = Axis(
        title: xTitle, values: 0...max(largest, 1e-9),
        pixels: (Self.leftMargin(of: y), frame.width - 28), tickCount: frame.xTicks,
        endsAtTick: false, format: xFormat)
      return (x, y)
    }
  }

  /// Room for the title of the y axis and, beside it, its longest label.
  private static func leftMargin(of y: Axis) -> Double {
    let (title, letter) = (32.0, 9.0)
    let longest = y.ticks.map { y.format($0).count }.max() ?? 0
    return max(64, title + letter * Double(longest))
  }

  /// The size of a drawing, in its own pixels.
  struct Frame {
    let width: Double
    let height: Double
    let xTicks: Int
    let style: String

    static let page = Frame(width: 720, height: 420, xTicks: 6, style: "wide")
    static let phone = Frame(width: 380, height: 330, xTicks: 3, style: "narrow")
  }

  /// The picture and its legend.
  var html: HTML {
    .element(
      "figure", [:], .element("figcaption", [:], text: title), legend, drawing(.page),
      drawing(.phone))
  }

  private func drawing(_ frame: Frame) -> HTML {
    let (x, y) = makeAxes(frame)
    return Drawing(frame: frame, x: x, y: y).picture(
      label: "\(title). \(summary)", series: series, events: events)
  }

  private var legend: HTML {
    .element(
      "ul", ["class": "legend"],
      series.map { series in
        .element(
          "li", [:],
          .element(
            "svg", ["viewBox": "0 0 36 12", "class": "key", "aria-hidden": "true"],
            [Mark.line([(0, 6), (36, 6)], look: series.look)]
              + (series.hasMarks ? [Mark.shape(x: 18, y: 6, look: series.look)] : [])),
          .text(series.name))
      })
  }
}

/// One drawing of a chart.
private struct Drawing {
  let frame: LineChart.Frame
  let x: Axis
  let y: Axis

  func picture(
    label: String, series: [LineChart.Series], events: [LineChart.Event]
  ) -> HTML {
    .element(
      "svg",
      [
        "viewBox": "0 0 \(Int(frame.width)) \(Int(frame.height))", "class": frame.style,
        "role": "img", "aria-label": label,
      ], grid + events.map(line) + [curves(series)] + events.enumerated().map(name))
  }

  /// Cut off where the axes end: untrained networks lie far outside of what is worth showing.
  private func curves(_ series: [LineChart.Series]) -> HTML {
    let edge = 6.0  // For marks that lie on an axis.
    let (left, top) = (x.pixels.from - edge, y.pixels.to - edge)
    let (width, height) = (x.pixels.to - left + edge, y.pixels.from - top + edge)
    let box = [left, top, width, height].map(Mark.pixel)
    return .element(
      "svg",
      [
        "x": box[0], "y": box[1], "width": box[2], "height": box[3],
        "viewBox": box.joined(separator: " "),
      ], series.map(curve))
  }

  private var grid: [HTML] {
    let horizontal = y.ticks.map { tick in
      let place = y.position(tick)
      return HTML.all([
        rule((x.pixels.from, place), (x.pixels.to, place), "rule"),
        label(y.format(tick), x: x.pixels.from - 8, y: place + 5, anchor: "end"),
      ])
    }
    let vertical = x.ticks.map { tick in
      label(x.format(tick), x: x.position(tick), y: y.pixels.from + 20, anchor: "middle")
    }
    let middle = (y.pixels.from + y.pixels.to) / 2
    return horizontal + vertical + [
      label(
        x.title, x: (x.pixels.from + x.pixels.to) / 2, y: frame.height - 8, anchor: "middle"),
      .element(
        "text",
        [
          "transform": "translate(16 \(Mark.pixel(middle))) rotate(-90)",
          "text-anchor": "middle",
        ], text: y.title),
    ]
  }

  private func line(_ event: LineChart.Event) -> HTML {
    let place = x.position(event.x)
    return rule((place, y.pixels.from), (place, y.pixels.to), "event")
  }

  /// Names that would run into the right edge stand left of their line; neighbours lie lower. They
  /// are drawn last, so that no curve strikes them through.
  private func name(_ index: Int, _ event: LineChart.Event) -> HTML {
    let place = x.position(event.x)
    let isNearEdge = place > x.pixels.to - 70
    return .element(
      "g", ["class": "event"], .element("title", [:], text: event.name),
      label(
        event.name, x: place + (isNearEdge ? -5 : 5),
        y: y.pixels.to + 12 + 16 * Double(index % 3), anchor: isNearEdge ? "end" : "start"))
  }

  private func curve(_ series: LineChart.Series) -> HTML {
    let points = series.points.map { (x: x.position($0.x), y: y.position($0.y)) }
    let line = Mark.line(series.isStepped ? Self.stepped(points) : points, look: series.look)
    guard series.hasMarks else { return line }
    let marks = zip(series.points, points).map { value, place in
      HTML.element(
        "g", [:],
        .element("title", [:], text: "\(series.name): \(y.format(value.y)), \(x.format(value.x))"),
        Mark.shape(x: place.x, y: place.y, look: series.look))
    }
    return .element("g", [:], [line] + marks)
  }

  private static func stepped(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    zip(points, points.dropFirst()).flatMap { [$0, ($1.x, $0.y)] } + points.suffix(1)
  }

  private func rule(_ from: (Double, Double), _ to: (Double, Double), _ style: String) -> HTML {
    .element(
      "line",
      [
        "x1": Mark.pixel(from.0), "y1": Mark.pixel(from.1), "x2": Mark.pixel(to.0),
        "y2": Mark.pixel(to.1), "class": style,
      ])
  }

  private func label(_ text: String, x: Double, y: Double, anchor: String) -> HTML {
    .element(
      "text", ["x": Mark.pixel(x), "y": Mark.pixel(y), "text-anchor": anchor], text: text)
  }
}

/// What curves and their keys are drawn of.
private enum Mark {
  static func line(_ points: [(x: Double, y: Double)], look: Int) -> HTML {
    let list = points.map { "\(pixel($0.x)),\(pixel($0.y))" }.joined(separator: " ")
    return .element("polyline", ["points": list, "class": "line look\(look)"])
  }

  /// A circle, square, triangle or diamond.
  static func shape(x: Double, y: Double, look: Int) -> HTML {
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

  static func pixel(_ value: Double) -> String { Figures.fixed(value, decimals: 1) }
}
