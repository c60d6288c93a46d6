import BenchmarkSupport
import Foundation
import Net2NetTorch

/// A training step of ours, in float32 and in bfloat16, against PyTorch's, eager and compiled: the
/// same network, batch and threads, images channels-last, all with the fused kernel of SGD with
/// momentum. Ours is the whole trainer, with its loader; PyTorch's is fed batches that were
/// prepared before. Each is a process of its own.
///
/// The sides take turns, round by round, because a machine's speed drifts; the ratio is the
/// median over rounds.
struct TrainingSteps {
  let device: Device
  let threads: Int
  let rounds: Int

  func run(where isChosen: (Example) -> Bool) throws {
    print("training step, \(device.rawValue), \(threads) threads, median of \(rounds) rounds;")
    print("milliseconds of net2net, in bfloat16, of PyTorch eager, compiled;")
    print("ratios: the faster PyTorch / net2net, eager / bfloat16; peak memory of the four")
    for example in Example.all where isChosen(example) { print(try row(example)) }
  }

  private func row(_ example: Example) throws -> String {
    let sides =
      try [Precision.float32, .bfloat16].map {
        try Worker(example, $0, device: device, threads: threads).start()
      } + ["eager", "compiled"].map { try peer(example, mode: $0) }
    var times = [[Double]](repeating: [], count: sides.count)
    var memory = [Double](repeating: 0, count: sides.count)
    for _ in 0..<rounds {
      for (index, side) in sides.enumerated() {
        let answer = try side.measure(steps: example.steps)
        times[index].append(answer.milliseconds)
        memory[index] = answer.memory
      }
    }
    let float = median(zip(times[0], zip(times[2], times[3])).map { min($1.0, $1.1) / $0 })
    let brain = median(zip(times[2], times[1]).map { $0 / $1 })
    let milliseconds = times.map { String(format: "%7.2f", median($0)) }.joined(separator: " ")
    let megabytes = memory.map { String(format: "%.0f", $0) }.joined(separator: " ")
    return "\(example.name.padding(toLength: 20, withPad: " ", startingAt: 0)) \(milliseconds) ms"
      + String(format: "  ratios %.2f %.2f", float, brain) + "  memory \(megabytes) MB"
  }

  private func peer(_ example: Example, mode: String) throws -> Peer {
    let numbers = (example.shape.sizes + [example.batchSize, threads]).map(String.init)
    return try .python(
      "training_steps.py", [example.architecture.rawValue, mode, device.rawValue] + numbers)
  }
}
