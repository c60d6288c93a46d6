import Foundation
import Subprocess
import TestSupport
import Testing

/// What a shell script saw of several ranks, each of which it started as `rank N arguments…`.
struct RanksRun {
  var exitCodes: [Int32]
  /// On standard error, by rank.
  var errors: [String]
  /// On standard output of the script.
  var output: String
}

extension Workplace {
  /// A port that nobody listens at, most likely.
  static var port: Int { Int.random(in: 20_000..<32_000) }

  /// Runs `script` in the folder, with `$net2net`, `$torchrun` and `$port` set.
  func shell(_ script: String, _ variables: [String: String] = [:]) async throws -> Run {
    // Ends what hangs; a busy machine takes long over what does not.
    let seconds = "600"
    let repository = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    var assignments = [
      "net2net=\(Self.built("net2net"))", "port=\(Self.port)",
      "torchrun=\(repository)/.venv/bin/torchrun --no-python --nproc-per-node 2",
    ]
    assignments += variables.map { "\($0)=\($1)" }
    let result = try await Subprocess.run(
      .name("timeout"),
      arguments: .init(
        [seconds, "env", "-C", folder] + assignments + ["bash", "-c", script]),
      output: .string(limit: 1 << 24), error: .string(limit: 1 << 20))
    return Run(result.terminationStatus, result.standardOutput, result.standardError)
  }

  /// Runs two ranks with `arguments`, told by the variables that `told` gives for `$rank`.
  ///
  /// - Parameter meanwhile: shell commands that are run while they do, with their ids in
  ///   `${pids[0]}` and `${pids[1]}`.
  func twoRanks(
    _ arguments: String, told: String = Launcher.kubeflow, meanwhile: String = ""
  ) async throws -> RanksRun {
    let run = try await shell(
      """
      pids=()
      for rank in 0 1; do
        env \(told) $net2net \(arguments) 2>rank$rank.errors & pids[$rank]=$!
      done
      \(meanwhile)
      for rank in 0 1; do wait ${pids[$rank]}; echo "code $?"; done
      """)
    let codes = run.output.split(separator: "\n").compactMap { line in
      line.hasPrefix("code ") ? Int32(line.dropFirst(5)) : nil
    }
    let errors = try (0...1).map {
      String(decoding: try contents("rank\($0).errors"), as: UTF8.self)
    }
    return RanksRun(exitCodes: codes, errors: errors, output: run.output)
  }

  /// The losses of a run's log, of the lines that have one.
  func losses(_ run: String) throws -> [(kind: String, step: Int, loss: Double)] {
    let text = String(decoding: try contents("\(run)/metrics.jsonl"), as: UTF8.self)
    return try text.split(separator: "\n").compactMap { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      let fields = try #require(object as? [String: Any])
      guard let loss = fields["loss"] as? Double else { return nil }
      return (
        try #require(fields["kind"] as? String), try #require(fields["step"] as? Int), loss
      )
    }
  }
}

/// The variables that launchers set for `$rank` of two.
enum Launcher {
  static let kubeflow = "RANK=$rank WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port"
  /// As srun sets them for two tasks on two nodes, except that the first node has to be this
  /// machine; the port is made of the job's number.
  static let slurm =
    "SLURM_STEP_ID=0 SLURM_PROCID=$rank SLURM_NTASKS=2 SLURM_STEP_NUM_TASKS=2 SLURM_LOCALID=0 "
    + "SLURM_JOB_NODELIST=localhost,other SLURM_JOB_ID=$port"
}
