import Foundation
import TestSupport
import Testing

/// What can be seen of a run: TensorBoard, the terminal.
@Suite(.requiresTorch) struct WatchingTests {
  let workplace: Workplace

  init() async throws {
    workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 400, test: 100)
    try await workplace.succeed("new", "mlp", "-o", "net.onnx", "--width-factor", "0.1")
    try workplace.write(
      """
      steps:
        - at: epoch 1
          growths: [{widen: {all: 2x}}]
        - at: epoch 2
          growths: [{deepen: {all: true}}]
          learningRate: tenth
      """, to: "plan.yml")
  }

  static let arguments = [
    "train", "net.onnx", "--data", "idx:stripes", "-o", "run", "--threads", "1", "--batch-size",
    "20", "--grow", "plan.yml",
  ]

  private struct Shown: Decodable {
    struct Session: Decodable {
      var name: String
      var status: String
      var metrics: [String: Double]
    }

    var scalars: [String: [String: [[Double]]]]
    var texts: [String: [String: [Text]]]
    var sessions: [Session]

    struct Text: Decodable {
      var step: Int
      var text: String

      init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        step = try container.decode(Int.self)
        text = try container.decode(String.self)
      }
    }
  }

  private func shown(_ run: String = "run") async throws -> (Shown, json: [String: Any]) {
    let text = try await Python.run(
      oracle: "read_tensorboard.py", workplace.path("\(run)/tensorboard"))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return (
      try JSONDecoder().decode(Shown.self, from: Data(text.utf8)),
      try #require(object as? [String: Any])
    )
  }

  private func lines(_ kind: String) throws -> [[String: Any]] {
    let text = String(decoding: try workplace.contents("run/metrics.jsonl"), as: UTF8.self)
    return try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }.filter { $0["kind"] as? String == kind }
  }

  /// TensorBoard keeps 32 bits.
  private func expectLogged(
    _ tag: String, _ kind: String, _ key: String, in shown: Shown, run: String = ".",
    from first: Int = 0
  ) throws {
    let expected = try lines(kind).compactMap { line -> [Double]? in
      guard let step = line["step"] as? Int, step >= first, let value = line[key] as? Double
      else { return nil }
      return [Double(step), Double(Float(value))]
    }
    #expect(!expected.isEmpty)
    #expect(shown.scalars[run]?[tag] == expected, "\(run) \(tag)")
  }

  @Test(.requiresPython) func tensorBoardShowsTheRunAndItsGrowths() async throws {
    try await workplace.succeed(Self.arguments + ["--epochs", "3"])
    let (shown, json) = try await shown()
    try expectLogged("training/loss", "training", "loss", in: shown)
    try expectLogged("training/learning_rate", "training", "learningRate", in: shown)
    try expectLogged("training/gradient_norm", "training", "gradientNorm", in: shown)
    try expectLogged("test/accuracy", "evaluation", "accuracy", in: shown)
    // Growth 1 had one evaluation before growth 2; it was told of while it was the last.
    #expect(shown.scalars["growth-1"]?["test/accuracy"]?.map(\.first) == [40])
    try expectLogged(
      "test/accuracy", "evaluation", "accuracy", in: shown, run: "growth-2", from: 41)
    #expect(Set(shown.scalars.keys) == [".", "growth-1", "growth-2"])

    let parameters = try lines("growth").compactMap { line -> [Int]? in
      let growth = line["growth"] as? [String: Any]
      return ["before", "after"].compactMap {
        (growth?[$0] as? [String: Any])?["parameters"] as? Int
      }
    }
    #expect(parameters.count == 2)
    let sizes = try #require(shown.scalars["."]?["network/parameters"])
    #expect(sizes.first == [0, Double(parameters[0][0])])
    // The line of the step at which a network grows is of what it was.
    #expect(sizes.first { $0[0] == 20 }?[1] == Double(parameters[0][0]))
    #expect(sizes.first { $0[0] == 30 }?[1] == Double(parameters[0][1]))
    #expect(sizes.last?[1] == Double(parameters[1][1]))

    let text = try #require(shown.texts["."]?["growth/1"]?.first)
    #expect(text.step == 20)
    #expect(text.text.hasPrefix("Growth 1 at step 20, epoch 1.0: exact, largest relative"))
    #expect(text.text.contains("| parameters | \(parameters[0][0]) | \(parameters[0][1]) |"))
    #expect(text.text.contains("\"widen\""))

    let sessions = try #require(json["sessions"] as? [[String: Any]])
    let byName = Dictionary(
      uniqueKeysWithValues: sessions.compactMap { session in
        (session["name"] as? String).map { ($0, session["hparams"] as? [String: Any] ?? [:]) }
      })
    #expect(Set(byName.keys) == [".", "growth-1", "growth-2"])
    #expect(byName["."]?["batch size"] as? Double == 20 && byName["."]?["growth"] == nil)
    #expect(byName["growth-2"]?["batch size"] as? Double == 20)
    #expect(byName["growth-2"]?["growth"] as? Double == 2)
    #expect(byName["growth-2"]?["growth learning rate"] as? String == "tenth")
    #expect(byName["growth-1"]?["parameters after"] as? Double == Double(parameters[0][1]))
    #expect(shown.sessions.allSatisfy { $0.status == "STATUS_SUCCESS" })
    let last = shown.sessions.first { $0.name == "growth-2" }
    #expect(last?.metrics["test/accuracy"] == shown.scalars["growth-2"]?["test/accuracy"]?.last?[1])
  }

  @Test(.requiresPython) func runThatWasKilledShowsNoStepTwice() async throws {
    let killed = try await workplace.net2net(
      Self.arguments + ["--epochs", "40", "--checkpoint-every", "20", "--evaluate-every", "5"],
      interruptedOnceExists: "run/checkpoints/step-000000060", by: "KILL")
    #expect(killed.exitCode == 137)
    // So that there are steps to be forgotten, and others to be said again: step 40 has a training
    // line, an evaluation and a growth.
    let checkpoints = workplace.path("run/checkpoints")
    let newest = try #require(
      try FileManager.default.contentsOfDirectory(atPath: checkpoints).sorted().last)
    try FileManager.default.removeItem(atPath: "\(checkpoints)/\(newest)")
    // As if the writer had died in the middle of a line and of a record.
    let folder = workplace.path("run/tensorboard")
    let file = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder)
        .first { $0.hasPrefix("events") })
    for (path, part) in [
      ("\(folder)/\(file)", Data([24, 0, 0])),
      (workplace.path("run/metrics.jsonl"), Data("{".utf8)),
    ] {
      try (Data(contentsOf: URL(filePath: path)) + part).write(to: URL(filePath: path))
    }
    try await workplace.succeed("train", "--resume", "run", "--threads", "1", "--epochs", "8")
    let (shown, _) = try await shown()
    for (run, tags) in shown.scalars {
      for (tag, points) in tags {
        let steps = points.map { $0[0] }
        #expect(steps == Array(Set(steps)).sorted(), "\(run) \(tag)")
      }
    }
    try expectLogged("training/loss", "training", "loss", in: shown)
    try expectLogged("test/loss", "evaluation", "loss", in: shown)
    #expect(
      try lines("training").map { $0["step"] as? Int }
        == Array(stride(from: 10, through: 160, by: 10)))
    #expect(try lines("start").count == 2)
    #expect(shown.texts["."]?["growth/2"]?.map(\.step) == [40])
  }

  @Test func tensorBoardIsNotToldUnlessWanted() async throws {
    try await workplace.succeed(Self.arguments.dropLast(2) + ["--steps", "2", "--no-tensorboard"])
    #expect(!workplace.exists("run/tensorboard"))
  }

  @Test func eventsThatCannotBeWrittenAreToldAndTrainingGoesOn() async throws {
    try await workplace.succeed(Self.arguments.dropLast(2) + ["--steps", "2", "--no-tensorboard"])
    try workplace.write("", to: "run/tensorboard")
    let run = try await workplace.net2net("train", "--resume", "run", "--steps", "4")
    #expect(run.exitCode == 0)
    #expect(
      run.sentence.hasPrefix("step 2: left out: run/tensorboard: cannot be written: "),
      "\(run.sentence)")
    #expect(run.sentence.hasSuffix("; TensorBoard is told no more of this run"))
    #expect(try lines("training").last?["step"] as? Int == 4)
  }

  @Test func commandIsLoggedAsAShellTakesIt() async throws {
    try await workplace.succeed(
      "train", "net.onnx", "--data", "idx:stripes", "-o", "a run", "--steps", "1")
    let text = String(decoding: try workplace.contents("a run/metrics.jsonl"), as: UTF8.self)
    #expect(
      text.contains(#""command":"net2net train net.onnx --data idx:stripes -o 'a run' --steps 1""#))
  }

  /// A terminal of 90 columns, and what a run writes to it.
  private static let terminal = """
    import fcntl, os, pty, struct, sys, termios
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(sys.argv[1])
        fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 90, 0, 0))
        os.execv(sys.argv[2], sys.argv[2:])
    written = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    os.waitpid(child, 0)
    sys.stdout.buffer.write(written)
    """

  @Test(.requiresPython) func terminalShowsLossRateThroughputAndTimeLeft() async throws {
    func lines(_ arguments: [String]) async throws -> [String] {
      let program = Workplace.built("net2net")
      let text = try await Python.run(
        Self.terminal, [workplace.folder, program] + arguments)
      return text.replacingOccurrences(of: "\r\n", with: "\n")
        .split { "\n\r".contains($0) }.map { $0.replacingOccurrences(of: "\u{1B}[K", with: "") }
        .filter { $0.contains("%  ") && $0.contains("left") || $0.contains("grown") }
    }
    let first = try await lines(Self.arguments + ["--epochs", "3"])
    let bar =
      /epoch \d\.\d of \d\.\d [━╌]+ \d+ %  loss \d\.\d+, rate [\d.e-]+, [\d,]+ samples\/s, [\d.]+ s left/
    #expect(first.contains { $0.wholeMatch(of: bar) != nil }, "\(first)")
    #expect(first.allSatisfy { $0.contains("grown") || $0.count < 90 })
    // Right after a growth too.
    let grown = try #require(first.firstIndex { $0.contains("grown") })
    #expect(first[(grown + 1)...].first?.wholeMatch(of: bar) != nil)
    let taken = try await lines(["train", "--resume", "run", "--epochs", "4", "--threads", "1"])
    #expect(taken.contains { $0.wholeMatch(of: bar) != nil }, "\(taken)")
  }
}
