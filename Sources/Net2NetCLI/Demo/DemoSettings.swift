import Net2Net
import Net2NetTorch
import Net2NetTraining

/// What the demo does. The learning rate is the better of 0.05 and 0.1 for a network from scratch
/// with this budget, so the baseline is not held back, and it is one for all: nothing is tuned
/// for the students.
struct DemoSettings {
  var architecture = Architecture.convnet
  /// The teacher's; the students have full widths.
  var widthFactor = 0.5
  var teacherEpochs = 3
  var studentEpochs = 2
  var learningRate = 0.05
  var batchSize = 128
  var seed: UInt64 = 1
  var threads: Int?

  /// Evaluations in an epoch: how finely images to a goal are counted.
  static let evaluationsPerEpoch = 4

  var widening: GrowthPlan {
    GrowthPlan(seed: seed, growths: [.widen(Widen(all: 1 / widthFactor))])
  }

  var padding: GrowthPlan {
    GrowthPlan(seed: seed, growths: [.randomPad(RandomPad(all: 1 / widthFactor))])
  }

  var deepening: GrowthPlan {
    GrowthPlan(seed: seed, growths: [.deepen(Deepen(after: ["relu2", "relu4"]))])
  }

  func options(_ role: DemoRole, images: Int, device: Device) -> TrainingOptions {
    let stepsPerEpoch = max(images / batchSize, 1)
    return TrainingOptions(
      budget: .epochs(role == .teacher ? teacherEpochs : studentEpochs), batchSize: batchSize,
      optimizer: OptimizerSettings(.sgd, learningRate: learningRate),
      schedule: Schedule(.cosine), seed: seed,
      evaluationInterval: max(stepsPerEpoch / Self.evaluationsPerEpoch, 1), device: device,
      threads: threads)
  }
}

extension DemoRole {
  /// The folder of its run.
  var folder: String {
    switch self {
    case .teacher: "teacher"
    case .widened: "widened-trained"
    case .deepened: "deepened-trained"
    case .scratch: "scratch-trained"
    case .randomPad: "random-pad-trained"
    case .teacherOn: "teacher-trained-on"
    }
  }
}
