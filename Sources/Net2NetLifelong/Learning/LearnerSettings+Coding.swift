internal import Foundation
internal import Net2Net
internal import Net2NetFiles
internal import Net2NetTraining

// Settings as JSON. What is not named is as it is by default; an unknown key is an error that names
// the nearest, so that a misspelt limit is never ignored.

extension LearnerSettings: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case optimizer, batchSize, rehearsal, passes, leastSteps, firstSteps, branchShare, growth,
      budget, promotion, leastNewExamples, threads, canaryShare, canaryRequests, canarySeconds,
      niceness
  }

  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try StrictContainer(
      decoder, place: "learner", known: CodingKeys.allCases.map(\.rawValue))
    let named = try container.value(
      "optimizer", "an optimizer's settings", as: NamedOptimizerSettings.self)
    optimizer = named?.over(optimizer) ?? optimizer
    batchSize = try container.value("batchSize", "a whole number") ?? batchSize
    rehearsal = try container.value("rehearsal", "a number") ?? rehearsal
    passes = try container.value("passes", "a number") ?? passes
    leastSteps = try container.value("leastSteps", "a whole number") ?? leastSteps
    firstSteps = try container.value("firstSteps", "a whole number") ?? firstSteps
    branchShare = try container.value("branchShare", "a number") ?? branchShare
    if container.keys.contains("growth") {
      growth =
        try container.value("growth", "a dictionary, or null to never grow", as: Optional.self)
        ?? nil
    }
    budget = try container.value("budget", "a dictionary") ?? budget
    promotion = try container.value("promotion", "a dictionary") ?? promotion
    canary.share = try container.value("canaryShare", "a number") ?? canary.share
    canary.requests = try container.value("canaryRequests", "a whole number") ?? canary.requests
    canary.seconds = try container.value("canarySeconds", "a number") ?? canary.seconds
    leastNewExamples = try container.value("leastNewExamples", "a whole number") ?? leastNewExamples
    niceness = try container.value("niceness", "a whole number") ?? niceness
    if container.keys.contains("threads") {
      threads = try container.value("threads", "a whole number, or null", as: Int?.self) ?? nil
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(optimizer, forKey: .optimizer)
    try container.encode(batchSize, forKey: .batchSize)
    try container.encode(rehearsal, forKey: .rehearsal)
    try container.encode(passes, forKey: .passes)
    try container.encode(leastSteps, forKey: .leastSteps)
    try container.encode(firstSteps, forKey: .firstSteps)
    try container.encode(branchShare, forKey: .branchShare)
    try container.encode(growth, forKey: .growth)
    try container.encode(budget, forKey: .budget)
    try container.encode(promotion, forKey: .promotion)
    try container.encode(canary.share, forKey: .canaryShare)
    try container.encode(canary.requests, forKey: .canaryRequests)
    try container.encode(canary.seconds, forKey: .canarySeconds)
    try container.encode(leastNewExamples, forKey: .leastNewExamples)
    try container.encode(threads, forKey: .threads)
    try container.encode(niceness, forKey: .niceness)
  }
}

extension GrowthPolicy: Decodable {
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try StrictContainer(
      decoder, place: "growth", known: CodingKeys.allCases.map(\.rawValue))
    patience = try container.value("patience", "a whole number") ?? patience
    largestGap = try container.value("largestGap", "a number") ?? largestGap
    threshold = try container.value("threshold", "a number") ?? threshold
    best = try container.value("best", "a whole number") ?? best
    factor = try container.value("factor", "a number") ?? factor
    trialLevel = try container.value("trialLevel", "a number") ?? trialLevel
    relaxSteps = try container.value("relaxSteps", "a whole number") ?? relaxSteps
  }
}

extension LearningBudget: Decodable {
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try StrictContainer(
      decoder, place: "budget", known: CodingKeys.allCases.map(\.rawValue))
    seconds = try container.value("seconds", "a number")
    multiplyAdds = try container.value("multiplyAdds", "a whole number")
    memoryBytes = try container.value("memoryBytes", "a whole number")
    parameters = try container.value("parameters", "a whole number")
    networkMultiplyAdds = try container.value("networkMultiplyAdds", "a whole number")
  }
}

extension PromotionTest: Decodable {
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try StrictContainer(
      decoder, place: "promotion", known: CodingKeys.allCases.map(\.rawValue))
    level = try container.value("level", "a number") ?? level
    leastExamples = try container.value("leastExamples", "a whole number") ?? leastExamples
  }
}

extension LearnerSettings {
  /// - Throws: ``LifelongError/malformedSettings(file:reason:)``, `FilesError`.
  public init(json file: String) throws {
    let bytes = try FileContents(of: file).bytes
    let text = withExtendedLifetime(bytes) { Data(bytes.buffer) }
    do {
      self = try JSONDecoder().decode(LearnerSettings.self, from: text)
    } catch let error as NetworkError {
      throw LifelongError.malformedSettings(file: file, reason: "\(error)")
    } catch {
      throw LifelongError.malformedSettings(
        file: file, reason: "JSON of a learner's settings expected, something else found")
    }
  }
}
