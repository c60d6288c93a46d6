import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

@Suite("Plans of comparisons")
struct ComparisonPlanTests {
  private static func decoded(_ json: String) throws -> ComparisonPlan {
    try JSONDecoder().decode(ComparisonPlan.self, from: Data(json.utf8))
  }

  /// A plan as JSON with some parts exchanged; an empty text leaves a part out.
  private static func text(_ changes: [String: String] = [:]) -> String {
    var parts = [
      "name": #""wider""#,
      "teacher": #"{"architecture": "mlp", "training": {"steps": 9, "learningRate": 0.1}}"#,
      "student": #"[{"growths": [{"widen": {"all": "2x"}}]}]"#, "budgets": "[5, 10]",
      "grid": #"{"learningRate": [0.1]}"#,
    ]
    parts.merge(changes) { $1 }
    return "{"
      + parts.filter { !$0.value.isEmpty }.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
      + "}"
  }

  @Test("everything that can be said reads back as it was written")
  func roundTrip() throws {
    let plan = ComparisonPlan(
      name: "all", seeds: [3, 4], measure: .loss, margin: 0.25,
      data: ComparisonPlan.SampleCounts(training: 90, validation: 10, test: 20),
      teacher: ComparisonPlan.Teacher(
        .built(.gpt, widthFactor: 0.5, depth: 2),
        training: ComparisonPlan.Stint(
          steps: 7, recipe: Recipe(learningRate: 0.25, schedule: .constant, warmup: 3))),
      student: [
        ComparisonPlan.Stage(
          [.widen(Widen(all: 2))],
          training: ComparisonPlan.Stint(steps: 8, recipe: Recipe(learningRate: 0.5))),
        ComparisonPlan.Stage([.repeatBlock(RepeatBlock(block: "block1"))]),
      ],
      training: SharedTraining(
        optimizer: .adamw, batchSize: 16, momentum: 0.5, weightDecay: 0.125, labelSmoothing: 0.25,
        augmentation: Augmentation(cropPadding: 2, flips: true), evaluations: 4),
      scratch: .file("first.onnx"),
      arms: [
        Arm(.student), Arm(.scratch),
        Arm(
          .student, name: "noise", symmetry: .noise(strength: 0.25), map: .random,
          state: StateGrowth(carriesState: true, relaxation: .steps(50))),
      ],
      budgets: [5, 10],
      grid: RecipeGrid(learningRate: [0.25, 0.5], schedule: [.cosine, .constant], warmup: [0, 2]))
    let data = try JSONEncoder().encode(plan)
    #expect(try JSONDecoder().decode(ComparisonPlan.self, from: data) == plan)
  }

  @Test("what is left out has its default: the paper's two baselines, and the teacher trained on")
  func defaults() throws {
    let plan = try Self.decoded(Self.text())
    #expect(plan.arms.map(\.name) == ["student", "scratch", "randomPad", "teacher"])
    #expect(plan.arms.allSatisfy { $0.state == StateGrowth(carriesState: false, relaxation: nil) })
    #expect(plan.seeds == [1])
    #expect(plan.measure == .accuracy)
    #expect(plan.grid.recipes == [Recipe(learningRate: 0.1, schedule: .cosine, warmup: 0)])
    #expect(plan.training == SharedTraining(optimizer: .sgd, batchSize: 128, momentum: 0.9))
  }

  @Test("the grid is each rate with each schedule and each warm-up")
  func gridIsAProduct() {
    let grid = RecipeGrid(learningRate: [1, 2], schedule: [.cosine, .constant], warmup: [0, 5])
    #expect(
      grid.recipes.map(\.name) == [
        "1.0-cosine", "2.0-cosine", "1.0-cosine-warmup-5", "2.0-cosine-warmup-5",
        "1.0-constant", "2.0-constant", "1.0-constant-warmup-5", "2.0-constant-warmup-5",
      ])
  }

  @Test("an arm has its own symmetry and map, and the plan's widths")
  func armsOwnSymmetry() {
    let arm = Arm(.student, name: "x", symmetry: .zero, map: .random)
    #expect(
      arm.growths([.widen(Widen(all: 3)), .deepen(Deepen(all: true))]) == [
        .widen(Widen(all: 3, symmetry: .zero, mapping: .random)), .deepen(Deepen(all: true)),
      ])
    #expect(Arm(.student).growths([.widen(Widen(all: 3))]) == [.widen(Widen(all: 3))])
  }

  static let flaws: [(changes: [String: String], sentence: String)] = [
    (["sedes": "[1]"], #"comparison: unknown key "sedes"; did you mean "seeds"?"#),
    (["measure": #""acuracy""#], #"measure "acuracy" is not known; did you mean "accuracy"?"#),
    (
      ["grid": #"{"learningrate": [1]}"#],
      #"grid: unknown key "learningrate"; did you mean "learningRate"?"#
    ),
    (["grid": "{}"], "grid: learningRate: a list of numbers expected, nothing found"),
    (
      ["grid": #"{"learningRate": [0]}"#],
      "grid: learningRate: a number above 0 expected, 0.0 found"
    ),
    (
      ["grid": #"{"learningRate": [0.1, 0.1]}"#],
      "grid: each once expected, 0.1-cosine, 0.1-cosine found"
    ),
    (
      ["teacher": #"{"architecture": "mlp"}"#],
      "teacher: training: steps and learningRate, to learn by expected, nothing found"
    ),
    (
      ["teacher": #"{"training": {"steps": 1, "learningRate": 1}}"#],
      "teacher: either architecture or network expected, neither found"
    ),
    (
      ["teacher": #"{"architecture": "mlp", "widthfactr": 1}"#],
      #"teacher: unknown key "widthfactr"; did you mean "widthFactor"?"#
    ),
    (
      ["training": #"{"augmentation": {"flip": true}}"#],
      #"augmentation: unknown key "flip"; did you mean "flips"?"#
    ),
    (["student": "[]"], "student: one growth or more expected, none found"),
    (
      [
        "student":
          #"[{"growths": [{"widen": {"all": "2x"}}]}, {"growths": [{"deepen": {"all": true}}]}]"#
      ],
      "student: growth 1: training: what follows this growth expected, none found"
    ),
    (
      [
        "student":
          #"[{"growths": [{"widen": {"all": "2x"}}], "training": {"steps": 1, "learningRate": 1}}]"#
      ],
      "student: growth 1: training: none, for the comparison follows the last growth expected, "
        + "some found"
    ),
    (
      ["budgets": "[5, 4611686018427387904]"],
      "grid: steps: at most 1000000000 expected, 4611686018427387904 found"
    ),
    (
      ["grid": #"{"learningRate": [0.1], "warmup": [9223372036854775807]}"#],
      "grid: warm-up: at most 1000000000 steps expected, 9223372036854775807 found"
    ),
    (
      ["data": #"{"validation": 9223372036854775807}"#],
      "data: at most 1000000000 samples expected, 9223372036854775807 found"
    ),
    (
      [
        "teacher":
          #"{"architecture": "mlp", "training": {"steps": 9223372036854775807, "learningRate": 1}}"#
      ],
      "teacher: steps: at most 1000000000 expected, 9223372036854775807 found"
    ),
    (["budgets": "[]"], "budgets: steps expected, [] found"),
    (["seeds": "[2, 2]"], "seeds: each once expected, 2, 2 found"),
    (["arms": #"["studnt", "scratch"]"#], #"arm "studnt" is not known; did you mean "student"?"#),
    (
      ["arms": #"["student", "scratch", "stack"]"#],
      "arm stack: a repeat in the last growth, to be stacked expected, none found"
    ),
    (
      ["arms": #"["student"]"#],
      "arms: a student and a scratch at least expected, student found"
    ),
    (
      ["arms": #"["student", "scratch", {"like": "scratch", "name": "a/b"}]"#],
      #"arm: name: letters, digits, - and _ expected, "a/b" found"#
    ),
    (
      ["arms": #"["student", {"like": "scratch", "symmetry": "zero"}]"#],
      "arm scratch: symmetry and map where like is student expected, like: scratch found"
    ),
    (
      ["arms": #"["student", {"like": "scratch", "optimizerState": "carried"}]"#],
      "arm scratch: optimizerState where like is student or teacher expected, like: scratch found"
    ),
    (
      ["arms": #"["student", "scratch", {"like": "student", "name": "n", "strength": 0.5}]"#],
      "arm: strength: a symmetry beside it expected, no symmetry found"
    ),
    (
      ["arms": #"["scratch", {"name": "x"}]"#],
      "arm: like: student, scratch, randomPad, teacher or stack expected, nothing found"
    ),
  ]

  @Test("flaws are named", arguments: flaws.indices)
  func flaw(_ index: Int) throws {
    let (changes, expected) = Self.flaws[index]
    #expect(sentence { _ = try Self.decoded(Self.text(changes)) } == expected)
  }
}
