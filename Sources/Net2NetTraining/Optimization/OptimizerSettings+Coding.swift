internal import Net2Net

extension OptimizerSettings {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case rule, learningRate, weightDecay, sparesVectors, momentum, isNesterov, meanShare,
      varianceShare, epsilon
  }

  /// What is not named is as the rule has it.
  public init(from decoder: any Decoder) throws {
    self = try NamedOptimizerSettings(from: decoder).over(OptimizerSettings())
  }
}

/// Those of an optimizer's settings that a file names.
package struct NamedOptimizerSettings: Decodable {
  private var rule: OptimizerSettings.Rule?
  private var learningRate, weightDecay, momentum, meanShare, varianceShare, epsilon: Double?
  private var sparesVectors, isNesterov: Bool?

  package init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "optimizer", known: OptimizerSettings.CodingKeys.allCases.map(\.rawValue))
    let rules = OptimizerSettings.Rule.allCases.map(\.rawValue).joined(separator: ", ")
    rule = try container.value("rule", rules)
    learningRate = try container.value("learningRate", "a number")
    weightDecay = try container.value("weightDecay", "a number")
    sparesVectors = try container.value("sparesVectors", "true or false")
    momentum = try container.value("momentum", "a number")
    isNesterov = try container.value("isNesterov", "true or false")
    meanShare = try container.value("meanShare", "a number")
    varianceShare = try container.value("varianceShare", "a number")
    epsilon = try container.value("epsilon", "a number")
  }

  /// With what is not named as in `others`, or as another rule has it.
  package func over(_ others: OptimizerSettings) -> OptimizerSettings {
    let rule = rule ?? others.rule
    var settings = rule == others.rule ? others : OptimizerSettings(rule)
    settings.learningRate = learningRate ?? settings.learningRate
    settings.weightDecay = weightDecay ?? settings.weightDecay
    settings.sparesVectors = sparesVectors ?? settings.sparesVectors
    settings.momentum = momentum ?? settings.momentum
    settings.isNesterov = isNesterov ?? settings.isNesterov
    settings.meanShare = meanShare ?? settings.meanShare
    settings.varianceShare = varianceShare ?? settings.varianceShare
    settings.epsilon = epsilon ?? settings.epsilon
    return settings
  }
}
