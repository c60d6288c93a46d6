// Widens a network by a plan and shows that it still computes the same function.

import Net2Net
import Net2NetTorch

let teacher = try Architecture.resnet.network(ArchitectureOptions(widthFactor: 0.5, seed: 1))
let plan = GrowthPlan(
  seed: 7,
  growths: [
    .widen(Widen(widths: ["conv1": .size(12)], all: 1.5)),
    .repeatBlock(RepeatBlock(block: "stage1.block1")),
  ])
let grown = try teacher.grown(by: plan)
for step in grown.steps {
  print("\(step.growth.name): \(step.before.parameters) → \(step.after.parameters) parameters")
}

let report = try Verification().compare(teacher: teacher, student: grown.network)
print(report)
