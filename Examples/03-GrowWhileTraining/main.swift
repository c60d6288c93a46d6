// Trains a network on Fashion-MNIST that is widened after one of two epochs and goes on as if nothing
// had happened. The first argument is how many images to learn from.

import Net2Net
import Net2NetTraining

let images = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000
let data = try DataSpecification.fashionMNIST.load().prefix(training: images, test: 1_000)
let options = TrainingOptions(budget: .epochs(2), batchSize: 64, seed: 1)

let small = try Architecture.convnet.network(ArchitectureOptions(widthFactor: 0.5, seed: 1))
let growth = GrowthSchedule(
  seed: 1,
  steps: [
    ScheduledGrowth(
      .at(.epoch(1)), growths: [.widen(Widen(all: 2))],
      state: StateGrowth(relaxation: .steps(100)))
  ])

let trainer = try Trainer(small, data: data, options: options, growth: growth)
_ = try trainer.train { event in
  switch event {
  case .evaluated(let metrics, let evaluation):
    print("step \(metrics.step): accuracy \(evaluation.accuracy)")
  case .grown(let metrics, let record):
    let (before, after) = (record.before.parameters, record.after.parameters)
    print("step \(metrics.step): \(before) → \(after) parameters, \(record.grade?.rawValue ?? "?")")
  case .began, .logged, .omitted, .saved:
    break
  }
}
