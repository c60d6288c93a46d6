import BenchmarkSupport
import Foundation
import Net2Net
import Net2NetTorch
import Net2NetTraining
import TrainingSupport

/// A process that trains one example in one precision, so that its peak memory is that alone.
struct Worker {
  let example: Example
  let precision: Precision
  let device: Device
  let threads: Int

  var arguments: [String] {
    ["worker", example.name, precision.rawValue, device.rawValue, "\(threads)"]
  }

  init(_ example: Example, _ precision: Precision, device: Device, threads: Int) {
    self.example = example
    self.precision = precision
    self.device = device
    self.threads = threads
  }

  /// Nil where the arguments are not those of a worker.
  init?(_ words: [String]) {
    guard words.count == 5, words[0] == "worker",
      let example = Example.all.first(where: { $0.name == words[1] }),
      let precision = Precision(rawValue: words[2]), let device = Device(rawValue: words[3]),
      let threads = Int(words[4])
    else { return nil }
    self.init(example, precision, device: device, threads: threads)
  }

  func start() throws -> Peer {
    try Peer(URL(filePath: CommandLine.arguments[0]), arguments)
  }

  func run() throws {
    let trainer = try Trainer(
      try example.network(), data: try example.data(),
      options: TrainingOptions(
        budget: .steps(2 * example.steps), batchSize: example.batchSize,
        evaluationInterval: 1 << 20, logInterval: example.steps, device: device,
        precision: precision, threads: threads))
    try Peer.answer { _ in try milliseconds(trainer) }
  }

  /// From the trainer's own log, whose second entry lies behind the warm-up.
  private func milliseconds(_ trainer: Trainer) throws -> Double {
    var speeds: [Double] = []
    _ = try trainer.train { event in
      if case .logged(let metrics) = event, let speed = metrics.imagesPerSecond {
        speeds.append(speed)
      }
    }
    return Double(example.batchSize) / (speeds.last ?? .nan) * 1000
  }
}
