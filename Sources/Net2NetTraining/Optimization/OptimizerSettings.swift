/// How gradients move parameters.
public struct OptimizerSettings: Hashable, Sendable, Codable {
  public enum Rule: String, Hashable, Sendable, Codable, CaseIterable {
    /// Stochastic gradient descent, with momentum where there is some.
    case sgd
    /// Adam with weight decay added to the gradient.
    case adam
    /// Adam with weight decay apart from the gradient (Loshchilov & Hutter, arXiv 1711.05101).
    case adamw

    public var usualLearningRate: Double {
      switch self {
      case .sgd: 0.05
      case .adam, .adamw: 1e-3
      }
    }

    public var usualWeightDecay: Double {
      switch self {
      case .sgd: 5e-4
      case .adam: 0
      case .adamw: 0.01
      }
    }
  }

  public var rule: Rule
  /// The schedule's full height.
  public var learningRate: Double
  public var weightDecay: Double
  /// Leaves out of weight decay what has one axis: biases, and the scales and shifts of norms.
  public var sparesVectors: Bool
  /// SGD's share of the last update that goes on into the next.
  public var momentum: Double
  /// Looks ahead along the momentum (SGD).
  public var isNesterov: Bool
  /// Adam's shares of the old mean and of the old variance of the gradient.
  public var meanShare: Double
  public var varianceShare: Double
  public var epsilon: Double

  public init(
    _ rule: Rule = .sgd, learningRate: Double? = nil, weightDecay: Double? = nil,
    sparesVectors: Bool = false, momentum: Double = 0.9, isNesterov: Bool = false,
    meanShare: Double = 0.9, varianceShare: Double = 0.999, epsilon: Double = 1e-8
  ) {
    self.rule = rule
    self.learningRate = learningRate ?? rule.usualLearningRate
    self.weightDecay = weightDecay ?? rule.usualWeightDecay
    self.sparesVectors = sparesVectors
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.meanShare = meanShare
    self.varianceShare = varianceShare
    self.epsilon = epsilon
  }

  /// - Throws: ``TrainingError/option(_:expected:found:)``.
  func validate() throws(TrainingError) {
    try require(learningRate > 0 && learningRate.isFinite, "learning rate", "> 0", learningRate)
    try require(weightDecay >= 0 && weightDecay.isFinite, "weight decay", "≥ 0", weightDecay)
    try require((0..<1).contains(momentum), "momentum", "from 0 to below 1", momentum)
    try require(!isNesterov || momentum > 0, "momentum", "> 0 for Nesterov", momentum)
    try require((0..<1).contains(meanShare), "mean share", "from 0 to below 1", meanShare)
    try require(
      (0..<1).contains(varianceShare), "variance share", "from 0 to below 1", varianceShare)
    try require(epsilon > 0 && epsilon.isFinite, "epsilon", "> 0", epsilon)
  }
}

func require(
  _ condition: Bool, _ option: String, _ expected: String, _ found: some Any
) throws(TrainingError) {
  guard condition else { throw .option(option, expected: expected, found: "\(found)") }
}

extension TrainingOptions {
  /// Nothing that is counted is more than this, so that the product of any two is still a number.
  package static let largestCount = 1_000_000_000
}

/// For numbers that become counts, which are added and multiplied further on.
func require(
  count: Int, atLeast least: Int = 1, _ option: String, unit: String = ""
) throws(TrainingError) {
  let unit = unit.isEmpty ? "" : " \(unit)"
  let largest = TrainingOptions.largestCount
  try require(count >= least, option, "\(least)\(unit) or more", count)
  try require(count <= largest, option, "at most \(largest)\(unit)", count)
}
