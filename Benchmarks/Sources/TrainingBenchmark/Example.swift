import Net2Net
import Net2NetTraining
import TrainingSupport

/// A network and the samples it learns from.
struct Example {
  let architecture: Architecture
  /// Of a sample.
  let shape: Shape
  var batchSize = 128
  /// Timed in a round, after as many that are not.
  let steps: Int

  var name: String { "\(architecture.rawValue)\(shape.sizes.map { "-\($0)" }.joined())" }

  static let all = [
    Example(architecture: .mlp, shape: [1, 28, 28], steps: 50),
    Example(architecture: .convnet, shape: [1, 28, 28], steps: 10),
    Example(architecture: .convnet, shape: [3, 32, 32], steps: 10),
    Example(architecture: .resnet, shape: [3, 32, 32], steps: 5),
    Example(architecture: .inception, shape: [3, 32, 32], steps: 5),
    Example(architecture: .gpt, shape: [128], batchSize: 32, steps: 4),
  ]

  func network() throws -> Network {
    let depth = architecture == .resnet ? 20 : nil
    return try architecture.network(
      ArchitectureOptions(
        inputShape: shape, classes: architecture == .gpt ? 256 : nil, depth: depth, seed: 1))
  }

  /// As many samples as a round needs, and next to none to test on.
  func data() throws -> DataSet {
    let count = 2 * steps * batchSize
    return architecture == .gpt
      ? try .drawnText(count, context: shape[0]) : try .drawnImages(count, shape)
  }
}
