internal import Net2Net

extension OptimizerSettings {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case rule, learningRate, weightDecay, sparesVectors, momentum, isNesterov, meanShare,
      varianceShare, epsilon
  }

  /// What is not named is as the rule has it.
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "optimizer", known: CodingKeys.allCases.map(\.rawValue))
    let rules = Rule.allCases.map(\.rawValue).joined(separator: ", ")
    self.init(try container.value("rule", rules) ?? .sgd)
    learningRate = try container.value("learningRate", "a number") ?? learningRate
    weightDecay = try container.value("weightDecay", "a number") ?? weightDecay
    sparesVectors = try container.value("sparesVectors", "true or false") ?? sparesVectors
    momentum = try container.value("momentum", "a number") ?? momentum
    isNesterov = try container.value("isNesterov", "true or false") ?? isNesterov
    meanShare = try container.value("meanShare", "a number") ?? meanShare
    varianceShare = try container.value("varianceShare", "a number") ?? varianceShare
    epsilon = try container.value("epsilon", "a number") ?? epsilon
  }
}
