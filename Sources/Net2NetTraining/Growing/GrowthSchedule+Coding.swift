internal import Net2Net

// Schedules as text. In YAML:
//
//     seed: 7
//     steps:
//       - at: epoch 5                 # or: step 2000
//         growths:
//           - widen: {all: 1.5x}
//         learningRate: rewarm        # keep, tenth, rewind, rewarm
//         rewarmSteps: 200
//       - when: plateau
//         of: test                    # or: training
//         patience: 2
//         threshold: 0.01
//         growths:
//           - deepen: {all: true}
//         relaxSteps: 500             # never, or 0
//         optimizerState: carried     # or: forgotten
//       - when: plateau
//         advise: {best: 2, factor: 1.5, maxParameters: 2M, except: head}

extension GrowthSchedule: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(decoder, place: "plan", known: ["seed", "steps"])
    seed = try container.value("seed", "a whole number of 0 or more") ?? 0
    steps = try container.required("steps", "a list of growths, each with its time")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try container.encode(seed, forKey: .init("seed"))
    try container.encode(steps, forKey: .init("steps"))
  }
}

extension ScheduledGrowth: Codable {
  private static let keys =
    [
      "at", "when", "of", "patience", "threshold", "growths", "advise", "learningRate",
      "rewarmSteps",
    ] + StateGrowth.keys

  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(decoder, place: "step", known: Self.keys)
    trigger = try Self.trigger(container)
    choice = try Self.choice(container)
    learningRate = try Self.policy(container)
    state = try StateGrowth(in: container, "step")
  }

  private static func choice(_ container: StrictContainer) throws -> Choice {
    let growths: [Growth]? = try container.value("growths", "a list of growths")
    let advised: AdvisedGrowth? = try container.value("advise", "a dictionary, {} for defaults")
    switch (growths, advised) {
    case (let growths?, nil): return .growths(growths)
    case (nil, let advised?): return .advised(advised)
    default:
      throw NetworkError.invalidValue(
        "step", found: growths == nil ? "neither" : "both", expected: "either growths or advise")
    }
  }

  private static func trigger(_ container: StrictContainer) throws -> Trigger {
    let at: String? = try container.value("at", "a time such as epoch 5 or step 2000")
    let when: String? = try container.value("when", "plateau")
    switch (at, when) {
    case (let at?, nil):
      for key in ["of", "patience", "threshold"] where container.keys.contains(key) {
        throw NetworkError.invalidValue(
          "step: \(key)", found: "it, beside at", expected: "it beside when: plateau only")
      }
      guard let moment = TrainingMoment(at) else {
        throw NetworkError.invalidValue(
          "step: at", found: at, expected: "a time such as epoch 5 or step 2000")
      }
      return .at(moment)
    case (nil, let when?):
      guard when == "plateau" else {
        throw NetworkError.unknownChoice("when", when, known: ["plateau"])
      }
      return .plateau(try plateau(container))
    default:
      throw NetworkError.invalidValue(
        "step", found: at == nil ? "neither" : "both", expected: "either at or when")
    }
  }

  private static func plateau(_ container: StrictContainer) throws -> Plateau {
    var plateau = Plateau()
    if let name: String = try container.value("of", "test or training") {
      guard let loss = Plateau.Loss(rawValue: name) else {
        throw NetworkError.unknownChoice(
          "of", name, known: Plateau.Loss.allCases.map(\.rawValue))
      }
      plateau.loss = loss
    }
    plateau.patience = try container.value("patience", "a number of evaluations") ?? 2
    guard plateau.patience >= 1 else {
      throw NetworkError.invalidValue(
        "step: patience", found: "\(plateau.patience)", expected: "1 evaluation or more")
    }
    plateau.threshold = try container.value("threshold", "a share of the loss") ?? 0.01
    guard (0..<1).contains(plateau.threshold) else {
      throw NetworkError.invalidValue(
        "step: threshold", found: "\(plateau.threshold)", expected: "a share from 0 to below 1")
    }
    return plateau
  }

  private static func policy(_ container: StrictContainer) throws -> RatePolicy {
    let name: String = try container.value("learningRate", "a name") ?? "keep"
    let steps: Int? = try container.value("rewarmSteps", "a number of steps")
    guard steps == nil || name == "rewarm" && steps ?? 0 > 0 else {
      throw NetworkError.invalidValue(
        "step: rewarmSteps", found: "\(steps ?? 0)",
        expected: "1 or more, beside learningRate: rewarm")
    }
    switch name {
    case "keep": return .keep
    case "tenth": return .tenth
    case "rewind": return .rewind
    case "rewarm": return .rewarm(steps: steps ?? 100)
    default: throw NetworkError.unknownChoice("learningRate", name, known: RatePolicy.names)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    switch trigger {
    case .at(let moment): try container.encode(moment.description, forKey: .init("at"))
    case .plateau(let plateau):
      try container.encode("plateau", forKey: .init("when"))
      try container.encode(plateau.loss.rawValue, forKey: .init("of"))
      try container.encode(plateau.patience, forKey: .init("patience"))
      try container.encode(plateau.threshold, forKey: .init("threshold"))
    }
    switch choice {
    case .growths(let growths): try container.encode(growths, forKey: .init("growths"))
    case .advised(let advised): try container.encode(advised, forKey: .init("advise"))
    }
    try container.encode(learningRate.name, forKey: .init("learningRate"))
    if case .rewarm(let steps) = learningRate {
      try container.encode(steps, forKey: .init("rewarmSteps"))
    }
    try state.encode(in: &container)
  }
}

extension AdvisedGrowth: Codable {
  private static let keys = [
    "best", "factor", "batches", "maxParameters", "maxMacs", "only", "except",
  ]

  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(decoder, place: "advise", known: Self.keys)
    self.init()
    best = try Self.count("best", container, atLeast: 1) ?? best
    batches = try Self.count("batches", container, atLeast: 2) ?? batches
    if let factor: Double = try container.value("factor", "a number above 1, such as 1.5") {
      guard factor > 1, factor <= 100 else {
        throw NetworkError.invalidValue(
          "advise: factor", found: "\(factor)", expected: "a number above 1, such as 1.5")
      }
      self.factor = factor
    }
    budget.parameters = try Self.budget("maxParameters", container)
    budget.multiplyAdds = try Self.budget("maxMacs", container)
    filter = NameFilter(
      only: try container.list("only", "a pattern, or a list of patterns") ?? [],
      except: try container.list("except", "a pattern, or a list of patterns") ?? [])
  }

  private static func count(
    _ key: String, _ container: StrictContainer, atLeast least: Int
  ) throws -> Int? {
    guard let count: Int = try container.value(key, "a number of \(least) or more") else {
      return nil
    }
    guard count >= least else {
      throw NetworkError.invalidValue(
        "advise: \(key)", found: "\(count)", expected: "\(least) or more")
    }
    return count
  }

  private static func budget(_ key: String, _ container: StrictContainer) throws -> Int? {
    guard let text: String = try container.value(key, "a count such as 20M") else { return nil }
    guard let count = CostBudget.count(text) else {
      throw NetworkError.invalidValue(
        "advise: \(key)", found: text, expected: "a count such as 20M")
    }
    return count
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try container.encode(best, forKey: .init("best"))
    try container.encode(factor, forKey: .init("factor"))
    try container.encode(batches, forKey: .init("batches"))
    try container.encodeIfPresent(
      budget.parameters.map { "\($0)" }, forKey: .init("maxParameters"))
    try container.encodeIfPresent(
      budget.multiplyAdds.map { "\($0)" }, forKey: .init("maxMacs"))
    if !filter.only.isEmpty { try container.encode(filter.only, forKey: .init("only")) }
    if !filter.except.isEmpty { try container.encode(filter.except, forKey: .init("except")) }
  }
}
