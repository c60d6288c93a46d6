/// A loss that has stopped going down: `patience` evaluations in a row, none of which is lower
/// than the best before by more than `threshold` of it.
public struct Plateau: Hashable, Sendable {
  public enum Loss: String, Hashable, Sendable, Codable, CaseIterable {
    /// On the test split.
    case test
    /// Mean over the steps since the evaluation before.
    case training
  }

  public var loss: Loss
  public var patience: Int
  public var threshold: Double

  public init(of loss: Loss = .test, patience: Int = 2, threshold: Double = 0.01) {
    self.loss = loss
    self.patience = patience
    self.threshold = threshold
  }
}

/// Follows a loss from evaluation to evaluation, since the beginning or the last growth.
struct PlateauTracker: Hashable, Sendable, Codable {
  private(set) var best: Double?
  private(set) var evaluationsSinceBest = 0

  mutating func record(_ loss: Double, _ plateau: Plateau) {
    guard let best, loss > best * (1 - plateau.threshold) else {
      self.best = loss
      evaluationsSinceBest = 0
      return
    }
    evaluationsSinceBest += 1
  }

  func isReached(_ plateau: Plateau) -> Bool { evaluationsSinceBest >= plateau.patience }
}
