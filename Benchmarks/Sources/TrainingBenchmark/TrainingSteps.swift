import BenchmarkSupport
import Foundation
import Net2Net
import Net2NetTorch
import Net2NetTraining

/// A training step of ours, in float32 and in bfloat16, against PyTorch's, eager and compiled: the
/// same network, batch and threads, all channels-last, all with the fused kernel of SGD with
/// momentum. Ours is the whole trainer, with its loader; PyTorch's is fed batches that were
/// prepared before.
///
/// The sides take turns, round by round, because a machine's speed drifts; the ratio is the
/// median over rounds.
struct TrainingSteps {
  struct Example {
    let architecture: Architecture
    let shape: Shape
    /// Timed in a round, after as many that are not.
    let steps: Int
  }

  static let examples = [
    Example(architecture: .mlp, shape: [1, 28, 28], steps: 50),
    Example(architecture: .convnet, shape: [1, 28, 28], steps: 10),
    Example(architecture: .convnet, shape: [3, 32, 32], steps: 10),
    Example(architecture: .resnet, shape: [3, 32, 32], steps: 5),
    Example(architecture: .inception, shape: [3, 32, 32], steps: 5),
  ]

  let batchSize = 128
  let threads: Int
  let rounds: Int

  func run(where isChosen: (Architecture) -> Bool) throws {
    print("training step, batch \(batchSize), \(threads) threads, median of \(rounds) rounds")
    print("milliseconds of net2net, in bfloat16, of PyTorch eager, compiled; ratios: the faster")
    print("PyTorch / net2net, eager / bfloat16; peak memory of net2net, eager, compiled")
    for example in Self.examples where isChosen(example.architecture) {
      print(try row(example))
    }
  }

  private func row(_ example: Example) throws -> String {
    let peers = try ["eager", "compiled"].map { try peer(example, mode: $0) }
    let trainers = try [Precision.float32, .bfloat16].map { try trainer(example, $0) }
    var ours: [[Double]] = [[], []]
    var theirs: [[Double]] = [[], []]
    var memory = [0.0, 0.0]
    for _ in 0..<rounds {
      for index in 0...1 {
        ours[index].append(try milliseconds(trainers[index]))
        let answer = try peers[index].measure(steps: example.steps)
        theirs[index].append(answer.milliseconds)
        memory[index] = answer.memory
      }
    }
    let float = median(zip(ours[0], zip(theirs[0], theirs[1])).map { min($1.0, $1.1) / $0 })
    let brain = median(zip(theirs[0], ours[1]).map { $0 / $1 })
    return String(
      format: "%@%@ %7.2f %7.2f %7.2f %7.2f ms  ratios %.2f %.2f  memory %.0f %.0f %.0f MB",
      padded(example.architecture.rawValue, 10), padded("\(example.shape)", 13),
      median(ours[0]), median(ours[1]), median(theirs[0]), median(theirs[1]), float, brain,
      peakMemory(), memory[0], memory[1])
  }

  private func peer(_ example: Example, mode: String) throws -> PythonPeer {
    let numbers = (example.shape.sizes + [batchSize, threads]).map(String.init)
    return try PythonPeer(
      script: "training_steps.py", arguments: [example.architecture.rawValue, mode] + numbers)
  }

  /// Of this process so far, in MB: run one architecture alone to read it.
  private func peakMemory() -> Double {
    var usage = rusage()
    getrusage(0, &usage)  // RUSAGE_SELF, which is not of the type that is taken here
    return Double(usage.ru_maxrss) / 1024
  }

  private func trainer(_ example: Example, _ precision: Precision) throws -> Trainer {
    let depth = example.architecture == .resnet ? 20 : nil
    let options = ArchitectureOptions(inputShape: example.shape, depth: depth, seed: 1)
    return try Trainer(
      try example.architecture.network(options), data: try drawnImages(example),
      options: TrainingOptions(
        budget: .steps(2 * example.steps), batchSize: batchSize,
        evaluationInterval: 1 << 20, logInterval: example.steps,
        precision: precision, threads: threads))
  }

  /// As many images as a round needs, and next to none to test on.
  private func drawnImages(_ example: Example) throws -> DataSet {
    let count = 2 * example.steps * batchSize
    let draw = Draw(seed: 1)
    let pixels = Tensor(elementType: .uint8, shape: Shape([count] + example.shape.sizes)) {
      Double(draw.bits($0) & 0xFF)
    }
    let training = try DataSplit(
      name: "drawn", images: pixels, labels: (0..<count).map { $0 % 10 })
    return try DataSet(
      name: "drawn", classes: (0..<10).map(String.init), training: training,
      test: training.prefix(1))
  }

  /// From the trainer's own log, whose second entry lies behind the warm-up.
  private func milliseconds(_ trainer: Trainer) throws -> Double {
    var speeds: [Double] = []
    _ = try trainer.train { event in
      if case .logged(let metrics) = event, let speed = metrics.imagesPerSecond {
        speeds.append(speed)
      }
    }
    return Double(batchSize) / (speeds.last ?? .nan) * 1000
  }
}

func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(width - text.count, 1))
}
