import Foundation
import Net2Net
import Net2NetTraining

// The first thousand steps after a growth: does the loss jump? A teacher is trained; then it goes
// on, and is grown and goes on with and without what is carried over: the optimizer's state, and
// step sizes that are the teacher's at first and relaxed over some steps. All at the teacher's
// learning rate, on the same batches.
//
//   BumpBenchmark [SEEDS] [ARCHITECTURE]      3 and convnet unless given

struct Arm {
  let name: String
  let symmetry: Symmetry?
  let state: StateGrowth
}

let carried = StateGrowth.Relaxation.steps(500)
let arms = [
  Arm(name: "the teacher goes on", symmetry: nil, state: StateGrowth()),
  Arm(
    name: "neither", symmetry: .antithetic,
    state: StateGrowth(carriesState: false, relaxation: nil)),
  Arm(
    name: "state", symmetry: .antithetic,
    state: StateGrowth(carriesState: true, relaxation: nil)),
  Arm(
    name: "step sizes", symmetry: .antithetic,
    state: StateGrowth(carriesState: false, relaxation: carried)),
  Arm(
    name: "state and step sizes", symmetry: .antithetic,
    state: StateGrowth(carriesState: true, relaxation: carried)),
  Arm(
    name: "both, for ever, equal shares", symmetry: .equal,
    state: StateGrowth(carriesState: true, relaxation: .never)),
]

/// Steps after the growth, and how they are averaged.
let windows = [0..<10, 10..<50, 50..<100, 100..<200, 200..<500, 500..<1000]

func options(
  _ rule: OptimizerSettings.Rule, seed: UInt64, steps: Int
) -> TrainingOptions {
  TrainingOptions(
    budget: .steps(steps), optimizer: OptimizerSettings(rule), schedule: Schedule(.constant),
    seed: seed, evaluationInterval: 1_000_000, logInterval: 1, verifiesGrowth: false)
}

/// The loss of each step from `start` on.
func losses(
  _ arm: Arm, from start: Checkpoint, _ data: DataSet, _ rule: OptimizerSettings.Rule,
  seed: UInt64
) throws -> [Double] {
  let steps = arm.symmetry.map { symmetry in
    [
      ScheduledGrowth(
        .at(.step(start.step)), growths: [.widen(Widen(all: 2, symmetry: symmetry))],
        state: arm.state)
    ]
  }
  let trainer = try Trainer(
    start.network, data: data, options: options(rule, seed: seed, steps: start.step + 1000),
    growth: GrowthSchedule(seed: seed, steps: steps ?? []), start: start)
  var losses: [Double] = []
  _ = try trainer.train { event in
    if case .logged(let metrics) = event { losses.append(metrics.loss ?? .nan) }
  }
  return losses
}

func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(max(1, numbers.count)) }

func figure(_ number: Double) -> String {
  let text = String(format: "%.3f", number)
  return String(repeating: " ", count: max(0, 9 - text.count)) + text
}

let seeds = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 3 : 3
let architecture =
  CommandLine.arguments.count > 2
  ? Architecture(rawValue: CommandLine.arguments[2]) ?? .convnet : .convnet
let data = try DataSpecification.fashionMNIST.load()

for rule in OptimizerSettings.Rule.allCases where rule != .adam {
  print("\(rule.rawValue), \(architecture.rawValue) x 0.5, widened x 2 after 900 steps")
  print("mean training loss over the steps after the growth, mean of \(seeds) seeds; the last")
  print("column is the most that any window of a seed lies above its teacher's")
  print(
    "| arm | " + windows.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: " | ")
      + " | worst |")
  print("|---|" + windows.map { _ in "---|" }.joined() + "---|")
  var teachers: [[Double]] = []
  var starts: [Checkpoint] = []
  for seed in 0..<UInt64(seeds) {
    let network = try architecture.network(
      ArchitectureOptions(widthFactor: 0.5, seed: seed))
    starts.append(
      try Trainer(network, data: data, options: options(rule, seed: seed, steps: 900)).train()
        .checkpoint)
  }
  for arm in arms {
    var means: [[Double]] = []
    for (seed, start) in starts.enumerated() {
      let found = try losses(arm, from: start, data, rule, seed: UInt64(seed))
      means.append(windows.map { mean(Array(found[$0])) })
    }
    if arm.symmetry == nil { teachers = means }
    let worst = zip(means, teachers).flatMap { zip($0, $1).map { $0 - $1 } }.max() ?? 0
    let columns = windows.indices.map { window in figure(mean(means.map { $0[window] })) }
    print("| \(arm.name) |\(columns.joined(separator: " |")) |\(figure(worst)) |")
  }
  print()
}
