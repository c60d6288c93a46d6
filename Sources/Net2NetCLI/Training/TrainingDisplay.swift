import Net2Net
import Net2NetTraining

/// Shows a training run as it goes on: a line that redraws itself on a terminal, and lines that stay
/// for evaluations and growths.
struct TrainingDisplay {
  private var progress = Progress()
  private var pace = Pace()
  private var steps = 1
  private var stepsPerEpoch = 1
  /// The last loss, rate and throughput.
  private var detail = ""
  /// What stands before each line; for programs that train several networks.
  private let title: String
  /// Leaves lines for whole epochs only.
  private let isTerse: Bool

  init(title: String = "", isTerse: Bool = false) {
    self.title = title.isEmpty ? "" : title + "  "
    self.isTerse = isTerse
  }

  mutating func show(_ event: TrainingEvent) {
    switch event {
    case .began(let firstStep, let steps, let stepsPerEpoch):
      (self.steps, self.stepsPerEpoch) = (steps, stepsPerEpoch)
      pace = Pace(from: firstStep, steps: steps)
      progress.update(
        title + epoch(Double(firstStep) / Double(stepsPerEpoch)),
        share: Double(firstStep) / Double(steps), "evaluating")
    case .logged(let metrics):
      pace.note(metrics)
      detail = Self.detail(metrics)
      redraw(metrics)
    case .evaluated(let metrics, _):
      if !isTerse || metrics.step % stepsPerEpoch == 0 || metrics.step == steps {
        progress.finish(line(metrics))
      }
      if metrics.step < steps { redraw(metrics) }
    case .grown(let metrics, let record):
      progress.finish("\(title)\(epoch(metrics.epoch))  step \(metrics.step)  \(record.sentence)")
      pace.note(metrics, record)
      redraw(metrics)
    case .omitted(let step, let what):
      progress.finish("\(title)step \(step): left out: \(what)")
    case .saved:
      break
    }
  }

  mutating func clear() { progress.clear() }

  private mutating func redraw(_ metrics: Metrics) {
    guard !detail.isEmpty else { return }
    let left = pace.secondsLeft(at: metrics).map { "\(Figures.duration($0)) left" }
    progress.update(
      title + epoch(metrics.epoch), share: Double(metrics.step) / Double(steps),
      [detail, left ?? ""].filter { !$0.isEmpty }.joined(separator: ", "))
  }

  private func line(_ metrics: Metrics) -> String {
    "\(title)\(epoch(metrics.epoch))  step \(metrics.step)"
      + (metrics.accuracy.map { "  accuracy \(Figures.percent($0))" } ?? "")
      + (metrics.loss.map { "  loss \(Figures.fixed($0, decimals: 3))" } ?? "")
      + "  \(Figures.duration(metrics.seconds))"
  }

  /// In tenths; in thousandths for a run of less than a tenth, which would read `0.0 of 0.0`.
  private func epoch(_ epoch: Double) -> String {
    let decimals = steps * 10 < stepsPerEpoch ? 3 : 1
    return "epoch \(Figures.fixed(epoch, decimals: decimals))"
      + " of \(Figures.fixed(Double(steps) / Double(stepsPerEpoch), decimals: decimals))"
  }

  /// `loss 0.412, rate 0.05, 12,345 samples/s`
  private static func detail(_ metrics: Metrics) -> String {
    [
      metrics.loss.map { "loss \(Figures.fixed($0, decimals: 3))" },
      metrics.learningRate.map { "rate \(Figures.significant($0))" },
      metrics.imagesPerSecond.map { "\(Figures.grouped($0)) samples/s" },
    ].compactMap(\.self).joined(separator: ", ")
  }
}

/// How long steps take, with evaluating and saving: since the last growth, for each makes steps
/// longer. Right after one, what they took before and the growth of the work tell.
private struct Pace {
  private var steps = 0
  private var origin = (step: 0, seconds: 0.0)
  private var secondsPerStep: Double?

  init() {}

  init(from step: Int, steps: Int) {
    self.steps = steps
    origin.step = step
  }

  mutating func note(_ metrics: Metrics) {
    guard metrics.step > origin.step else { return }
    secondsPerStep = (metrics.seconds - origin.seconds) / Double(metrics.step - origin.step)
  }

  mutating func note(_ metrics: Metrics, _ growth: GrowthRecord) {
    origin = (metrics.step, metrics.seconds)
    let factor = Double(growth.after.multiplyAdds) / Double(max(growth.before.multiplyAdds, 1))
    secondsPerStep = secondsPerStep.map { $0 * factor }
  }

  /// Nil before the first steps.
  func secondsLeft(at metrics: Metrics) -> Double? {
    secondsPerStep.map { $0 * Double(steps - metrics.step) }
  }
}

extension GrowthRecord {
  /// `grown: widen every width to 1.5x; 11,314 → 24,002 parameters, exact, 3.1e-16`.
  var sentence: String {
    let found = [
      grade?.rawValue ?? "not verified", relativeDifference.map(Figures.scientific),
    ].compactMap(\.self).joined(separator: ", ")
    return "grown: \(growths.map(\.sentence).joined(separator: "; ")); "
      + "\(Figures.grouped(before.parameters)) → \(Figures.grouped(after.parameters)) parameters, "
      + "\(found), in \(Figures.duration(seconds)); learning rate: \(learningRate.name)"
  }
}
