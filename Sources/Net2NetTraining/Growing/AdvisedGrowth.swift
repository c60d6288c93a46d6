public import Net2Net
internal import Net2NetTorch

/// Growths that are chosen when their time has come: the best of ``GrowthAdvice``'s ranking.
public struct AdvisedGrowth: Hashable, Sendable {
  /// How many of the best are taken together.
  public var best: Int
  /// By how much widths grow.
  public var factor: Double
  /// How many batches are looked at.
  public var batches: Int
  /// What the grown network may take at most.
  public var budget: CostBudget
  /// Which widths, sites and blocks there are to choose from.
  public var filter: NameFilter

  public init(
    best: Int = 1, factor: Double = 1.5, batches: Int = 8, budget: CostBudget = CostBudget(),
    filter: NameFilter = NameFilter()
  ) {
    self.best = best
    self.factor = factor
    self.batches = batches
    self.budget = budget
    self.filter = filter
  }

  /// The growths whose expected decrease of the loss is above zero, best first; none where no
  /// candidate is within the budget.
  func growths(
    of network: Network, on data: DataSet, seed: UInt64, options: TrainingOptions
  ) throws -> [Growth] {
    let advice = try GrowthAdvice(
      of: network, on: data,
      GrowthAdvice.Options(
        candidates: GrowthCandidates.Options(
          factor: factor, budget: budget, filter: filter, seed: seed),
        batches: batches, batchSize: options.batchSize, device: options.device))
    return advice.ranking.filter { $0.expectedDecrease > 0 }.prefix(best).map(\.candidate.growth)
  }
}
