import Foundation
import Net2NetTorch
import TestSupport
import Testing

@testable import Net2NetTraining

struct TrainingOptionsTests {
  static let most = "at most 1000000000"
  static let badOptions: [(TrainingOptions, String)] = [
    (TrainingOptions(budget: .epochs(0)), "epochs: 1 or more expected, 0 found"),
    (TrainingOptions(budget: .steps(-1)), "steps: 1 or more expected, -1 found"),
    (
      TrainingOptions(augmentation: Augmentation(cropPadding: 1 << 62)),
      "crop padding: at most 4096 pixels expected, 4611686018427387904 found"
    ),
    (
      TrainingOptions(augmentation: Augmentation(cutout: .max)),
      "cutout: at most 4096 pixels expected, 9223372036854775807 found"
    ),
    (TrainingOptions(batchSize: 0), "batch size: 1 or more expected, 0 found"),
    (TrainingOptions(budget: .epochs(.max)), "epochs: \(most) expected, \(Int.max) found"),
    (TrainingOptions(budget: .steps(1 << 62)), "steps: \(most) expected, \(1 << 62) found"),
    (TrainingOptions(batchSize: .max), "batch size: \(most) expected, \(Int.max) found"),
    (
      TrainingOptions(schedule: Schedule(warmupSteps: .max)),
      "warm-up: \(most) steps expected, \(Int.max) found"
    ),
    (
      TrainingOptions(labelSmoothing: 1),
      "label smoothing: from 0 to below 1 expected, 1.0 found"
    ),
    (
      TrainingOptions(evaluationInterval: 0),
      "evaluation interval: 1 step or more expected, 0 found"
    ),
    (TrainingOptions(logInterval: 0), "log interval: 1 step or more expected, 0 found"),
    (
      TrainingOptions(optimizer: OptimizerSettings(learningRate: -0.1)),
      "learning rate: > 0 expected, -0.1 found"
    ),
    (
      TrainingOptions(optimizer: OptimizerSettings(learningRate: .nan)),
      "learning rate: > 0 expected, nan found"
    ),
    (
      TrainingOptions(optimizer: OptimizerSettings(weightDecay: -1)),
      "weight decay: ≥ 0 expected, -1.0 found"
    ),
    (
      TrainingOptions(optimizer: OptimizerSettings(momentum: 1)),
      "momentum: from 0 to below 1 expected, 1.0 found"
    ),
    (
      TrainingOptions(optimizer: OptimizerSettings(momentum: 0, isNesterov: true)),
      "momentum: > 0 for Nesterov expected, 0.0 found"
    ),
    (
      TrainingOptions(optimizer: OptimizerSettings(.adam, meanShare: -0.5)),
      "mean share: from 0 to below 1 expected, -0.5 found"
    ),
    (
      TrainingOptions(optimizer: OptimizerSettings(.adam, varianceShare: 2)),
      "variance share: from 0 to below 1 expected, 2.0 found"
    ),
    (
      TrainingOptions(optimizer: OptimizerSettings(.adam, epsilon: 0)),
      "epsilon: > 0 expected, 0.0 found"
    ),
    (
      TrainingOptions(schedule: Schedule(warmupSteps: -1)),
      "warm-up: 0 steps or more expected, -1 found"
    ),
    (
      TrainingOptions(schedule: Schedule(.step, milestones: [0.5, 30])),
      "milestones: shares from 0 to 1 expected, [0.5, 30.0] found"
    ),
    (
      TrainingOptions(schedule: Schedule(.step, stepFactor: 0)),
      "step factor: from above 0 to 1 expected, 0.0 found"
    ),
  ]

  @Test(arguments: badOptions.indices)
  func valueOutOfItsRangeIsNamed(_ index: Int) {
    let (options, expected) = Self.badOptions[index]
    #expect(sentence { try options.validate() } == expected)
  }

  @Test func optionsFromBeforeThereWereNormsByRankAreRead() throws {
    let options = TrainingOptions(seed: 3)
    let text = try JSONEncoder().encode(options)
    var fields = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    #expect(fields.removeValue(forKey: "batchNorm") as? String == "batch")
    let older = try JSONSerialization.data(withJSONObject: fields)
    #expect(try JSONDecoder().decode(TrainingOptions.self, from: older) == options)
  }

  @Test func usualOptionsAreValidAndReadBack() throws {
    for rule in OptimizerSettings.Rule.allCases {
      var options = TrainingOptions(optimizer: OptimizerSettings(rule))
      options.budget = .steps(7)
      options.threads = 2
      options.batchNorm = .rank
      try options.validate()
      let text = try JSONEncoder().encode(options)
      #expect(try JSONDecoder().decode(TrainingOptions.self, from: text) == options)
    }
  }
}
