import Foundation
import TestSupport
import Testing

/// Files of plans that ask for more than anybody has.
@Suite(.requiresTorch) struct PlansTests {
  let workplace: Workplace

  init() async throws {
    workplace = try Workplace()
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.05")
    try Stripes.write(to: workplace.path("stripes"), training: 64, test: 16)
  }

  private func sentences(_ plan: String) async throws -> [String] {
    try workplace.write(plan, to: "plan.yml")
    var sentences: [String] = []
    for arguments in [
      ["grow", "net.onnx", "--plan", "plan.yml", "-o", "big.onnx"],
      ["train", "net.onnx", "--data", "idx:stripes", "--grow", "plan.yml", "-o", "run"],
      ["compare", "plan.yml", "--data", "idx:stripes", "-o", "out"],
    ] {
      let run = try await workplace.net2net(arguments)
      #expect(run.exitCode == 1)
      sentences.append(run.errors)
    }
    return sentences
  }

  static let aliases = [
    ("a: &a [x, x]\nb: *a\n", 2, "*a"), ("- &a x\n- *a\n", 2, "*a"),
    ("{a: &a x, b: [y,*a]}\n", 1, "*a"), ("&a [x]: y\n*a : z\n", 2, "*a"),
    ("x: &a 1\n*a : y\n", 2, "*a"), ("x: &a 1\u{85}*a : y\n", 1, "*a"),
    ("a: &a {x: 1}\nb: {<<: *a}\n", 2, "*a"),
  ]

  @Test(arguments: aliases)
  func aliasesAreRefused(plan: String, line: Int, word: String) async throws {
    for sentence in try await sentences(plan) {
      #expect(
        sentence
          == "net2net: plan.yml: line \(line): \"\(word)\" would be an alias, which plans cannot have; "
          + "put text that begins with * in quotes\n")
    }
  }

  /// Each level would take twice as long as the one before it.
  @Test func nestedAliasesEndAtOnce() async throws {
    let levels = (1...40).map { "  - &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }
    let plan = "x:\n  - &a0 [y]\n" + levels.joined() + "*a40 : z\n"
    for sentence in try await sentences(plan) { #expect(sentence.contains("would be an alias")) }
  }

  @Test(arguments: ["x: y\n? [a]\n: z\n", "x: y\n? - ? - a\n", "x: 1\n{? [a] : b}\n"])
  func keysThatAreValuesAreRefused(plan: String) async throws {
    for sentence in try await sentences(plan) {
      #expect(
        sentence
          == "net2net: plan.yml: line 2: a key after ?, which plans cannot have; put text that begins "
          + "with ? in quotes\n")
    }
  }

  @Test func asterisksInsideOfTextAreText() async throws {
    try workplace.write(
      "# all * of them\ngrowths:\n  - widen: {all: 2x, only: [fc*, '*1'], except: \"*2\"}\n",
      to: "plan.yml")
    try await workplace.succeed("grow", "net.onnx", "--plan", "plan.yml", "-o", "big.onnx")
  }

  @Test func largeAndForeignFilesAreRefused() async throws {
    let size = 300_000
    for sentence in try await sentences("# " + String(repeating: "x", count: size - 2)) {
      #expect(
        sentence == "net2net: plan.yml: at most 262144 bytes expected, \(size) found\n")
    }
    try FileManager.default.removeItem(atPath: workplace.path("plan.yml"))
    #expect(mkfifo(workplace.path("plan.yml"), 0o600) == 0)
    let run = try await workplace.net2net("grow", "net.onnx", "--plan", "plan.yml", "-o", "x.onnx")
    #expect(run.errors == "net2net: plan.yml: a file expected, a FIFO found\n")
  }

  // MARK: Numbers

  static let most = "at most 1000000000"
  static let numbers = [
    (["--epochs"], "epochs: \(most)"), (["--steps"], "steps: \(most)"),
    (["--warmup"], "warm-up: \(most) steps"),
    (["--crop-padding"], "crop padding: at most 4096 pixels"),
    (["--cutout"], "cutout: at most 4096 pixels"), (["--batch-size"], "batch size: \(most)"),
    (["--timeout"], "timeout: at most 604800 seconds"),
  ]

  @Test(arguments: numbers, [1 << 62, Int.max])
  func numbersBeyondCountingAreRefused(option: ([String], String), number: Int) async throws {
    let run = try await workplace.net2net(
      ["train", "net.onnx", "--data", "idx:stripes", "-o", "run"] + option.0 + ["\(number)"])
    #expect(run.exitCode == 2)
    #expect(run.sentence == "net2net: \(option.1) expected, \(number) found")
  }

  static let planned = [
    ("budgets: [6, 3]", "budgets: [BIG]", "grid: steps: \(most) expected, BIG found"),
    ("{steps: 6,", "{steps: BIG,", "teacher: steps: \(most) expected, BIG found"),
    ("batchSize: 20", "batchSize: BIG", "teacher: batch size: \(most) expected, BIG found"),
    ("evaluations: 3", "evaluations: BIG", "training: evaluations: \(most) expected, BIG found"),
    (
      "grid: {", "grid: {warmup: [BIG], ", "grid: warm-up: \(most) steps expected, BIG found"
    ),
    (
      "evaluations: 3", "augmentation: {cropPadding: BIG}",
      "teacher: crop padding: at most 4096 pixels expected, BIG found"
    ),
    (
      "like: student,", "like: student, relaxSteps: BIG,",
      "arm noise: optimizer state: relaxSteps: \(most) expected, BIG found"
    ),
  ]

  @Test(arguments: planned)
  func numbersOfComparisonsAreBoundedToo(
    old: String, new: String, sentence: String
  ) async throws {
    for number in [1 << 62, Int.max] {
      try workplace.write(
        CompareTests.plan.replacingOccurrences(
          of: old, with: new.replacingOccurrences(of: "BIG", with: "\(number)")), to: "plan.yml")
      let run = try await workplace.net2net(
        "compare", "plan.yml", "--data", "idx:stripes", "-o", "out", "--dry-run")
      #expect(run.exitCode == 1)
      #expect(
        run.errors
          == "net2net: plan.yml: \(sentence.replacingOccurrences(of: "BIG", with: "\(number)"))\n")
    }
  }
}
