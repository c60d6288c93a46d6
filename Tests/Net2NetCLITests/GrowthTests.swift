import Foundation
import Net2Net
import Net2NetFiles
import OrderedCollections
import TestSupport
import Testing

@Suite(.requiresTorch) struct GrowthTests {
  let workplace: Workplace

  init() async throws {
    workplace = try Workplace()
    try await workplace.succeed("new", "convnet", "-o", "net.onnx", "--width-factor", "0.25")
  }

  private func receipt(_ name: String) throws -> Receipt {
    try JSONDecoder().decode(Receipt.self, from: workplace.contents(name))
  }

  private func shape(of parameter: String, in file: String) throws -> Shape? {
    try Network(onnx: workplace.path(file)).parameters[parameter]?.shape
  }

  @Test func widenedNetworkIsVerifiedAndHasAReceipt() async throws {
    let output = try await workplace.succeed(
      "widen", "net.onnx", "-o", "wide.onnx", "--width", "conv1=6", "--width", "conv2=1.5x")
    #expect(output.contains("wide.onnx: exact; "))
    #expect(try shape(of: "conv2.weight", in: "wide.onnx") == [12, 6, 3, 3])
    let receipt = try receipt("wide.receipt.json")
    #expect(receipt.grade == .exact)
    #expect(receipt.producer == "net2net 0.1.0")
    let student = try Network(onnx: workplace.path("wide.onnx"))
    #expect(receipt.student.sha256 == (try Digest(of: student).description))
    try await workplace.succeed("verify", "net.onnx", "wide.onnx")
  }

  @Test func exportReadsOriginsFromTheReceiptWhereTheFileHasNone() async throws {
    try await workplace.succeed("export", "net.onnx", "-o", "net.safetensors")
    try await workplace.succeed(
      "deepen", "net.onnx", "-o", "deep.onnx", "--after", "relu1", "--no-batch-norm", "--no-verify")
    var student = try Network(onnx: workplace.path("deep.onnx"))
    #expect(!student.origins.isEmpty)
    student.origins = Origins()
    try student.writeONNX(to: workplace.path("deep.onnx"), overwriting: true)
    let arguments = [
      "export", "deep.onnx", "-o", "deep.safetensors", "--names", "net.safetensors",
      "--exported-as", "net.onnx", "--force",
    ]
    let exported = try await workplace.net2net(arguments)
    #expect(exported.exitCode == 0 && exported.output.contains("_deeper"), "\(exported)")
    try FileManager.default.removeItem(atPath: workplace.path("deep.receipt.json"))
    let failure = try await workplace.net2net(arguments)
    #expect(failure.exitCode == 1)
    #expect(failure.errors.contains("does not say where it came from"), "\(failure.errors)")
  }

  @Test func receiptReplaysToTheSameBytes() async throws {
    try await workplace.succeed(
      "widen", "net.onnx", "-o", "wide.onnx", "--all", "1.7x", "--map", "random", "--seed", "5")
    try await workplace.succeed(
      "grow", "net.onnx", "--plan", "wide.receipt.json", "-o", "again.onnx")
    #expect(try workplace.contents("again.onnx") == workplace.contents("wide.onnx"))
  }

  @Test func targetIsMetFromBelow() async throws {
    try await workplace.succeed(
      "widen", "net.onnx", "-o", "wide.onnx", "--target-parameters", "12k")
    let count = try receipt("wide.receipt.json").student.cost.parameters
    #expect((11_000...12_000).contains(count))
  }

  @Test func insertedLayerWithoutBatchNormNeedsNoData() async throws {
    let output = try await workplace.succeed(
      "deepen", "net.onnx", "-o", "deep.onnx", "--after", "relu3", "--no-batch-norm",
      "--kernel", "1x3", "--kernel", "3x1")
    #expect(output.contains("deep.onnx: "))
    let nodes = try Network(onnx: workplace.path("deep.onnx")).graph.nodes
    #expect(nodes.count { $0.operation.definition.name == "Conv" } == 6)
    try await workplace.succeed("verify", "net.onnx", "deep.onnx", "--both-modes")
  }

  @Test func insertedBatchNormAsksForData() async throws {
    let run = try await workplace.net2net(
      "deepen", "net.onnx", "-o", "deep.onnx", "--after", "relu3")
    #expect(run.exitCode == 1)
    #expect(
      run.errors
        == "net2net: a batch norm inserted at \"relu3\" needs the statistics of what it will "
        + "see; give --data SPEC to measure them, or leave it out with --no-batch-norm\n")
    #expect(!workplace.exists("deep.onnx"))
  }

  @Test func blockIsRepeated() async throws {
    try await workplace.succeed("new", "resnet", "-o", "res.onnx", "--width-factor", "0.25")
    try await workplace.succeed(
      "deepen", "res.onnx", "-o", "deep.onnx", "--repeat", "stage1.block1=3")
    let nodes = try Network(onnx: workplace.path("deep.onnx")).graph.nodes
    #expect(nodes.count { $0.operation.definition.name == "Add" } == 5)
  }

  @Test func planIsCarriedOutInOrder() async throws {
    try workplace.write(
      """
      seed: 7
      growths:
        - widen: {widths: {conv1: 8}, symmetry: zero}
        - growKernel: {node: conv1, kernel: 5x5}
        - addClasses: {count: 2}
      """, to: "plan.yml")
    let output = try await workplace.succeed(
      "grow", "net.onnx", "--plan", "plan.yml", "-o", "big.onnx")
    #expect(output.contains("1. widen conv1 to 8, symmetry zero"))
    #expect(output.contains("2. grow the kernel of conv1 to 5x5"))
    #expect(output.contains("3. add 2 classes"))
    #expect(try shape(of: "conv1.weight", in: "big.onnx") == [8, 1, 5, 5])
    #expect(try shape(of: "head.bias", in: "big.onnx") == [12])
    #expect(try receipt("big.receipt.json").seed == 7)
  }

  @Test func dryRunShowsSizesAndWritesNothing() async throws {
    let output = try await workplace.succeed(
      "widen", "net.onnx", "-o", "wide.onnx", "--all", "2x", "--dry-run")
    let lines = output.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    #expect(lines.contains("conv2.weight (8, 4, 3, 3) (16, 8, 3, 3)"))
    #expect(!workplace.exists("wide.onnx") && !workplace.exists("wide.receipt.json"))
  }

  @Test func dryRunShowsEachLayersCostAndMemory() async throws {
    let arguments = ["widen", "net.onnx", "-o", "wide.onnx", "--all", "2x", "--except", "conv1"]
    let output = try await workplace.succeed(arguments + ["--dry-run"])
    let lines = output.split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ")
    }
    // 8 → 16 filters of 4 × 3 × 3, with biases or norms on their own lines.
    #expect(lines.contains { $0.hasPrefix("conv2 Conv ") })
    #expect(lines.contains { $0.hasPrefix("total 3,646 ") })
    #expect(lines.contains { $0.hasPrefix("memory: 14.6 kB → ") })
    let text = try await workplace.succeed(arguments + ["--dry-run", "--json"])
    let dryRun = try JSONDecoder().decode(ReadDryRun.self, from: Data(text.utf8))
    let conv2 = try #require(dryRun.layers.first { $0.name == "conv2" })
    #expect(conv2.after.multiplyAdds == 2 * (try #require(conv2.before?.multiplyAdds)))
    #expect(dryRun.before.parameters == 3_646)
    #expect(dryRun.after.parameters == dryRun.layers.reduce(0) { $0 + $1.after.parameters })
    #expect(!workplace.exists("wide.onnx"))
  }

  private struct ReadDryRun: Decodable {
    struct Layer: Decodable {
      var name: String
      var before: Cost?
      var after: Cost
    }

    var before: Cost
    var after: Cost
    var layers: [Layer]
  }

  @Test func planTakesGoalsForWholeNetworks() async throws {
    try workplace.write(
      "growths:\n  - widen: {targetMacs: 1M, roundTo: 4, except: [conv1]}\n", to: "plan.yml")
    let output = try await workplace.succeed(
      "grow", "net.onnx", "--plan", "plan.yml", "-o", "big.onnx")
    #expect(output.contains("1. widen every width, but not of conv1 to "))
    let cost = try receipt("big.receipt.json").student.cost
    #expect((700_000...1_000_000).contains(cost.multiplyAdds))
    #expect(try shape(of: "conv1.weight", in: "big.onnx")?[0] == 4)
  }

  @Test func baselineIsLabelledAsNotPreserving() async throws {
    try workplace.write("growths:\n  - randomPad: {all: 2x}\n", to: "plan.yml")
    let output = try await workplace.succeed(
      "grow", "net.onnx", "--plan", "plan.yml", "-o", "pad.onnx")
    #expect(output.contains("not verified: this growth does not keep the function"))
    #expect(try receipt("pad.receipt.json").grade == nil)
    let run = try await workplace.net2net("verify", "net.onnx", "pad.onnx")
    #expect(run.exitCode == 3)
    #expect(run.sentence.contains("pad.onnx: does not compute its teacher's function"))
  }

  @Test func noiseIsApproximateAndSaysByHowMuch() async throws {
    let output = try await workplace.succeed(
      "widen", "net.onnx", "-o", "noisy.onnx", "--all", "2x", "--symmetry", "noise")
    #expect(output.contains("noisy.onnx: approximate; largest relative difference "))
  }

  @Test func existingReceiptIsRefusedBeforeTheGrowth() async throws {
    try workplace.write("precious", to: "wide.receipt.json")
    let run = try await workplace.net2net("widen", "net.onnx", "-o", "wide.onnx", "--all", "2x")
    #expect(run.exitCode == 1)
    #expect(
      run.errors
        == "net2net: wide.receipt.json: exists already; give another name, or --force to "
        + "overwrite it\n")
    #expect(!workplace.exists("wide.onnx"))
  }

  static let failures: [([String], String)] = [
    (
      ["--width", "conv11=64"],
      "net2net: there is no width \"conv11\"; did you mean \"conv1\" or \"conv2\" or \"conv3\"?"
    ),
    (
      ["--width", "head=64"],
      "net2net: width \"head\" is pinned: it is the graph's output \"output\""
    ),
    (["--width", "conv1=2"], "net2net: width \"conv1\" has 4; 2 would not be a growth"),
    (
      ["--target-parameters", "10"],
      "net2net: a target of 10 parameters cannot be met: the network has 3646"
    ),
    (
      ["--all", "2x", "--except", "conv11"],
      "net2net: the pattern \"conv11\" matches no width; did you mean \"conv1\" or \"conv2\" "
        + "or \"conv3\"?"
    ),
  ]

  @Test(arguments: failures)
  func impossibleWideningEndsWithOne(arguments: [String], sentence: String) async throws {
    let run = try await workplace.net2net(
      ["widen", "net.onnx", "-o", "wide.onnx"] + arguments)
    #expect(run.exitCode == 1)
    #expect(run.errors == sentence + "\n")
    #expect(!workplace.exists("wide.onnx"))
  }

  static let misuses: [([String], String)] = [
    (
      ["widen"],
      "net2net: nothing to widen; give --width, --all, --target-parameters or --target-macs"
    ),
    (
      ["widen", "--all", "2x", "--target-macs", "1M"],
      "net2net: either --all or a target, not both"
    ),
    (
      ["widen", "--width", "conv1=8", "--only", "conv1"],
      "net2net: --only and --except choose for --all or a target; give one of them"
    ),
    (
      ["deepen", "--after", "relu1", "--only", "relu1"],
      "net2net: --only and --except choose for --all; give it too"
    ),
    (
      ["widen", "--width", "conv1"],
      "net2net: width \"conv1\": a name and a size expected, such as conv1=64 or conv1=1.5x"
    ),
    (
      ["widen", "--all", "2"],
      "net2net: all \"2\": a factor above 1 expected, such as 1.5x"
    ),
    (
      ["widen", "--all", "2x", "--symmetry", "antithetical"],
      "net2net: symmetry \"antithetical\" is not known; did you mean \"antithetic\"?"
    ),
    (
      ["widen", "--all", "2x", "--map", "rnd"],
      "net2net: map \"rnd\" is not known; known are balanced, random"
    ),
    (
      ["widen", "--all", "2x", "--device", "cuba"],
      "net2net: device \"cuba\" is not known; did you mean cuda?"
    ),
    (
      ["widen", "--target-parameters", "many"],
      "net2net: target-parameters \"many\": a number expected, such as 20M or 350k"
    ),
    (["deepen"], "net2net: nothing to deepen; give --after, --all or --repeat"),
    (
      ["deepen", "--after", "relu1", "--kernel", "big"],
      "net2net: kernel \"big\": sizes expected, such as 3x3 or 1x7"
    ),
    (
      ["deepen", "--repeat", "block"],
      "net2net: repeat \"block\": a block and a number of 2 or more expected, such as block1=2"
    ),
  ]

  @Test(arguments: misuses)
  func misuseEndsWithTwo(arguments: [String], sentence: String) async throws {
    let run = try await workplace.net2net(
      [arguments[0], "net.onnx", "-o", "x.onnx"] + arguments.dropFirst())
    #expect(run.exitCode == 2)
    #expect(run.sentence == sentence)
  }

  static let plans: [(String, String)] = [
    (
      "growths: [{widen: {symetry: zero}}]",
      "net2net: plan.yml: widen: unknown key \"symetry\"; did you mean \"symmetry\"?"
    ),
    (
      "growths: [{wider: {all: 2x}}]",
      "net2net: plan.yml: growth: unknown key \"wider\"; did you mean \"widen\"?"
    ),
    ("seed: 3", "net2net: plan.yml: plan: growths: a list of growths expected, nothing found"),
  ]

  @Test(arguments: plans)
  func misspeltPlanNamesTheNearestKey(plan: String, sentence: String) async throws {
    try workplace.write(plan, to: "plan.yml")
    let run = try await workplace.net2net("grow", "net.onnx", "--plan", "plan.yml", "-o", "x.onnx")
    #expect(run.exitCode == 1)
    #expect(run.errors == sentence + "\n")
  }

  @Test(arguments: ["growths: [", "- 1", "", "{\"a\": 1}"])
  func planThatIsNoneIsOneSentence(plan: String) async throws {
    try workplace.write(plan, to: "plan.yml")
    let run = try await workplace.net2net("grow", "net.onnx", "--plan", "plan.yml", "-o", "x.onnx")
    #expect(run.exitCode == 1)
    #expect(run.errors.hasPrefix("net2net: plan.yml: "))
  }

  @Test func missingPlanIsOneSentence() async throws {
    let run = try await workplace.net2net("grow", "net.onnx", "--plan", "no.yml", "-o", "x.onnx")
    #expect(run.exitCode == 1)
    #expect(run.errors == "net2net: no.yml: there is no such file\n")
  }

  /// Two dense layers with an operator between them that nobody here knows.
  private func writeForeignNetwork(to name: String) throws {
    let type = TensorType(.float32, [.symbolic("N"), 4])
    let nodes = [
      Node(name: "fc1", operation: .dense(Dense()), inputs: ["x", "w1"], outputs: ["h"]),
      Node(name: "relu", operation: .activation(Activation(.relu)), inputs: ["h"], outputs: ["r"]),
      Node(name: "fc2", operation: .dense(Dense()), inputs: ["r", "w2"], outputs: ["g"]),
      Node(
        name: "fold",
        operation: .opaque(
          OpaqueOperator(domain: "acme", type: "Fold", attributes: [], declaredOutputs: [type])),
        inputs: ["g"], outputs: ["y"]),
    ]
    let graph = Graph(
      name: "foreign", inputs: [ValueDeclaration("x", type)],
      outputs: [ValueDeclaration("y", type)], nodes: nodes)
    let weights = ["w1", "w2"].map { name in
      Parameter(name: name, elementType: .float32, shape: [4, 4], filling: .constant(0.5))
    }
    try Network(graph: graph, parameters: weights).writeONNX(to: workplace.path(name))
  }

  @Test func networkWithAForeignOperatorGrowsElsewhereUnverified() async throws {
    try writeForeignNetwork(to: "foreign.onnx")
    #expect(try await workplace.succeed("inspect", "foreign.onnx").contains("acme.Fold"))
    let refused = try await workplace.net2net(
      "widen", "foreign.onnx", "-o", "wide.onnx", "--width", "fc1=6")
    #expect(refused.exitCode == 1)
    #expect(
      refused.errors
        == "net2net: the growth cannot be verified: node \"fold\": operator acme.Fold is not one "
        + "that can be run here; --no-verify writes it unverified\n")
    #expect(!workplace.exists("wide.onnx"))
    try await workplace.succeed(
      "widen", "foreign.onnx", "-o", "wide.onnx", "--width", "fc1=6", "--no-verify")
    #expect(try shape(of: "w2", in: "wide.onnx") == [4, 6])
    let run = try await workplace.net2net(
      "widen", "foreign.onnx", "-o", "wider.onnx", "--width", "fc2=6")
    #expect(run.exitCode == 1)
    #expect(run.sentence.contains("\"fc2\" is pinned: ") && run.sentence.contains("acme.Fold"))
  }
}
