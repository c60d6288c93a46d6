/// One growth that a network could take by itself, and what it would cost.
public struct GrowthCandidate: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A width made larger.
    case width
    /// A layer inserted.
    case site
    /// A residual block repeated.
    case block
  }

  public var kind: Kind
  /// Of the width, the site or the block.
  public var name: String
  public var growth: Growth
  public var before: Cost
  public var after: Cost

  public var addedParameters: Int { after.parameters - before.parameters }
  /// For one example.
  public var addedMultiplyAdds: Int { after.multiplyAdds - before.multiplyAdds }
}

/// Every growth that a network could take by itself: each width that can grow, each site that
/// gains a non-linearity, each residual block.
///
/// A site behind which only a factorisation could go is no candidate: it adds no function.
public struct GrowthCandidates: Sendable {
  /// How far each of them goes, and which there are.
  public struct Options: Hashable, Sendable {
    /// Of widths: `free` ones go to the nearest size, at least one unit more; `uniform` ones to
    /// the next multiple.
    public var factor: Double
    public var symmetry: Symmetry
    public var kernel: [Int]
    /// What the grown network may take at most.
    public var budget: CostBudget
    /// By name; a width also by the names of the parameters and modules that write it.
    public var filter: NameFilter
    public var seed: UInt64

    public init(
      factor: Double = 1.5, symmetry: Symmetry = .zero, kernel: [Int] = [3, 3],
      budget: CostBudget = CostBudget(), filter: NameFilter = NameFilter(), seed: UInt64 = 0
    ) {
      self.factor = factor
      self.symmetry = symmetry
      self.kernel = kernel
      self.budget = budget
      self.filter = filter
      self.seed = seed
    }
  }

  /// One that is there and cannot be had.
  public struct Refusal: Hashable, Sendable {
    public var kind: GrowthCandidate.Kind
    public var name: String
    public var reason: String

    public init(kind: GrowthCandidate.Kind, name: String, reason: String) {
      self.kind = kind
      self.name = name
      self.reason = reason
    }
  }

  /// In the order of the graph: widths, then sites, then blocks.
  public private(set) var all: [GrowthCandidate] = []
  public private(set) var refused: [Refusal] = []

  /// - Throws: for options out of range, and patterns that match nothing.
  public init(of network: Network, _ options: Options = Options()) throws(NetworkError) {
    guard options.factor.isFinite, options.factor > 1,
      options.factor <= WidthGoal.largestFactor
    else {
      throw .invalidValue(
        "factor", found: "\(options.factor)", expected: "a factor above 1, such as 1.5x")
    }
    let proposals = try Self.proposals(of: network, options)
    try options.filter.check(against: proposals.flatMap(\.names), "candidate")
    let before = try network.cost()
    for proposal in proposals where options.filter.chooses(proposal.names) {
      add(proposal, to: network, before: before, options)
    }
  }

  private struct Proposal {
    var kind: GrowthCandidate.Kind
    var names: [String]
    var growth: Growth
  }

  private static func proposals(
    of network: Network, _ options: Options
  ) throws(NetworkError) -> [Proposal] {
    let widths = try Widths(of: network).all.filter { width in
      if case .pinned = width.freedom { return false }
      return !width.uses.isEmpty
    }
    var proposals = widths.map { width in
      let widen = Widen(
        widths: [width.name: .size(width.size(grownBy: options.factor))],
        symmetry: width.freedom == .free && width.copying == .plain
          ? options.symmetry : .antithetic)
      return Proposal(kind: .width, names: width.namesForPatterns, growth: .widen(widen))
    }
    for site in try network.sites() where site.insertion != .linear {
      let kernel = options.kernel
      let fitting =
        kernel.count == site.spatialSizes.count
        ? kernel : site.spatialSizes.map { _ in kernel.first ?? 3 }
      // A dense layer has none.
      let deepen = Deepen(after: [site.name], kernels: fitting.isEmpty ? [] : [fitting])
      proposals.append(Proposal(kind: .site, names: [site.name], growth: .deepen(deepen)))
    }
    for block in try network.residualBlocks() {
      let growth = Growth.repeatBlock(RepeatBlock(block: block.name))
      proposals.append(Proposal(kind: .block, names: [block.name], growth: growth))
    }
    return proposals
  }

  private mutating func add(
    _ proposal: Proposal, to network: Network, before: Cost, _ options: Options
  ) {
    let name = proposal.names[0]
    do {
      let plan = GrowthPlan(seed: options.seed, growths: [proposal.growth])
      let after = try network.sketched(by: plan).cost()
      if let reason = options.budget.refusal(of: after) {
        refused.append(Refusal(kind: proposal.kind, name: name, reason: reason))
        return
      }
      all.append(
        GrowthCandidate(
          kind: proposal.kind, name: name, growth: proposal.growth, before: before, after: after))
    } catch {
      refused.append(Refusal(kind: proposal.kind, name: name, reason: "\(error)"))
    }
  }
}

extension Width {
  fileprivate func size(grownBy factor: Double) -> Int {
    guard freedom == .free else { return size * max(2, Int(factor)) }
    return max(size + 1, Int((Double(size) * factor).rounded()))
  }
}

extension CostBudget {
  /// Why a network of this cost is too large; nil where it is not.
  fileprivate func refusal(of cost: Cost) -> String? {
    if let parameters, cost.parameters > parameters {
      return "the network would have \(cost.parameters) parameters; the budget is \(parameters)"
    }
    if let multiplyAdds, cost.multiplyAdds > multiplyAdds {
      return "the network would take \(cost.multiplyAdds) multiply-adds; the budget is "
        + "\(multiplyAdds)"
    }
    return nil
  }
}
