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

  /// Steps taken so far.
  public var steps: Int
  /// How many of them had been taken when a parameter came in, where that was not at the
  /// beginning; Adam corrects its means by the steps since.
  public var births: OrderedDictionary<String, Int> = [:]
  public var moments: [Moment: OrderedDictionary<String, Tensor>]
  /// Nil where every parameter moves at the plain rate. While held, moments are the teacher's.
  public var inherited: InheritedSteps?

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
