import Foundation
import Net2Net
import Testing

@Suite("Growth plans")
struct GrowthPlanTests {
  static let plan = GrowthPlan(
    seed: 7,
    growths: [
      .widen(
        Widen(
          widths: ["conv1": .size(64), "conv2": .factor(1.5)], symmetry: .antithetic(strength: 0.3),
          mapping: .random)),
      .widen(Widen(all: 2, symmetry: .zero)),
      .deepen(Deepen(after: ["relu3"], kernels: [[1, 7], [7, 1]], batchNorm: false)),
      .widen(
        Widen(
          WidthGoal(
            budget: CostBudget(parameters: 20_000, multiplyAdds: 70_000), multiple: 8,
            filter: NameFilter(only: ["conv*"], except: ["conv1"])))),
      .deepen(Deepen(all: true, filter: NameFilter(except: ["relu1"]))),
      .deepen(Deepen(after: ["fc1"], kernels: [])),
      .repeatBlock(RepeatBlock(block: "block2", times: 3)),
      .repeatBlock(RepeatBlock(block: "block1", through: "block1.add2")),
      .growKernel(GrowKernel(node: "conv1", kernel: [5, 5])),
      .addClasses(AddClasses(count: 2, output: "output")),
      .replaceClasses(ReplaceClasses(count: 5)),
      .randomPad(RandomPad(all: 1.5)),
      .randomInit(RandomInit()),
    ])

  @Test("survive JSON")
  func json() throws {
    let data = try JSONEncoder().encode(Self.plan)
    #expect(try JSONDecoder().decode(GrowthPlan.self, from: data) == Self.plan)
  }

  @Test("come back as what they were, whatever the kind of growth", arguments: Growth.Kind.allCases)
  func kinds(_ kind: Growth.Kind) throws {
    let growths = Self.plan.growths.filter { $0.kind == kind }
    #expect(!growths.isEmpty, "no example of \(kind)")
    for growth in growths {
      let data = try JSONEncoder().encode(GrowthPlan(growths: [growth]))
      let text = String(decoding: data, as: UTF8.self)
      #expect(text.contains("\"growths\":[{\"\(kind.rawValue)\":{"))
      #expect(try JSONDecoder().decode(GrowthPlan.self, from: data).growths == [growth])
    }
  }

  @Test("fill in defaults")
  func defaults() throws {
    let text =
      #"{"growths": [{"widen": {"widths": {"fc1": "2x"}}}, {"deepen": {"after": "relu1"}}]}"#
    let plan = try JSONDecoder().decode(GrowthPlan.self, from: Data(text.utf8))
    #expect(
      plan
        == GrowthPlan(
          growths: [
            .widen(Widen(widths: ["fc1": .factor(2)], symmetry: .antithetic(strength: 0.5))),
            .deepen(Deepen(after: ["relu1"], kernels: [[3]])),
          ]))
  }

  @Test("take one pattern or several, and counts with or without a prefix")
  func goals() throws {
    let text = #"""
      {"growths": [{"widen":
        {"targetParameters": "20k", "targetMacs": 70000, "roundTo": 8, "only": "a*",
         "except": ["b", "c"]}}]}
      """#
    let plan = try JSONDecoder().decode(GrowthPlan.self, from: Data(text.utf8))
    let goal = WidthGoal(
      budget: CostBudget(parameters: 20_000, multiplyAdds: 70_000), multiple: 8,
      filter: NameFilter(only: ["a*"], except: ["b", "c"]))
    #expect(plan == GrowthPlan(growths: [.widen(Widen(goal))]))
  }

  static let malformed: [(String, String)] = [
    (
      #"{"growth": []}"#,
      #"plan: unknown key "growth"; did you mean "growths"?"#
    ),
    (
      #"{"growths": [{"wden": {}}]}"#,
      #"growth: unknown key "wden"; did you mean "widen"?"#
    ),
    (
      #"{"growths": [{"widen": {"symmetri": "zero"}}]}"#,
      #"widen: unknown key "symmetri"; did you mean "symmetry"?"#
    ),
    (
      #"{"growths": [{"widen": {"targetParamters": "20M"}}]}"#,
      #"widen: unknown key "targetParamters"; did you mean "targetParameters" or "targetMacs"?"#
    ),
    (
      #"{"growths": [{"widen": {"targetMacs": "lots"}}]}"#,
      "widen: targetMacs: a number such as 20M or 350k expected, lots found"
    ),
    (
      #"{"growths": [{"deepen": {"all": true, "exept": "fc"}}]}"#,
      #"deepen: unknown key "exept"; did you mean "except"?"#
    ),
    (
      #"{"growths": [{"widen": {"symmetry": "zeros"}}]}"#,
      #"symmetry "zeros" is not known; did you mean "zero"?"#
    ),
    (
      #"{"growths": [{"widen": {"symmetry": "zero", "strength": 1}}]}"#,
      "strength: none: symmetry zero takes no strength expected, 1.0 found"
    ),
    (
      #"{"growths": [{"widen": {"widths": {"a": "big"}}}]}"#,
      "size: a size such as 64 or a factor such as 1.5x expected, big found"
    ),
    (
      #"{"growths": [{"widen": {}, "deepen": {}}]}"#,
      "growth: one key, such as widen, for each item of the list expected, 2 keys found"
    ),
    (
      #"{"growths": [{"deepen": {"kernel": "3xx"}}]}"#,
      "deepen: kernel: sizes such as 3x3 expected, 3xx found"
    ),
    (
      #"{"growths": [{"repeat": {"times": 2}}]}"#,
      "repeat: block: a residual block's name expected, nothing found"
    ),
    (
      #"{"seed": "x", "growths": []}"#,
      "plan: seed: a whole number of 0 or more expected, something else found"
    ),
  ]

  @Test("name what is wrong", arguments: malformed)
  func strict(_ text: String, _ sentence: String) {
    let error = #expect(throws: NetworkError.self) {
      try JSONDecoder().decode(GrowthPlan.self, from: Data(text.utf8))
    }
    #expect(error?.description == sentence)
  }

  @Test("record what each growth changed")
  func changes() throws {
    let network = try WidenTests.twoUnits()
    let step = try network.grown(
      by: GrowthPlan(growths: [.widen(Widen(widths: ["fc1": .size(3)]))])
    ).steps[0]
    #expect(
      step.changes == [
        GrowthStep.ParameterChange(name: "fc1.weight", oldShape: [2, 1], newShape: [3, 1]),
        GrowthStep.ParameterChange(name: "fc2.weight", oldShape: [1, 2], newShape: [1, 3]),
      ])
    #expect((step.before.parameters, step.before.multiplyAdds) == (4, 4))
    #expect((step.after.parameters, step.after.multiplyAdds) == (6, 6))
    #expect(step.after.parameterBytes == 24)
  }
}
