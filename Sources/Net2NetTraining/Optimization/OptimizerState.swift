public import Net2Net
public import OrderedCollections

/// What an optimizer remembers between steps: for each parameter, by name, tensors of its shape.
public struct OptimizerState: Sendable {
  public enum Moment: String, Hashable, Sendable, CaseIterable {
    /// SGD's running update.
    case momentum
    /// Adam's running mean of the gradient.
    case mean
    /// Adam's running mean of the squared gradient.
    case variance
  }

  /// Steps taken so far; Adam corrects its means by it.
  public var steps: Int
  public var moments: [Moment: OrderedDictionary<String, Tensor>]

  public init(
    steps: Int = 0, moments: [Moment: OrderedDictionary<String, Tensor>] = [:]
  ) {
    self.steps = steps
    self.moments = moments
  }
}

extension OptimizerSettings.Rule {
  /// What the rule remembers.
  func moments(momentum: Double) -> [OptimizerState.Moment] {
    switch self {
    case .sgd: momentum == 0 ? [] : [.momentum]
    case .adam, .adamw: [.mean, .variance]
    }
  }
}
