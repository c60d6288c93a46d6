public import Net2NetTorch

/// Everything a comparison found: `results.json`.
public struct ComparisonRecord: Hashable, Sendable, Codable {
  /// Where and with what it was found.
  public struct Setting: Hashable, Sendable, Codable {
    /// As it was typed.
    public var command: String?
    public var data: String
    public var dataSummary: String
    public var validationSamples: Int
    public var machine: String
    public var cores: Int
    public var libtorch: String?
    public var threads: Int
    public var device: Device
    /// What samples are.
    public var noun: String

    public init(
      command: String?, data: String, dataSummary: String, validationSamples: Int,
      machine: String, cores: Int, libtorch: String?, threads: Int, device: Device, noun: String
    ) {
      self.command = command
      self.data = data
      self.dataSummary = dataSummary
      self.validationSamples = validationSamples
      self.machine = machine
      self.cores = cores
      self.libtorch = libtorch
      self.threads = threads
      self.device = device
      self.noun = noun
    }
  }

  public var plan: ComparisonPlan
  public var setting: Setting
  public var growths: [ComparisonGrowth]
  /// In the order in which they were made.
  public var results: [ComparisonResult]
  /// False when it was interrupted; results are then of what was done.
  public var isComplete: Bool

  public init(
    plan: ComparisonPlan, setting: Setting, growths: [ComparisonGrowth],
    results: [ComparisonResult], isComplete: Bool
  ) {
    self.plan = plan
    self.setting = setting
    self.growths = growths
    self.results = results
    self.isComplete = isComplete
  }
}

extension ComparisonRecord {
  /// The one that ends best on the validation split; the first of equals; nil where none came to its
  /// end.
  public static func best(
    of results: [ComparisonResult], _ measure: Measure
  ) -> ComparisonResult? {
    var best: (result: ComparisonResult, value: Double)?
    for result in results {
      guard let value = result.validation?[measure], value.isFinite,
        best.map({ measure.isBetter(value, than: $0.value) }) ?? true
      else { continue }
      best = (result, value)
    }
    return best?.result
  }

  /// All that an arm tried with a budget and the first seed.
  public func tried(_ arm: Arm, steps: Int) -> [ComparisonResult] {
    results.filter {
      $0.run.role == .arm(arm.name) && $0.run.steps == steps && $0.run.seed == plan.seeds.first
    }
  }

  /// What the validation split chose for an arm and a budget.
  public func chosen(_ arm: Arm, steps: Int) -> Recipe? {
    Self.best(of: tried(arm, steps: steps), plan.measure)?.run.recipe
  }

  /// With the chosen recipe, seed by seed, as far as runs came to their ends.
  public func chosenResults(_ arm: Arm, steps: Int) -> [ComparisonResult] {
    guard let recipe = chosen(arm, steps: steps) else { return [] }
    return results.filter {
      $0.run.role == .arm(arm.name) && $0.run.steps == steps && $0.run.recipe == recipe
        && $0.failure == nil
    }
  }

  /// Runs that did not come to their ends.
  public var failures: [ComparisonResult] { results.filter { $0.failure != nil } }

  private func preparations(_ seed: UInt64) -> [ComparisonResult] {
    results.filter {
      guard $0.run.seed == seed else { return false }
      if case .arm = $0.run.role { return false }
      return true
    }
  }

  /// What the teacher took, and what followed all growths but the last; nil where the teacher came
  /// from a file and nobody counted.
  public func preparation(seed: UInt64) -> Effort? {
    guard plan.teacher.training != nil else { return nil }
    return preparations(seed).map(\.curve.effort).reduce(Effort(), +)
  }

  /// Of the network that the last growth was applied to, on the test split.
  public func teacherQuality(seed: UInt64) -> Quality? {
    if let last = preparations(seed).last?.curve.end { return last }
    return results.first { result in
      result.run.seed == seed
        && plan.arms.contains { .arm($0.name) == result.run.role && $0.kind == .teacher }
    }?.curve.points.first?.quality
  }
}
