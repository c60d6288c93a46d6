internal import Foundation

/// The learning rate over a run, as a share of its full height: up in a line, then down.
public struct Schedule: Hashable, Sendable, Codable {
  public enum Decay: String, Hashable, Sendable, Codable, CaseIterable {
    case constant
    /// Half a cosine from 1 to 0.
    case cosine
    /// Times ``Schedule/stepFactor`` at each of ``Schedule/milestones``.
    case step
  }

  public var decay: Decay
  /// Steps before the full height is reached.
  public var warmupSteps: Int
  /// Where the step schedule goes down, as shares of the whole run.
  public var milestones: [Double]
  public var stepFactor: Double

  public init(
    _ decay: Decay = .cosine, warmupSteps: Int = 0, milestones: [Double] = [0.5, 0.75],
    stepFactor: Double = 0.1
  ) {
    self.decay = decay
    self.warmupSteps = warmupSteps
    self.milestones = milestones
    self.stepFactor = stepFactor
  }

  /// - Parameter step: from 0 to `total` − 1.
  public func share(atStep step: Int, of total: Int) -> Double {
    if step < warmupSteps { return Double(step + 1) / (Double(warmupSteps) + 1) }
    switch decay {
    case .constant:
      return 1
    case .cosine:
      let progress = Double(step - warmupSteps) / Double(max(1, total - warmupSteps))
      return (1 + cos(.pi * progress)) / 2
    case .step:
      let passed = milestones.count { Double(step) >= $0 * Double(total) }
      return pow(stepFactor, Double(passed))
    }
  }

  /// - Throws: ``TrainingError/option(_:expected:found:)``.
  func validate() throws(TrainingError) {
    try require(count: warmupSteps, atLeast: 0, "warm-up", unit: "steps")
    try require(
      milestones.allSatisfy((0...1).contains), "milestones", "shares from 0 to 1", milestones)
    try require(stepFactor > 0 && stepFactor <= 1, "step factor", "from above 0 to 1", stepFactor)
  }
}
