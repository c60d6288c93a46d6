internal import Net2NetTorch

/// Sums up losses where they are computed, so that nothing waits for them until they are read.
struct LossMeter {
  private var sum: TorchTensor?
  private(set) var steps = 0
  private var images = 0
  private var began = ContinuousClock.now

  /// Leaves the time since `instant` out of the rate.
  mutating func discount(since instant: ContinuousClock.Instant) {
    began += ContinuousClock.now - instant
  }

  /// Starts anew.
  mutating func reset() { self = LossMeter() }

  mutating func add(_ loss: TorchTensor, images: Int) throws(EngineError) {
    let loss = try loss.detached()
    if let sum {
      try Operators.addInPlace.results([.tensor(sum), .tensor(loss)])
    } else {
      sum = loss
    }
    steps += 1
    self.images += images
  }

  /// The mean of the losses since the last reset, and images per second.
  func read() throws(EngineError) -> (loss: Double, imagesPerSecond: Double) {
    let total = try sum?.scalar() ?? 0
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    return (total / Double(max(1, steps)), Double(images) / max(seconds, 1e-9))
  }
}
