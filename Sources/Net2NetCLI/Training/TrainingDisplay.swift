import Net2Net
import Net2NetTraining

/// Shows a training run as it goes on.
struct TrainingDisplay {
  private var progress = Progress()
  private var firstStep = 0
  private var steps = 1
  private var stepsPerEpoch = 1
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
      (self.firstStep, self.steps, self.stepsPerEpoch) = (firstStep, steps, stepsPerEpoch)
    case .logged(let metrics):
      progress.update(
        title + epoch(metrics), share: Double(metrics.step) / Double(steps), detail(metrics))
    case .evaluated(let metrics, _):
      if isTerse, metrics.step % stepsPerEpoch != 0, metrics.step != steps { return }
      progress.finish(
        "\(title)\(epoch(metrics))  step \(metrics.step)"
          + (metrics.accuracy.map { "  accuracy \(Figures.percent($0))" } ?? "")
          + "  loss \(Figures.fixed(metrics.loss, decimals: 3))"
          + "  \(Figures.duration(metrics.seconds))")
    case .grown(let metrics, let record):
      progress.finish("\(title)\(epoch(metrics))  step \(metrics.step)  \(record.sentence)")
    case .omitted(let step, let what):
      progress.finish("\(title)step \(step): left out: \(what)")
    case .saved:
      break
    }
  }

  mutating func clear() { progress.clear() }

  private func epoch(_ metrics: Metrics) -> String {
    "epoch \(Figures.fixed(metrics.epoch, decimals: 1))"
      + " of \(Figures.fixed(Double(steps) / Double(stepsPerEpoch), decimals: 1))"
  }

  private func detail(_ metrics: Metrics) -> String {
    let done = metrics.step - firstStep
    let left = metrics.seconds / Double(max(done, 1)) * Double(steps - metrics.step)
    return "loss \(Figures.fixed(metrics.loss, decimals: 3))"
      + (metrics.imagesPerSecond.map { ", \(Figures.grouped(Int($0))) images/s" } ?? "")
      + ", \(Figures.duration(left)) left"
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
