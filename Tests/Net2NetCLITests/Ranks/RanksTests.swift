import Foundation
import TestSupport
import Testing

/// Two processes that learn together, as their launchers start them.
@Suite(.requiresTorch, .tags(.slow), .serialized) struct RanksTests {
  /// Sums over a batch are rounded in another order.
  static let tolerance = 1e-9

  let workplace: Workplace

  init() async throws {
    workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 200, test: 51)
    try await workplace.succeed("new", "convnet", "-o", "net.onnx", "--width-factor", "0.25")
  }

  static func train(_ run: String, _ more: String = "") -> String {
    "train net.onnx --data idx:stripes -o \(run) --threads 1 --batch-size 25 --epochs 2 "
      + "--precision float64 --learning-rate 0.01 \(more)"
  }

  private func expectSameLosses(_ run: String, _ other: String) throws {
    let (found, expected) = (try workplace.losses(run), try workplace.losses(other))
    #expect(found.map(\.step) == expected.map(\.step) && found.count >= 3)
    for (found, expected) in zip(found, expected) {
      #expect(abs(found.loss - expected.loss) <= Self.tolerance, "step \(found.step)")
    }
  }

  @Test(arguments: [
    (Launcher.kubeflow, "RANK and WORLD_SIZE"), (Launcher.slurm, "Slurm"),
  ])
  func launchersRanksLearnAsOneProcess(_ told: String, _ name: String) async throws {
    try workplace.write(TrainTests.plan, to: "plan.yml")
    try await workplace.succeed(
      Self.train("one", "--grow plan.yml").split(separator: " ").map(String.init))
    let run = try await workplace.twoRanks(Self.train("two", "--grow plan.yml"), told: told)
    #expect(run.exitCodes == [0, 0], "\(run.errors)")
    #expect(run.errors[0].hasPrefix("2 ranks, told by \(name); they meet at "))
    #expect(run.errors[0].contains("grown: widen every width to 2x"))
    #expect(run.errors[1].isEmpty)
    #expect(run.output.contains("two/network.onnx: accuracy "))
    try expectSameLosses("two", "one")
  }

  @Test func textIsLearntAsByOneProcess() async throws {
    try workplace.write(String(repeating: "ranks learn what one learns. ", count: 200), to: "t.txt")
    try await workplace.succeed(
      "new", "gpt", "-o", "gpt.onnx", "--width-factor", "0.1", "--depth", "1", "--input", "16")
    func train(_ run: String) -> String {
      "train gpt.onnx --data text:t.txt:context=16 -o \(run) --threads 1 --batch-size 7 --steps 8 "
        + "--precision float64 --optimizer adamw"
    }
    try await workplace.succeed(train("one").split(separator: " ").map(String.init))
    let run = try await workplace.twoRanks(train("two"))
    #expect(run.exitCodes == [0, 0], "\(run.errors)")
    try expectSameLosses("two", "one")
  }

  @Test func runThatIsThereIsRankZerosToTell() async throws {
    let first = try await workplace.twoRanks(Self.train("two", "--steps 1").without("--epochs 2"))
    #expect(first.exitCodes == [0, 0], "\(first.errors)")
    let again = try await workplace.twoRanks(Self.train("two", "--steps 1").without("--epochs 2"))
    #expect(again.exitCodes == [1, 1])
    #expect(again.errors[0].contains("\nnet2net: rank 0: two: holds a run already; "))
    #expect(again.errors[1].isEmpty)
  }

  @Test func onlyRankZeroNeedsTheNetworkAndTheRun() async throws {
    let short = Self.train("two", "--steps 3").without("--epochs 2")
    #expect(try await workplace.twoRanks(short).exitCodes == [0, 0])
    // Rank 1 has a folder of its own, with the data alone.
    let script = """
      mkdir alone; cp -r stripes alone
      for rank in 0 1; do
        (if [ $rank = 1 ]; then cd alone; fi
        env \(Launcher.kubeflow) $net2net train --resume two --steps 6) 2>>errors & pids[$rank]=$!
      done
      for rank in 0 1; do wait ${pids[$rank]}; echo "code $?"; done
      """
    let run = try await workplace.shell(script)
    #expect(run.output.contains("two/network.onnx: accuracy "))
    #expect(run.output.components(separatedBy: "code 0").count == 3, "\(run.output)")
    #expect(try workplace.losses("two").last?.step == 6)
  }

  /// Fewer samples, or the same with other labels.
  @Test(arguments: [100, 200]) func rankWithOtherDataIsTold(_ count: Int) async throws {
    try Stripes.write(to: workplace.path("alone/stripes"), training: count, test: 51)
    let labels = "alone/stripes/train-labels-idx1-ubyte"
    var bytes = try workplace.contents(labels)
    bytes[bytes.endIndex - 1] = 3
    try bytes.write(to: URL(filePath: workplace.path(labels)))
    let script = """
      for rank in 0 1; do
        (if [ $rank = 1 ]; then cd alone; fi
        env \(Launcher.kubeflow) $net2net \(Self.train("two"))) 2>rank$rank.errors & pids[$rank]=$!
      done
      for rank in 0 1; do wait ${pids[$rank]}; echo "code $?"; done
      cat rank1.errors; cat rank0.errors
      """
    let run = try await workplace.shell(script)
    #expect(run.output.components(separatedBy: "code 1").count == 3, "\(run.output)")
    for (rank, here) in [(0, 200), (1, count)] {
      #expect(
        run.output.contains(
          "net2net: rank \(rank): the data of rank 1 is not that of rank 0; give all ranks the same "
            + "samples with the same labels, in the same order; here: \(here) training and 51 test"),
        "\(run.output)")
    }
  }

  /// Two minutes at most: where ranks end before, what follows says so.
  private static let untilStepTen = """
    for _ in $(seq 1200); do [ -e two/checkpoints/step-000000010 ] && break; sleep 0.1; done
    """

  /// The other rank ends within seconds, long before its time is out.
  @Test(arguments: [0, 1])
  func killedRankEndsTheOther(_ victim: Int) async throws {
    let run = try await workplace.twoRanks(
      Self.train("two", "--steps 100000 --checkpoint-every 5").without("--epochs 2"),
      meanwhile: """
        \(Self.untilStepTen)
        kill -KILL ${pids[\(victim)]}; SECONDS=0
        wait ${pids[\(1 - victim)]}; echo "seconds $SECONDS"
        """)
    #expect(run.exitCodes[1 - victim] == 1)
    let line = run.errors[1 - victim].split(separator: "\n").last ?? ""
    #expect(line.contains("rank \(1 - victim): "), "\(run.errors)")
    #expect(line.contains(": rank \(victim) of 2 is gone or hangs ("), "\(line)")
    let seconds = run.output.split(separator: "\n").compactMap { line in
      line.hasPrefix("seconds ") ? Int(line.dropFirst(8)) : nil
    }
    #expect(try #require(seconds.first) <= 15, "\(run.output)")
  }

  @Test(arguments: [0, 1])
  func hungRankIsGivenUp(_ victim: Int) async throws {
    let run = try await workplace.twoRanks(
      Self.train("two", "--steps 100000 --checkpoint-every 5 --timeout 10").without("--epochs 2"),
      meanwhile: """
        \(Self.untilStepTen)
        kill -STOP ${pids[\(victim)]}
        wait ${pids[\(1 - victim)]}; echo "ended $?"
        kill -KILL ${pids[\(victim)]}
        """)
    #expect(run.output.contains("ended 1\n"))
    let line = run.errors[1 - victim].split(separator: "\n").last ?? ""
    #expect(
      line.contains("rank \(victim) of 2 is gone or hangs (Timed out waiting 10000ms"), "\(line)")
  }

  /// One rank is asked to stop; both do, at the same step, and save.
  @Test func interruptedRankEndsBothAfterAStep() async throws {
    let run = try await workplace.twoRanks(
      Self.train("two", "--steps 100000 --checkpoint-every 5").without("--epochs 2"),
      meanwhile: """
        \(Self.untilStepTen)
        kill -TERM ${pids[1]}
        """)
    #expect(run.exitCodes == [143, 143], "\(run.errors)")
    #expect(run.output.contains("everything is saved; to go on: net2net train --resume two"))
  }

  @Test func jobThatIsStartedAgainAsItWasGoesOn() async throws {
    for steps in [3, 5] {
      let run = try await workplace.net2net(
        Self.train("run", "--continue --steps \(steps)").without("--epochs 2")
          .split(separator: " ").map(String.init))
      #expect(run.exitCode == 0, "\(run.errors)")
    }
    let evaluations = try workplace.losses("run").filter { $0.kind == "evaluation" }
    #expect(evaluations.map(\.step) == [0, 3, 5])
  }

  static let misuses: [(String, String)] = [
    ("RANK=0 MASTER_ADDR=a MASTER_PORT=1", "WORLD_SIZE: 1 to 1000000 expected, nothing found"),
    (
      "RANK=0 WORLD_SIZE=2 MASTER_PORT=1",
      "MASTER_ADDR: the host of rank 0 expected, nothing found"
    ),
    ("RANK=2 WORLD_SIZE=2", "RANK: 0 to 1 expected, 2 found"),
  ]

  @Test(arguments: misuses)
  func missingVariableIsNamed(_ variables: String, _ sentence: String) async throws {
    let run = try await workplace.shell("env \(variables) $net2net \(Self.train("two"))")
    #expect(run.exitCode == 1)
    #expect(run.sentence == "net2net: \(sentence)")
  }

  @Test func rankThatNobodyMeetsSaysWhere() async throws {
    let run = try await workplace.shell(
      "$net2net \(Self.train("two", "--ranks 2 --rank 1 --meet-at 127.0.0.1:1 --timeout 1"))")
    #expect(run.exitCode == 1)
    #expect(
      run.errors.hasPrefix("net2net: 127.0.0.1:1: the ranks did not meet there: "),
      "\(run.errors)")
  }

  /// Long before the time of one, two or three phases of meeting is out for each.
  @Test func ranksOfOtherRunsAreRefused() async throws {
    let run = try await workplace.shell(
      """
      for rank in 0 1; do
        $net2net \(Self.train("two")) --ranks $((rank + 2)) --rank $rank --timeout 300 \
          --meet-at 127.0.0.1:$port 2>&1 & pids[$rank]=$!
      done
      for rank in 0 1; do wait ${pids[$rank]}; echo "code $?"; done
      """)
    #expect(run.output.components(separatedBy: "code 1").count == 3, "\(run.output)")
    for (rank, size) in [(0, 2), (1, 3)] {
      #expect(
        run.output.contains(
          ": rank \(rank) was started as one of \(size) ranks, rank \(1 - rank) as one of \(5 - size); "
            + "start all with the same number of ranks"), "\(run.output)")
    }
  }

  @Test func batchWithoutAnImageForEachRankIsRefused() async throws {
    let run = try await workplace.twoRanks(
      Self.train("two").replacingOccurrences(of: "size 25", with: "size 1"))
    #expect(run.exitCodes == [1, 1])
    #expect(
      run.errors[0].contains(
        "rank 0: batch size: 2 or more, an image for each rank expected, 1 found"))
  }
}

extension String {
  fileprivate func without(_ words: String) -> String { replacingOccurrences(of: words, with: "") }
}
