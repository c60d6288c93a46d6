// Trains a teacher on Fashion-MNIST, widens it, and trains on: the student begins where its
// teacher ended. The first argument is how many images to learn from.

import Net2Net
import Net2NetTraining

let images = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000
let data = try DataSpecification.fashionMNIST.load().prefix(training: images, test: 1_000)
let options = TrainingOptions(budget: .epochs(1), batchSize: 64, seed: 1)

let small = try Architecture.convnet.network(ArchitectureOptions(widthFactor: 0.5, seed: 1))
let teacher = try Trainer(small, data: data, options: options).train()

let plan = GrowthPlan(seed: 1, growths: [.widen(Widen(all: 2))])
let student = try teacher.network.grown(by: plan).network
let trained = try Trainer(student, data: data, options: options).train()

for (name, result) in [("teacher", teacher), ("student", trained)] {
  let accuracies = result.evaluations.compactMap(\.accuracy)
  print("\(name): from \(accuracies.first ?? 0) to \(accuracies.last ?? 0)")
}
