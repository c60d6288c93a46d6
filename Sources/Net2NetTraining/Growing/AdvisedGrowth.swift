public import Net2Net
internal import Net2NetTorch

/// Growths that are chosen when their time has come: the first of ``GrowthAdvice``'s ranking.
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

  /// The growths that enlarge the gradient, best first; none where no candidate is within the
  /// budget.
  func growths(
    of network: Network, on data: DataSet, seed: UInt64, options: TrainingOptions
  ) throws -> [Growth] {
    try choice(of: network, on: data, seed: seed, options: options).growths
  }

  /// What ``choice(of:on:seed:options:)`` came to.
  public struct Choice: Hashable, Sendable {
    /// Best first; none where no candidate is within the budget or enlarges the gradient.
    public var growths: [Growth]
    /// That choosing took: each candidate's gradient, forwards and backwards, before and after.
    public var multiplyAdds: Int
  }

  /// The growths that enlarge the gradient of the loss on training samples of `data`.
  ///
  /// - Throws: ``TrainingError/option(_:expected:found:)`` where there are fewer than three
  ///   batches; whatever keeps the network from being run on the data.
  public func choice(
    of network: Network, on data: DataSet, seed: UInt64, options: TrainingOptions
  ) throws -> Choice {
    let advice = try GrowthAdvice(
      of: network, on: data,
      GrowthAdvice.Options(
        candidates: GrowthCandidates.Options(
          factor: factor, budget: budget, filter: filter, seed: seed),
        batches: batches, batchSize: options.batchSize, device: options.device))
    let growths = advice.ranking.filter { $0.squaredGradientNorm > 0 }
      .prefix(best).map(\.candidate.growth)
    let work = advice.ranking.reduce(0) { sum, score in
      sum + 3 * (score.candidate.before.multiplyAdds + score.candidate.after.multiplyAdds)
    }
    return Choice(growths: growths, multiplyAdds: work * advice.examples)
  }
}
