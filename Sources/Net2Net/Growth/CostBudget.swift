internal import OrderedCollections

/// What a grown network may take at most; nil where it does not matter.
public struct CostBudget: Hashable, Sendable {
  public var parameters: Int?
  /// For one example.
  public var multiplyAdds: Int?

  public init(parameters: Int? = nil, multiplyAdds: Int? = nil) {
    self.parameters = parameters
    self.multiplyAdds = multiplyAdds
  }

  public var isEmpty: Bool { parameters == nil && multiplyAdds == nil }

  func allows(_ cost: Cost) -> Bool {
    cost.parameters <= parameters ?? .max && cost.multiplyAdds <= multiplyAdds ?? .max
  }
}

extension CostBudget {
  /// `20M`, `350k`, `1.5G` or plain digits; nil for anything else, 0 and less, 10¹⁵ and more.
  public static func count(_ text: String) -> Int? {
    let scales: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9]
    let scale = text.last.flatMap { scales[$0] }
    guard let number = Double(scale == nil ? text : String(text.dropLast())) else { return nil }
    let count = (number * (scale ?? 1)).rounded(.down)
    return count >= 1 && count < 1e15 ? Int(count) : nil
  }
}

/// Finds the factor that brings a network as near to its budget as sizes, which are whole
/// numbers, allow: bisection over costs that are worked out from the widths' layouts alone.
struct BudgetSearch {
  private let goal: WidthGoal
  private let network: Network
  private let inferred: Widths

  init(goal: WidthGoal, network: Network) throws(NetworkError) {
    self.goal = goal
    self.network = network
    inferred = try Widths(of: network)
  }

  func resolved() throws(NetworkError) -> WidthGoal {
    let now = try cost(1)
    guard goal.budget.allows(now) else { throw unreachable(now: now, least: nil) }
    var (low, high) = (1.0, 2.0)
    while high < WidthGoal.largestFactor, goal.budget.allows(try cost(high)) {
      (low, high) = (high, high * 2)
    }
    for _ in 0..<20 {
      let middle = (low + high) / 2
      if goal.budget.allows(try cost(middle)) { low = middle } else { high = middle }
    }
    // To four decimals, for a plan that people read.
    let factor = (low * 10_000).rounded(.down) / 10_000
    guard factor > 1, try cost(factor) != now else {
      let least = try cost(high)
      throw least == now ? .nothingToGrow : unreachable(now: now, least: least)
    }
    return goal(by: factor)
  }

  private func goal(by factor: Double) -> WidthGoal {
    var goal = goal
    goal.budget = CostBudget()
    goal.all = factor
    return goal
  }

  private func cost(_ factor: Double) throws(NetworkError) -> Cost {
    var goal = goal(by: factor)
    // What is named grows in any case.
    if factor == 1 { (goal.all, goal.filter) = (nil, NameFilter()) }
    do {
      return network.cost(of: inferred, grownTo: try goal.newSizes(in: inferred))
    } catch .nothingToGrow {
      return network.cost(of: inferred, grownTo: [:])
    }
  }

  private func unreachable(now: Cost, least: Cost?) -> NetworkError {
    if let target = goal.budget.parameters, target < least?.parameters ?? now.parameters {
      return .unreachableTarget(
        "parameters", target: target, now: now.parameters, least: least?.parameters)
    }
    return .unreachableTarget(
      "multiply-adds", target: goal.budget.multiplyAdds ?? 0, now: now.multiplyAdds,
      least: least?.multiplyAdds)
  }
}

extension Network {
  /// What the network takes once widths, by index, have other sizes.
  fileprivate func cost(of widths: Widths, grownTo sizes: [Int: Int]) -> Cost {
    func size(_ width: Int) -> Int { sizes[width] ?? widths.all[width].size }
    func grown(_ name: String) -> TensorType? {
      guard var type = widths.types[name] else { return nil }
      for axis in type.dimensions.indices where type.dimensions[axis].size != nil {
        guard let layout = widths.layout(of: name, axis: axis), !layout.widths.isEmpty else {
          continue
        }
        type.dimensions[axis] = .fixed(layout.size(size))
      }
      return type
    }
    return cost(grown)
  }
}
