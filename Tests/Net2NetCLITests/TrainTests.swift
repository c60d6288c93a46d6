import Foundation
import Net2Net
import Net2NetFiles
import TestSupport
import Testing

@Suite(.requiresTorch) struct TrainTests {
  let workplace: Workplace

  init() async throws {
    workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 400, test: 100)
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.1")
  }

  private func train(_ arguments: String...) async throws -> Run {
    try await workplace.net2net(
      ["train", "net.onnx", "--data", "idx:stripes", "-o", "run", "--threads", "1"] + arguments)
  }

  private func metrics() throws -> [[String: Any]] {
    let text = String(decoding: try workplace.contents("run/metrics.jsonl"), as: UTF8.self)
    return try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private func lastAccuracy() throws -> Double? {
    try metrics().last { $0["kind"] as? String == "evaluation" }?["accuracy"] as? Double
  }

  @Test func runLearnsAndLeavesItsFiles() async throws {
    let run = try await train("--epochs", "3", "--batch-size", "20")
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output == "run/network.onnx: accuracy 100.0 %\n")
    // Away from a terminal, a line for each evaluation.
    #expect(run.errors.split(separator: "\n").count == 4)
    #expect(run.errors.contains("epoch 3.0 of 3.0  step 60  accuracy 100.0 %"))
    #expect(try lastAccuracy() == 1)
    let evaluation = try await workplace.succeed(
      "evaluate", "run/network.onnx", "--data", "idx:stripes")
    #expect(evaluation.hasPrefix("run/network.onnx: accuracy 100.00 %, loss "))
  }

  static let plan = """
    steps:
      - at: epoch 1
        growths: [{widen: {all: 2x}}]
        relaxSteps: 5
    """

  @Test func planGrowsTheNetworkWhileItLearns() async throws {
    try workplace.write(Self.plan, to: "plan.yml")
    let run = try await train("--epochs", "2", "--batch-size", "20", "--grow", "plan.yml")
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors.contains("step 20  grown: widen every width to 2x"), "\(run.errors)")
    #expect(try metrics().filter { $0["kind"] as? String == "growth" }.count == 1)
    // The receipt makes the student again from the teacher that was left beside it.
    try await workplace.succeed(
      "grow", "run/growth-1.teacher.onnx", "--plan", "run/growth-1.receipt.json", "-o",
      "student.onnx")
    let longer = try await workplace.net2net(
      ["train", "--resume", "run", "--epochs", "3", "--grow", "plan.yml"])
    #expect(longer.exitCode == 0, "\(longer.errors)")
    #expect(longer.errors.contains("epoch 3.0 of 3.0"))
    try workplace.write(
      Self.plan.replacingOccurrences(of: "2x", with: "3x"), to: "other.yml")
    let other = try await workplace.net2net(
      ["train", "--resume", "run", "--grow", "other.yml"])
    #expect(other.exitCode == 1)
    #expect(
      other.sentence.hasPrefix("net2net: the run cannot be gone on with: growth 1 of the plan: "))
  }

  /// While it goes on: nobody begins, overwrites or goes on with the same run. When it is killed,
  /// nothing is in the way.
  @Test func runThatGoesOnIsNotTouched() async throws {
    let train = "$net2net train net.onnx --data idx:stripes -o run --threads 1 --batch-size 20"
    let run = try await workplace.shell(
      """
      \(train) --steps 1000000 --checkpoint-every 5 2>first.errors & first=$!
      for _ in $(seq 1200); do [ -e run/checkpoints/step-000000010 ] && break; sleep 0.1; done
      echo "process $first"
      \(train) --steps 5 2>&1; echo "code $?"
      \(train) --steps 5 --force 2>&1; echo "code $?"
      \(train) --steps 5 --continue 2>&1; echo "code $?"
      for _ in 1 2 3; do $net2net train --resume run 2>&1 & resumed+=($!); done
      for process in ${resumed[@]}; do wait $process; echo "code $?"; done
      $net2net report run -o page.html >/dev/null; echo "report $?"
      kill -0 $first && kill -KILL $first; wait $first
      $net2net train --resume run --steps 1 >/dev/null 2>&1; echo "resumed $?"
      """)
    let process = try #require(run.output.firstMatch(of: /process (\d+)/)).1
    let sentence =
      "net2net: run: is in use by process \(process); wait until it ends, or name another folder\n"
    // One that would begin anew is told of the run rather than of who writes to it.
    #expect(run.output.contains("net2net: run: holds a run already; "), "\(run.output)")
    #expect(run.output.components(separatedBy: sentence).count == 6, "\(run.output)")
    #expect(run.output.components(separatedBy: "code 1\n").count == 7, "\(run.output)")
    #expect(run.output.contains("report 0\n"), "\(run.output)")
    #expect(run.output.contains("resumed 0\n"), "\(run.output)")
  }

  @Test func changedDescriptionIsNotGoneOnWith() async throws {
    #expect(try await train("--steps", "2").exitCode == 0)
    let text = String(decoding: try workplace.contents("run/run.json"), as: UTF8.self)
    try workplace.write(
      text.replacingOccurrences(of: "\"batchSize\" : 128", with: "\"batchSize\" : 64"),
      to: "run/run.json")
    let run = try await workplace.net2net(["train", "--resume", "run", "--steps", "4"])
    #expect(run.exitCode == 1)
    #expect(
      run.sentence.hasPrefix(
        "net2net: run/run.json: has been changed since the run wrote it: SHA-256 "),
      "\(run.errors)")
  }

  @Test func dataWithOtherLabelsIsNotGoneOnWith() async throws {
    #expect(try await train("--steps", "2").exitCode == 0)
    var labels = try workplace.contents("stripes/train-labels-idx1-ubyte")
    labels[labels.endIndex - 1] = 3
    try labels.write(to: URL(filePath: workplace.path("stripes/train-labels-idx1-ubyte")))
    let run = try await workplace.net2net(["train", "--resume", "run", "--steps", "4"])
    #expect(run.exitCode == 1)
    #expect(
      run.sentence.hasPrefix(
        "net2net: the run cannot be gone on with: the samples or labels of the data: SHA-256 "),
      "\(run.errors)")
  }

  @Test func otherDataIsNotGoneOnWith() async throws {
    #expect(try await train("--steps", "2").exitCode == 0)
    try Stripes.write(to: workplace.path("others"), training: 300, test: 100)
    let run = try await workplace.net2net(
      ["train", "--resume", "run", "--data", "idx:others", "--steps", "4"])
    #expect(run.exitCode == 1)
    #expect(
      run.sentence.hasPrefix(
        "net2net: the run cannot be gone on with: the data: 400 training and 100 test samples"),
      "\(run.sentence)")
  }

  @Test func evaluationAsJSONCountsByClass() async throws {
    let text = try await workplace.succeed(
      "evaluate", "net.onnx", "--data", "idx:stripes", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    let root = try #require(object as? [String: Any])
    #expect(root["images"] as? Int == 100)
    let classes = try #require(root["classes"] as? [[String: Any]])
    #expect(classes.compactMap { $0["images"] as? Int } == Array(repeating: 10, count: 10))
  }

  @Test func sameSeedGivesTheSameNetwork() async throws {
    #expect(try await train("--steps", "10", "--seed", "4").exitCode == 0)
    let first = try workplace.contents("run/network.onnx")
    #expect(try await train("--steps", "10", "--seed", "4", "--force").exitCode == 0)
    #expect(try workplace.contents("run/network.onnx") == first)
  }

  @Test func networkForPhotographsLearnsGreyImagesWithANewHead() async throws {
    try await workplace.succeed(
      "new", "convnet", "-o", "photo.onnx", "--input", "3x32x32", "--classes", "100",
      "--width-factor", "0.5")
    let run = try await workplace.net2net([
      "train", "photo.onnx", "--data", "idx:stripes:size=32,channels=3", "--classes", "10", "-o",
      "run", "--epochs", "4", "--batch-size", "20",
    ])
    #expect(run.exitCode == 0, "\(run.errors)")
    let network = try Network(onnx: workplace.path("run/network.onnx"))
    #expect(try network.classCount() == 10)
    #expect(try #require(try lastAccuracy()) > 0.9)
    let receipt = try JSONDecoder().decode(
      Receipt.self, from: workplace.contents("run/classes.receipt.json"))
    #expect(receipt.grade == nil)
    #expect(receipt.steps.map(\.growth) == [.replaceClasses(ReplaceClasses(count: 10))])
    let again = try await workplace.net2net("train", "--resume", "run")
    #expect(again.exitCode == 0, "\(again.errors)")
  }

  @Test func asManyClassesKeepTheHead() async throws {
    #expect(try await train("--steps", "1", "--classes", "10").exitCode == 0)
    #expect(!workplace.exists("run/classes.receipt.json"))
  }

  /// In training form the exporter keeps dropout, in evaluation form it leaves it out.
  @Test(.requiresPython, arguments: ["TRAINING", "PRESERVE"])
  func exportedNetworkTrainsWithDropoutOrWithout(form: String) async throws {
    _ = try await Python.run(
      """
      import sys, warnings, torch
      from torch import nn
      warnings.filterwarnings("ignore")
      torch.manual_seed(0)
      model = nn.Sequential(
          nn.Conv2d(1, 8, 3, stride=2, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(),
          nn.Dropout(0.2), nn.Linear(8 * 13 * 13, 10))
      form = getattr(torch.onnx.TrainingMode, sys.argv[2])
      torch.onnx.export(
          model.train(sys.argv[2] == "TRAINING"), (torch.randn(2, 1, 28, 28),), sys.argv[1],
          dynamo=False, training=form, do_constant_folding=sys.argv[2] == "PRESERVE",
          input_names=["input"], dynamic_axes={"input": {0: "N"}})
      """, workplace.path("exported.onnx"), form)
    let nodes = try Network(onnx: workplace.path("exported.onnx")).graph.nodes
    #expect(nodes.contains { $0.operation.definition.name == "BatchNormalization" })
    #expect(nodes.contains { $0.operation.definition.name == "Dropout" } == (form == "TRAINING"))
    try await workplace.succeed("widen", "exported.onnx", "-o", "wide.onnx", "--all", "1.5x")
    let run = try await workplace.net2net([
      "train", "wide.onnx", "--data", "idx:stripes", "-o", "run", "--epochs", "3", "--batch-size",
      "20",
    ])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(try lastAccuracy() == 1)
  }

  @Test func existingRunIsNotOverwritten() async throws {
    #expect(try await train("--steps", "1").exitCode == 0)
    let again = try await train("--steps", "1")
    #expect(again.exitCode == 1)
    #expect(again.sentence.hasPrefix("net2net: run: holds a run already; "))
  }

  @Test func runThatCannotBeginLeavesNothingInTheWay() async throws {
    #if os(macOS)
      let absent = "cuda"
    #else
      let absent = "mps"
    #endif
    let failed = try await train("--steps", "1", "--device", absent)
    #expect(failed.exitCode == 1)
    #expect(failed.sentence.hasPrefix("net2net: device \"\(absent)\": not present on this machine"))
    #expect(failed.errors.split(separator: "\n").count == 1, "\(failed.errors)")
    #expect(try await train("--steps", "1").exitCode == 0)
  }

  @Test func interruptedRunSavesAndGoesOnToTheSameEnd() async throws {
    #expect(try await train("--epochs", "4", "--seed", "2").exitCode == 0)
    let whole = try workplace.contents("run/network.onnx")
    let arguments = [
      "train", "net.onnx", "--data", "idx:stripes", "-o", "cut", "--threads", "1", "--epochs",
      "4", "--seed", "2",
    ]
    let cut = try await workplace.net2net(arguments, interruptedOnceExists: "cut/metrics.jsonl")
    // A fast machine may be done before the signal comes.
    if cut.exitCode == 130 {
      #expect(cut.output.contains("to go on: net2net train --resume cut\n"))
      try await workplace.succeed("train", "--resume", "cut", "--threads", "1")
    } else {
      #expect(cut.exitCode == 0)
    }
    #expect(try workplace.contents("cut/network.onnx") == whole)
  }

  /// The network has 10,527 parameters: 42 kB, and as many of momentum.
  @Test func fileThatMayNotGrowAnyLargerIsNamedAsItWouldBeCalled() async throws {
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.05", "--force")
    let arguments = ["train", "net.onnx", "--data", "idx:stripes", "-o", "run", "--steps", "2"]
    let refused = try await workplace.net2net(arguments, largestFile: 30)
    #expect(refused.exitCode == 1)
    #expect(
      refused.errors.hasSuffix(
        "net2net: run/checkpoints/step-000000002/network.onnx: cannot be written: the file would be "
          + "larger than this system or user may write\n"), "\(refused.errors)")
    let checkpoints = try FileManager.default.contentsOfDirectory(
      atPath: workplace.path("run/checkpoints"))
    #expect(checkpoints == [])
    let new = try await workplace.net2net(["new", "mlp", "-o", "big.onnx"], largestFile: 30)
    #expect(new.exitCode == 1)
    #expect(
      new.errors
        == "net2net: big.onnx: cannot be written: the file would be larger than this system or user "
        + "may write\n")
    #expect(!workplace.exists("big.onnx"))
    try workplace.write(
      "a,b,kind\n" + (0..<3000).map { "\($0),\($0 % 7),\($0 % 2)\n" }.joined(), to: "t.csv")
    let table = try await workplace.net2net(
      ["new", "mlp", "-o", "big.onnx", "--data", "csv:t.csv"], largestFile: 30)
    #expect(
      table.errors
        == "net2net: a temporary file in \(FileManager.default.temporaryDirectory.path): cannot be "
        + "written: the file would be larger than this system or user may write; TMPDIR names "
        + "another folder\n")
  }

  /// Two hidden layers of 256 units keep 2 kB of each sample.
  @Test func aBatchThatMemoryDoesNotHoldIsRefusedBeforeTheFirstStep() async throws {
    try workplace.write(
      "a,b,kind\n" + (0..<5000).map { "\($0),\($0 % 7),\($0 % 2)\n" }.joined(), to: "t.csv")
    try await workplace.succeed("new", "mlp", "-o", "table.onnx", "--data", "csv:t.csv")
    let words = ["train", "table.onnx", "--data", "csv:t.csv", "-o", "table", "--steps", "2"]
    let limit = ["NET2NET_MEMORY=6MB"]
    let refused = try await workplace.net2net(
      words + ["--batch-size", "3000"], environment: limit)
    #expect(refused.exitCode == 1)
    #expect(
      refused.errors.hasPrefix("net2net: about ")
        && refused.errors.contains(
          " MB of memory are needed at node \"head\", and NET2NET_MEMORY allows 6.0 MB; the largest value is "
        ),
      "\(refused.errors)")
    #expect(!workplace.exists("table/metrics.jsonl"))
    let taken = try await workplace.net2net(words + ["--batch-size", "100"], environment: limit)
    #expect(taken.exitCode == 0, "\(taken.errors)")
  }

  static let misuses: [([String], String)] = [
    (["train"], "net2net: a network expected, or --resume"),
    (["train", "net.onnx"], "net2net: --data expected: what to learn"),
    (
      ["train", "net.onnx", "--data", "idx:stripes"],
      "net2net: -o expected: the folder of the run"
    ),
    (
      ["train", "net.onnx", "--data", "idx"],
      "net2net: data \"idx\": fashion-mnist, idx:DIR, cifar10:DIR, folder:DIR, csv:FILE, npz:FILE or text:FILE expected; did you mean "
        + "idx:DIR?"
    ),
    (
      ["train", "-o", "x", "--resume", "run"],
      "net2net: --resume takes its folder and classes from the run"
    ),
    (
      ["train", "net.onnx", "--optimizer", "sdg"],
      "net2net: optimizer \"sdg\" is not known; did you mean sgd?"
    ),
    (
      ["train", "net.onnx", "--schedule", "cosinus"],
      "net2net: schedule \"cosinus\" is not known; did you mean cosine?"
    ),
    (["train", "net.onnx", "--epochs", "0"], "net2net: epochs: 1 or more expected, 0 found"),
    (
      ["train", "net.onnx", "--epochs", "1", "--steps", "1"],
      "net2net: either --epochs or --steps"
    ),
    (
      ["train", "net.onnx", "--learning-rate", "0"],
      "net2net: learning rate: > 0 expected, 0.0 found"
    ),
    (["evaluate", "net.onnx"], "net2net: Missing expected argument '--data <data>'"),
  ]

  @Test(arguments: misuses)
  func misuseEndsWithTwo(arguments: [String], sentence: String) async throws {
    let run = try await workplace.net2net(arguments)
    #expect(run.exitCode == 2)
    #expect(run.sentence == sentence)
  }

  @Test func missingDataIsOneSentence() async throws {
    let run = try await workplace.net2net("evaluate", "net.onnx", "--data", "idx:nowhere")
    #expect(run.exitCode == 1)
    #expect(run.errors.split(separator: "\n").count == 1)
    #expect(run.sentence.contains("nowhere"))
  }

  @Test func networkThatDoesNotSuitTheDataIsRefused() async throws {
    try await workplace.succeed(
      "new", "mlp", "-o", "small.onnx", "--width-factor", "0.1", "--input", "1x8x8")
    let run = try await workplace.net2net("evaluate", "small.onnx", "--data", "idx:stripes")
    #expect(run.exitCode == 1)
    #expect(
      run.errors
        == "net2net: the network's input \"input\": float32(N, 1, 28, 28), for images "
        + "(1, 28, 28), expected, float32(N, 1, 8, 8) found\n")
  }
}
