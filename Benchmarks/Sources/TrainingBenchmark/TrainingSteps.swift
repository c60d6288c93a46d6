import Foundation
import Net2Net
import Net2NetTraining

/// A training step of ours against PyTorch eager's: the same network, batch and threads, both
/// channels-last, both with the fused kernel of SGD with momentum. Ours is the whole trainer,
/// with its loader; PyTorch's is fed batches that were prepared before.
///
/// The two sides take turns, round by round, because a machine's speed drifts; the ratio is the
/// median over rounds.
struct TrainingSteps {
  struct Example {
    let architecture: Architecture
    let shape: Shape
    /// Timed in a round, after as many that are not.
    let steps: Int
  }

  static let examples = [
    Example(architecture: .mlp, shape: [1, 28, 28], steps: 100),
    Example(architecture: .convnet, shape: [1, 28, 28], steps: 20),
    Example(architecture: .convnet, shape: [3, 32, 32], steps: 20),
    Example(architecture: .resnet, shape: [3, 32, 32], steps: 8),
  ]

  let batchSize = 128
  let threads: Int
  let rounds: Int

  func run(where isChosen: (Architecture) -> Bool) throws {
    print("training step, batch \(batchSize), \(threads) threads, median of \(rounds) rounds")
    print("network   input          net2net   PyTorch   PyTorch / net2net")
    for example in Self.examples where isChosen(example.architecture) {
      print(try row(example))
    }
  }

  private func row(_ example: Example) throws -> String {
    let numbers = (example.shape.sizes + [batchSize, threads]).map(String.init)
    let peer = try PyTorchPeer(
      script: "training_steps.py", arguments: [example.architecture.rawValue] + numbers)
    let trainer = try trainer(example)
    var ours: [Double] = []
    var theirs: [Double] = []
    for _ in 0..<rounds {
      ours.append(try milliseconds(trainer))
      theirs.append(try peer.measure(steps: example.steps))
    }
    let ratio = median(zip(theirs, ours).map { $0 / $1 })
    return String(
      format: "%@%@%6.2f ms %6.2f ms   %.2f", padded(example.architecture.rawValue, 10),
      padded("\(example.shape)", 13), median(ours), median(theirs), ratio)
  }

  private func trainer(_ example: Example) throws -> Trainer {
    let options = ArchitectureOptions(inputShape: example.shape, seed: 1)
    return try Trainer(
      try example.architecture.network(options), data: try drawnImages(example),
      options: TrainingOptions(
        budget: .steps(2 * example.steps), batchSize: batchSize,
        evaluationInterval: 1 << 20, logInterval: example.steps, threads: threads))
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

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(width - text.count, 1))
}
