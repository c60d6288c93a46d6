public import Net2Net

/// How a network grows while it is trained: steps that are taken one after another, each when its
/// time has come.
public struct GrowthSchedule: Hashable, Sendable {
  /// What all growths draw from.
  public var seed: UInt64
  public var steps: [ScheduledGrowth]

  public init(seed: UInt64 = 0, steps: [ScheduledGrowth] = []) {
    self.seed = seed
    self.steps = steps
  }

  /// What one step draws from; each draws for itself.
  func seed(ofStep index: Int) -> UInt64 { Draw(seed: seed).derived(for: "step").bits(index) }

  /// - Throws: ``TrainingError/option(_:expected:found:)`` for steps that could never be taken.
  func validate(stepsPerEpoch: Int, total: Int) throws(TrainingError) {
    var earliest = 0
    for (index, step) in steps.enumerated() {
      try step.validate("growth \(index + 1)")
      guard case .at(let moment) = step.trigger else { continue }
      let name = "growth \(index + 1), at \(moment)"
      let due = moment.step(stepsPerEpoch: stepsPerEpoch)
      try require(due < total, name, "a time within the run's \(total) steps", "step \(due)")
      try require(due >= earliest, name, "no time before an earlier growth's", "step \(due)")
      earliest = due
    }
  }
}

/// One step of a ``GrowthSchedule``.
public struct ScheduledGrowth: Hashable, Sendable {
  public enum Trigger: Hashable, Sendable {
    case at(TrainingMoment)
    case plateau(Plateau)
  }

  public enum Choice: Hashable, Sendable {
    case growths([Growth])
    case advised(AdvisedGrowth)
  }

  public var trigger: Trigger
  public var choice: Choice
  public var learningRate: RatePolicy
  public var state: StateGrowth

  public init(
    _ trigger: Trigger, growths: [Growth], learningRate: RatePolicy = .keep,
    state: StateGrowth = StateGrowth()
  ) {
    self.init(trigger, .growths(growths), learningRate: learningRate, state: state)
  }

  public init(
    _ trigger: Trigger, _ choice: Choice, learningRate: RatePolicy = .keep,
    state: StateGrowth = StateGrowth()
  ) {
    self.trigger = trigger
    self.choice = choice
    self.learningRate = learningRate
    self.state = state
  }
}

extension ScheduledGrowth {
  /// - Throws: ``TrainingError/option(_:expected:found:)`` for a count that is none.
  fileprivate func validate(_ place: String) throws(TrainingError) {
    switch trigger {
    case .at(.step(let step)):
      try require(count: step, atLeast: 0, "\(place): at", unit: "steps")
    case .at(.epoch): break
    case .plateau(let plateau):
      try require(count: plateau.patience, "\(place): patience")
    }
    if case .rewarm(let steps) = learningRate {
      try require(count: steps, "\(place): rewarmSteps")
    }
    if case .advised(let advised) = choice {
      try require(count: advised.best, "\(place): best")
      try require(count: advised.batches, "\(place): batches")
    }
    try state.validate(place)
  }
}

/// A place in a run.
public enum TrainingMoment: Hashable, Sendable, CustomStringConvertible {
  /// After so many epochs.
  case epoch(Double)
  /// After so many steps.
  case step(Int)

  func step(stepsPerEpoch: Int) -> Int {
    switch self {
    case .epoch(let epoch):
      // As a run has no more steps, none that comes later is ever due.
      Int(min((epoch * Double(stepsPerEpoch)).rounded(), Double(TrainingOptions.mostSteps)))
    case .step(let step): step
    }
  }

  public var description: String {
    switch self {
    case .epoch(let epoch): Int(exactly: epoch).map { "epoch \($0)" } ?? "epoch \(epoch)"
    case .step(let step): "step \(step)"
    }
  }

  /// `epoch 5`, `epoch 0.5`, `step 2000`.
  init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 2 else { return nil }
    switch words[0] {
    case "epoch":
      guard let epoch = Double(words[1]), epoch >= 0, epoch < 1e9 else { return nil }
      self = .epoch(epoch)
    case "step":
      guard let step = Int(words[1]), step >= 0 else { return nil }
      self = .step(step)
    default: return nil
    }
  }
}
