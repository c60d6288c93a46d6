import ArgumentParser
import Net2Net

/// Which widths grow, and how far.
struct WidthGoalOptions: ParsableArguments {
  @Option(
    name: .customLong("width"), help: "NAME=SIZE or NAME=FACTORx; can be given more than once.")
  var widths: [String] = []

  @Option(help: "Every width that can grow, by this factor, such as 1.5x.")
  var all: String?

  @Option(help: "As --all, by the factor that ends at about so many parameters: 20M, 350k.")
  var targetParameters: String?

  @Option(help: "As --all, by the factor that ends at about so many multiply-adds: 4G.")
  var targetMacs: String?

  @Option(help: "Round sizes that come from factors so that axes become multiples of this.")
  var roundTo: Int?

  @OptionGroup var names: FilterOptions

  func validate() throws {
    let goal = try goal()
    guard !goal.widths.isEmpty || goal.all != nil || !goal.budget.isEmpty else {
      throw ValidationError(
        "nothing to widen; give --width, --all, --target-parameters or --target-macs")
    }
    guard goal.all == nil || goal.budget.isEmpty else {
      throw ValidationError("either --all or a target, not both")
    }
    guard goal.filter.isEmpty || goal.all != nil || !goal.budget.isEmpty else {
      throw ValidationError("--only and --except choose for --all or a target; give one of them")
    }
    if let roundTo, roundTo < 1 {
      throw ValidationError("round-to: 1 or more expected, \(roundTo) found")
    }
  }

  func goal() throws -> WidthGoal {
    WidthGoal(
      widths: try sizes(), all: try factor(),
      budget: CostBudget(
        parameters: try count("target-parameters", targetParameters),
        multiplyAdds: try count("target-macs", targetMacs)),
      multiple: roundTo, filter: names.filter)
  }

  private func sizes() throws -> [String: Widen.Goal] {
    var sizes: [String: Widen.Goal] = [:]
    for text in widths {
      guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
        let goal = Widen.Goal(String(text[text.index(after: sign)...]))
      else {
        throw ValidationError(
          "width \"\(text)\": a name and a size expected, such as conv1=64 or conv1=1.5x")
      }
      sizes[String(text[..<sign])] = goal
    }
    return sizes
  }

  private func factor() throws -> Double? {
    guard let all else { return nil }
    guard case .factor(let factor)? = Widen.Goal(all), factor > 1 else {
      throw ValidationError("all \"\(all)\": a factor above 1 expected, such as 1.5x")
    }
    return factor
  }

  private func count(_ option: String, _ text: String?) throws -> Int? {
    guard let text else { return nil }
    guard let count = CostBudget.count(text) else {
      throw ValidationError("\(option) \"\(text)\": a number expected, such as 20M or 350k")
    }
    return count
  }
}
