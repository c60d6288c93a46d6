import Foundation
import TestSupport
import Testing

@Suite(.requiresTorch, .requiresPython, .tags(.slow), .serialized) struct TorchrunTests {
  let workplace: Workplace

  init() async throws {
    workplace = try Workplace()
    try Stripes.write(to: workplace.path("stripes"), training: 200, test: 51)
    try await workplace.succeed("new", "convnet", "-o", "net.onnx", "--width-factor", "0.25")
    try workplace.write(
      """
      steps:
        - at: step 30
          growths: [{widen: {all: 2x}}]
          relaxSteps: 20
      """, to: "plan.yml")
  }

  private static func train(_ run: String) -> String {
    "$net2net train net.onnx --data idx:stripes -o \(run) --threads 1 --batch-size 25 --steps 60 "
      + "--checkpoint-every 10 --learning-rate 0.01 --grow plan.yml"
  }

  /// Whether a rank is killed or not, before the growth or behind it, the network has the same bytes.
  @Test(arguments: [(0, 20), (1, 40)])
  func restartGoesOnFromTheCheckpoint(_ victim: Int, _ step: Int) async throws {
    let whole = try await workplace.shell("$torchrun \(Self.train("whole"))")
    #expect(whole.exitCode == 0, "\(whole.errors)")
    #expect(whole.errors.contains("served by the launcher"))
    let cut = try await workplace.shell(
      """
      $torchrun --max-restarts 1 \(Self.train("cut")) & launcher=$!
      for _ in $(seq 6000); do [ -e cut/checkpoints/step-0000000\(step) ] && break; sleep 0.02; done
      for process in $(pgrep -P $launcher); do
        if grep -qz '^RANK=\(victim)$' /proc/$process/environ; then kill -KILL $process; fi
      done
      wait $launcher
      """)
    #expect(cut.exitCode == 0, "\(cut.errors)")
    #expect(cut.errors.contains("; restart 1\n"), "\(cut.errors)")
    #expect(cut.errors.contains("rank \(victim) of 2 is gone or hangs ("), "\(cut.errors)")
    #expect(try workplace.contents("cut/network.onnx") == workplace.contents("whole/network.onnx"))
    let losses = try workplace.losses("cut").filter { $0.kind == "training" }.map(\.loss)
    #expect(
      try losses == workplace.losses("whole").filter { $0.kind == "training" }.map(\.loss))
  }
}
