import Net2Net
import Net2NetTraining

/// Shows a comparison as it goes on: a bar over all of its work, and a line for each run.
struct ComparisonDisplay {
  private var progress = Progress()
  private var runs = 0
  private var number = 0
  /// How much had been done when this session began to work, and when that was.
  private var origin: (share: Double, time: ContinuousClock.Instant)?
  private var lastShare = 0.0

  mutating func show(_ event: ComparisonEvent) {
    switch event {
    case .began(let runs, let done):
      self.runs = runs
      if done > 0 { progress.note("\(done) of \(runs) runs were done before") }
    case .grown(let growth):
      progress.finish("  \(growth.sentence)")
    case .training(let event, let run, let share):
      if origin == nil { origin = (lastShare, .now) }
      guard case .logged = event else { return }
      progress.update("\(number + 1) of \(runs)  \(run.title)", share: share, left(share))
    case .ended(let result, let share):
      number += 1
      lastShare = share
      // Nothing has been trained in this session yet, so it was done before.
      guard origin != nil else { return }
      progress.finish(line(result, share))
    }
  }

  mutating func clear() { progress.clear() }

  private func line(_ result: ComparisonResult, _ share: Double) -> String {
    let end = result.curve.end.map {
      "accuracy \(Figures.percent($0.accuracy)), loss \(Figures.fixed($0.loss, decimals: 3))"
    }
    let found = result.failure.map { "failed: \($0)" } ?? end ?? ""
    return "\(number) of \(runs)  \(result.run.title): \(found); \(left(share))"
  }

  private func left(_ share: Double) -> String {
    guard let origin, share > origin.share else { return "" }
    let seconds = (ContinuousClock.now - origin.time) / .seconds(1)
    return "\(Figures.duration(seconds * (1 - share) / (share - origin.share))) left"
  }
}

extension ComparisonGrowth {
  /// `student: 11,314 → 38,746 parameters, exact, 6.0e-16`
  fileprivate var sentence: String {
    [
      "\(arm ?? "growth \(stage + 1)"): \(Figures.grouped(before.parameters)) → "
        + "\(Figures.grouped(after.parameters)) parameters", grade?.rawValue,
      relativeDifference.map(Figures.scientific),
    ].compactMap(\.self).joined(separator: ", ")
  }
}
