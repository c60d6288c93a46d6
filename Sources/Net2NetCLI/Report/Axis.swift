/// One axis of a chart: values on pictures, with ticks at round numbers.
struct Axis {
  let title: String
  let range: ClosedRange<Double>
  /// Where the range begins and ends in the picture.
  let pixels: (from: Double, to: Double)
  let ticks: [Double]
  let format: (Double) -> String

  /// - Parameter endsAtTick: widens the range to round numbers; else it ends with the values.
  init(
    title: String, values: ClosedRange<Double>, pixels: (from: Double, to: Double),
    tickCount: Int, endsAtTick: Bool, format: @escaping (Double) -> String
  ) {
    let step = Self.roundStep(
      atLeast: (values.upperBound - values.lowerBound) / Double(max(tickCount, 1)))
    let first = (values.lowerBound / step).rounded(.down)
    let end = values.upperBound / step
    let last = max(endsAtTick ? end.rounded(.up) : end, first + (endsAtTick ? 1 : 0.001))
    self.title = title
    self.pixels = pixels
    self.format = format
    ticks = stride(from: first, through: last, by: 1).map { $0 * step }
    range = first * step...last * step
  }

  func position(_ value: Double) -> Double {
    let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    return pixels.from + share * (pixels.to - pixels.from)
  }

  /// 1, 2 or 5 times a power of ten.
  private static func roundStep(atLeast size: Double) -> Double {
    guard size > 0, size.isFinite else { return 1 }
    var power = 1.0
    while power * 10 <= size { power *= 10 }
    while power > size { power /= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= size * 0.999 } ?? power * 10
  }
}
