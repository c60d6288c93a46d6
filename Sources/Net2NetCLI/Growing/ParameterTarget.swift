import Net2Net

/// Finds the factor that gives a network about as many parameters as asked.
///
/// Sizes are whole numbers, so not every count can be met: bisection ends at the largest factor
/// that stays within the target.
struct ParameterTarget {
  let teacher: Network
  let widen: Widen
  let seed: UInt64
  let target: Int

  func plan() throws -> GrowthPlan {
    guard target > teacher.parameterCount else {
      throw NetworkError.notGrowing(
        what: "the network", from: "\(Figures.grouped(teacher.parameterCount)) parameters",
        to: Figures.grouped(target))
    }
    var (low, high) = (1.0, 2.0)
    while high < 1024, try parameters(high) <= target { (low, high) = (high, high * 2) }
    for _ in 0..<20 {
      let middle = (low + high) / 2
      if try parameters(middle) <= target { low = middle } else { high = middle }
    }
    return plan(rounded(low))
  }

  /// Growing is lazy, so asking for a size computes no weights.
  private func parameters(_ factor: Double) throws -> Int {
    do {
      return try teacher.grown(by: plan(factor)).network.parameterCount
    } catch NetworkError.nothingToGrow {
      return teacher.parameterCount
    }
  }

  /// To four decimals, for a plan that people read.
  private func rounded(_ factor: Double) -> Double { (factor * 10_000).rounded(.down) / 10_000 }

  private func plan(_ factor: Double) -> GrowthPlan {
    var widen = widen
    widen.all = factor
    return GrowthPlan(seed: seed, growths: [.widen(widen)])
  }
}
