internal import Net2Net
internal import Net2NetTorch

/// Training losses since a line of the log, in a checkpoint between two lines.
struct LossWindow: Hashable, Sendable, Codable {
  var sum: Double
  var steps: Int
}

/// Sums up losses where they are computed, so that nothing waits for them until they are read.
struct LossMeter {
  /// What a run that was taken up had summed up before.
  private let before: LossWindow
  private var sum: TorchTensor?
  private var ownSteps = 0
  private var images = 0
  private var began = ContinuousClock.now

  init(from before: LossWindow? = nil) { self.before = before ?? LossWindow(sum: 0, steps: 0) }

  var steps: Int { before.steps + ownSteps }

  /// Leaves the time since `instant` out of the rate.
  mutating func discount(since instant: ContinuousClock.Instant) {
    began += ContinuousClock.now - instant
  }

  /// Starts anew.
  mutating func reset() { self = LossMeter() }

  mutating func add(_ loss: TorchTensor, images: Int) throws(EngineError) {
    let loss = try loss.detached()
    if sum == nil, before.steps > 0 {
      // In the type of losses, so that the sum is rounded as that of a run without a break.
      sum = try TorchTensor(Tensor([before.sum], shape: [])).converted(
        to: loss.device ?? .cpu, as: loss.elementType)
    }
    if let sum {
      try Operators.addInPlace.results([.tensor(sum), .tensor(loss)])
    } else {
      sum = loss
    }
    ownSteps += 1
    self.images += images
  }

  /// The losses since the last reset; nil where there are none.
  func window() throws(EngineError) -> LossWindow? {
    steps == 0 ? nil : LossWindow(sum: try sum?.scalar() ?? before.sum, steps: steps)
  }

  /// Since the last reset, or since the run was taken up.
  func imagesPerSecond() -> Double {
    Double(images) / max((ContinuousClock.now - began) / .seconds(1), 1e-9)
  }
}
