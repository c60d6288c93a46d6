import Foundation
import Net2Net
import OrderedCollections
import TestSupport
import Testing

@Suite("Goals for whole networks")
struct WidthGoalTests {
  /// 6 → 5 → 7 → 3, with biases: 35 + 42 + 24 = 101 parameters, 30 + 35 + 21 = 86 multiply-adds.
  private static func chain() throws -> Network {
    try #require(Fixture.named("chain")).network()
  }

  private func sizes(_ goal: WidthGoal, in network: Network) throws -> [String: Int] {
    let grown = try network.grown(by: GrowthPlan(growths: [.widen(Widen(goal))])).network
    let widths = try Widths(of: grown).all.filter { !$0.uses.isEmpty }
    return Dictionary(uniqueKeysWithValues: widths.map { ($0.name, $0.size) })
  }

  @Test("a target for parameters is met from below, and by the largest factor")
  func parameters() throws {
    let network = try Self.chain()
    let goal = WidthGoal(budget: CostBudget(parameters: 200))
    let sizes = try sizes(goal, in: network)
    // 8 → 11 gives 56 + 99 + 36 = 191; 8 → 12 gives 56 + 108 + 39 = 203.
    #expect((sizes["fc1"], sizes["fc2"]) == (8, 11))
    let step = try network.grown(by: GrowthPlan(growths: [.widen(Widen(goal))])).steps[0]
    #expect(step.after.parameters == 191)
  }

  @Test("a target for multiply-adds counts those of one example")
  func multiplyAdds() throws {
    let goal = WidthGoal(budget: CostBudget(multiplyAdds: 169))
    // 8 → 11 gives 48 + 88 + 33 = 169.
    #expect(try sizes(goal, in: Self.chain())["fc2"] == 11)
  }

  @Test("of two targets the tighter one decides")
  func both() throws {
    let goal = WidthGoal(budget: CostBudget(parameters: 200, multiplyAdds: 100))
    let step = try Self.chain().grown(by: GrowthPlan(growths: [.widen(Widen(goal))])).steps[0]
    #expect(step.after.multiplyAdds <= 100 && step.after.multiplyAdds > step.before.multiplyAdds)
  }

  @Test("a step records the factor that a target came to, which replays to the same sizes")
  func resolved() throws {
    let network = try Self.chain()
    let goal = WidthGoal(budget: CostBudget(parameters: 200), multiple: 2)
    let grown = try network.grown(by: GrowthPlan(growths: [.widen(Widen(goal))]))
    guard case .widen(let widen) = grown.steps[0].growth else {
      Issue.record("another growth")
      return
    }
    #expect(widen.goal.budget.isEmpty)
    #expect(try #require(widen.goal.all) > 1)
    let again = try network.replaying(grown.steps, seed: 0)
    #expect(again.graph == grown.network.graph)
    #expect(try again.cost() == grown.steps[0].after)
  }

  @Test("sizes that come from a factor are rounded, sizes given are not")
  func rounding() throws {
    let network = try Self.chain()
    // 5 and 7 by 1.5 are 7.5 and 10.5.
    #expect(
      try sizes(WidthGoal(all: 1.5, multiple: 4), in: network).filter { $0.key.hasPrefix("fc") }
        == ["fc1": 8, "fc2": 12, "fc3": 3])
    #expect(
      try sizes(WidthGoal(widths: ["fc1": .size(6)], multiple: 4), in: network)["fc1"] == 6)
  }

  @Test("a uniform width grows by whole factors, rounded or not")
  func uniform() throws {
    let network = try #require(Fixture.named("rectified layer norm")).network()
    let old = try #require(try Widths(of: network)["fc1"])
    let sizes = try sizes(WidthGoal(all: 2.9, multiple: 16), in: network)
    #expect(old.freedom.name == "uniform" && sizes["fc1"] == 2 * old.size)
  }

  @Test("of widths multiplied along one axis, one grows")
  func products() throws {
    let network = try #require(Fixture.named("grouped")).network()
    let before = try #require(network.parameters["conv1.weight"]).shape[0]
    let grown = try network.grown(
      by: GrowthPlan(growths: [.widen(Widen(all: 2))])
    ).network
    #expect(grown.parameters["conv1.weight"]?.shape[0] == 2 * before)
    let named = WidthGoal(widths: ["conv1[1]": .factor(2)], all: 2)
    let inner = try network.grown(by: GrowthPlan(growths: [.widen(Widen(named))])).network
    #expect(inner.parameters["conv1.weight"]?.shape[0] == 2 * before)
    guard case .convolution(let convolution)? = inner.graph.node(named: "conv2")?.operation,
      case .convolution(let old)? = network.graph.node(named: "conv2")?.operation
    else {
      Issue.record("conv2 is gone")
      return
    }
    #expect(convolution.groups == old.groups)
  }

  @Test("patterns choose by the names of widths, writers and their modules")
  func patterns() throws {
    let network = try Self.chain()
    func grown(_ filter: NameFilter) throws -> [String: Int] {
      try sizes(WidthGoal(all: 2, filter: filter), in: network)
        .filter { ["fc1", "fc2"].contains($0.key) }
    }
    #expect(try grown(NameFilter(only: ["fc1"])) == ["fc1": 10, "fc2": 7])
    #expect(try grown(NameFilter(only: ["fc?.wei*"])) == ["fc1": 10, "fc2": 14])
    #expect(try grown(NameFilter(only: ["fc*"], except: ["*1"])) == ["fc1": 5, "fc2": 14])
  }

  @Test("patterns choose among sites")
  func sites() throws {
    let network = try Self.chain()
    let deepen = Deepen(all: true, filter: NameFilter(except: ["relu1"]))
    let grown = try network.grown(by: GrowthPlan(growths: [.deepen(deepen)])).network
    #expect(
      grown.graph.nodes.map(\.name).filter { $0.contains("deeper") } == [
        "relu2.deeper.fc", "relu2.deeper.act",
      ])
  }

  static let refusals: [(WidthGoal, String)] = [
    (
      WidthGoal(budget: CostBudget(parameters: 101)),
      "a target of 101 parameters cannot be met: the network has 101, and the smallest growth "
        + "gives 110"
    ),
    (
      WidthGoal(budget: CostBudget(multiplyAdds: 5)),
      "a target of 5 multiply-adds cannot be met: the network has 86"
    ),
    (
      WidthGoal(all: 2, filter: NameFilter(only: ["fc11*"])),
      #"the pattern "fc11*" matches no width; did you mean "fc1" or "fc2" or "fc3"?"#
    ),
    (
      WidthGoal(widths: ["fc1": .size(8)], filter: NameFilter(only: ["fc*"])),
      "only and except: a factor for all widths, or a target, to choose for expected, named "
        + "widths alone found"
    ),
    (
      WidthGoal(all: 2, budget: CostBudget(parameters: 300)),
      "all: either a factor or targets expected, a target as well found"
    ),
    (WidthGoal(all: 2, multiple: 0), "roundTo: 1 to 65536, such as 8 expected, 0 found"),
    (
      WidthGoal(all: 2, filter: NameFilter(except: ["*"])),
      "nothing to grow: no width is named, or none can grow by this factor"
    ),
  ]

  @Test("what cannot be is refused in words", arguments: refusals)
  func refused(_ goal: WidthGoal, _ sentence: String) throws {
    let error = #expect(throws: NetworkError.self) {
      try Self.chain().grown(by: GrowthPlan(growths: [.widen(Widen(goal))]))
    }
    #expect(error?.description == sentence)
  }

  @Test(
    "stars and question marks match as in a shell",
    arguments: [
      ("layer3.0.conv1", "layer3.*", true), ("layer3", "layer3.*", false), ("ab", "a?", true),
      ("a", "a?", false), ("aXbXc", "a*b*c", true), ("aXbX", "a*b*c", false), ("", "*", true),
      ("aab", "*ab", true), ("abc", "abc", true), ("abcd", "abc", false), ("", "?", false),
    ])
  func matching(_ name: String, _ pattern: String, _ expected: Bool) {
    #expect(NameFilter.matches(name, pattern) == expected)
  }

  @Test("peak of values held at one time")
  func activations() throws {
    // 5 and its relu's 5 floats, then the relu's 5 and 7, then 7 and 7.
    let cost = try Self.chain().cost()
    #expect(cost.activationBytes == 4 * 14)
    #expect(cost.parameterBytes == 4 * 101)
  }

  @Test(
    "counts as people write them",
    arguments: [
      ("20M", 20_000_000), ("350k", 350_000), ("1.5G", 1_500_000_000), ("7", 7),
      ("0", nil), ("-3", nil), ("many", nil), ("nan", nil), ("1e30", nil),
    ] as [(String, Int?)])
  func counts(_ text: String, _ count: Int?) {
    #expect(CostBudget.count(text) == count)
  }
}
