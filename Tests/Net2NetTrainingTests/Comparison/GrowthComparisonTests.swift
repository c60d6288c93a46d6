import Foundation
import Net2Net
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTraining

@Suite("Comparisons", .requiresTorch)
struct GrowthComparisonTests {
  /// A perceptron of 2 × 4 hidden units, doubled.
  private static func plan(
    seeds: [UInt64] = [1], rates: [Double] = [0.02, 0.2], budgets: [Int] = [8, 4],
    arms: [Arm] = Arm.usual
  ) -> ComparisonPlan {
    let stint = ComparisonPlan.Stint(steps: 6, recipe: Recipe(learningRate: 0.05))
    return ComparisonPlan(
      name: "halves", seeds: seeds,
      data: ComparisonPlan.SampleCounts(validation: 16),
      teacher: ComparisonPlan.Teacher(.built(.mlp, widthFactor: 1.0 / 64), training: stint),
      student: [ComparisonPlan.Stage([.widen(Widen(all: 2))])],
      training: SharedTraining(batchSize: 8, evaluations: 2), arms: arms, budgets: budgets,
      grid: RecipeGrid(learningRate: rates))
  }

  private static func comparison(_ plan: ComparisonPlan) throws -> GrowthComparison {
    try GrowthComparison(
      plan, data: try halvesDataSet(), engine: ComparisonEngine(threads: 1))
  }

  private static func record(_ plan: ComparisonPlan) throws -> ComparisonRecord {
    try withTemporaryFolder { try comparison(plan).run(in: $0 + "/out") }
  }

  @Test("every arm tries the grid with the first seed, and has what validation chose with others")
  func gridAndChoice() throws {
    let plan = Self.plan(seeds: [1, 2])
    let record = try Self.record(plan)
    #expect(record.isComplete)
    // A teacher, and 4 arms with 2 budgets and 2 recipes; a teacher and 4 arms with 2 budgets.
    #expect(record.results.count == 1 + 16 + 1 + 8)
    for arm in plan.arms {
      for steps in plan.budgets {
        let tried = record.tried(arm, steps: steps)
        let best = try #require(tried.compactMap(\.validation?.accuracy).max())
        let chosen = try #require(record.chosen(arm, steps: steps))
        #expect(tried.first { $0.run.recipe == chosen }?.validation?.accuracy == best)
        let results = record.chosenResults(arm, steps: steps)
        #expect(results.map(\.run.seed) == [1, 2])
        #expect(results.allSatisfy { $0.run.recipe == chosen })
        #expect(results[0].curve.effort.samples == Double(steps * 8))
      }
    }
  }

  @Test("student and teacher begin where the teacher ended; the others do not")
  func beginnings() throws {
    let plan = Self.plan()
    let record = try Self.record(plan)
    let end = try #require(record.teacherQuality(seed: 1))
    for arm in plan.arms {
      let start = try #require(record.tried(arm, steps: 8).first?.curve.points.first)
      #expect(start.effort == Effort())
      let differs = abs(start.quality.loss - end.loss) > 1e-5
      #expect(differs == (arm.kind == .scratch || arm.kind == .randomPad), "\(arm.name)")
    }
    let growth = try #require(record.growths.first)
    #expect(record.growths.count == 1)
    #expect((growth.arm, growth.grade, growth.trainingGrade) == ("student", .exact, .exact))
    #expect(growth.after.parameters > growth.before.parameters)
  }

  @Test("arms that begin alike learn alike, sample by sample")
  func orderOfSamples() throws {
    let record = try Self.record(
      Self.plan(
        rates: [0.05], budgets: [4],
        arms: [Arm(.student), Arm(.scratch), Arm(.student, name: "twin")]))
    let losses = ["student", "twin"].map { name in
      record.results.first { $0.run.role == .arm(name) }?.curve.points.map(\.quality.loss) ?? []
    }
    #expect(losses[0].count == 3 && losses[0] == losses[1])
  }

  @Test("all arms of a seed share an order of samples, which no teacher and no other seed has")
  func orderSeeds() {
    func seed(_ role: ComparisonRun.Role, _ seed: UInt64, steps: Int = 4) -> UInt64 {
      ComparisonRun(seed: seed, role: role, steps: steps, recipe: Recipe(learningRate: 0.1))
        .orderSeed
    }
    #expect(seed(.arm("student"), 1) == seed(.arm("scratch"), 1, steps: 9))
    let others = [
      seed(.arm("student"), 1), seed(.arm("student"), 2), seed(.teacher, 1), seed(.teacher, 2),
      seed(.stage(0), 1), seed(.stage(1), 1),
    ]
    #expect(Set(others).count == others.count)
  }

  @Test("what the teacher took is counted in its own multiply-adds, with every growth in a row")
  func preparation() throws {
    var plan = Self.plan(rates: [0.05], budgets: [4])
    plan.student = [
      ComparisonPlan.Stage(
        [.widen(Widen(all: 2))],
        training: ComparisonPlan.Stint(steps: 5, recipe: Recipe(learningRate: 0.05))),
      ComparisonPlan.Stage([.widen(Widen(all: 2))]),
    ]
    let record = try Self.record(plan)
    let effort = try #require(record.preparation(seed: 1))
    #expect(effort.samples == Double((6 + 5) * 8))
    // 16 · 4 + 4 · 4 + 4 · 2 and 16 · 8 + 8 · 8 + 8 · 2 multiply-adds, three times.
    #expect(effort.multiplyAdds == Double(3 * 8 * (6 * 88 + 5 * 208)))
    #expect(record.growths.map(\.arm) == [nil, "student"])
    #expect(record.growths.map(\.before.multiplyAdds) == [88, 208])
    // The arm that goes on without growing is what the first growth made.
    let teacher = try #require(record.results.first { $0.run.role == .arm("teacher") })
    #expect(teacher.cost.multiplyAdds == 208)
  }

  @Test("interrupted anywhere, it goes on and finds the same")
  func interruption() throws {
    let plan = Self.plan(seeds: [1, 2], budgets: [6])
    let whole = try Self.record(plan)
    try withTemporaryFolder { folder in
      var record: ComparisonRecord?
      var sessions = 0
      var done: [Int] = []
      while record?.isComplete != true, sessions < 60 {
        sessions += 1
        let cancellation = Cancellation()
        var events = 0
        record = try Self.comparison(plan).run(in: folder + "/out", cancellation: cancellation) {
          if case .began(_, let before) = $0 { done.append(before) }
          events += 1
          // Each session is stopped after one event more than would repeat the last one's work.
          if events > 4 + sessions { cancellation.cancel() }
        }
      }
      #expect(sessions > 2)
      #expect(done == done.sorted() && done.last ?? 0 > 0)
      #expect(record?.results.map(\.run) == whole.results.map(\.run))
      #expect(
        record?.results.map { $0.curve.points.map(\.quality) }
          == whole.results.map { $0.curve.points.map(\.quality) })
    }
  }

  @Test("a folder that was begun with another plan or other data is refused with the difference")
  func changedPlan() throws {
    try withTemporaryFolder { folder in
      let plan = Self.plan(rates: [0.05], budgets: [2])
      _ = try Self.comparison(plan).run(in: folder)
      var other = plan
      other.training.batchSize = 16
      #expect(
        sentence { _ = try Self.comparison(other).run(in: folder) }
          == "the run cannot be gone on with: plan.training.batchSize: 8 expected, as it began, 16 "
          + "found")
      other = plan
      other.grid.learningRate = [0.05, 0.1]
      #expect(
        sentence { _ = try Self.comparison(other).run(in: folder) }
          == "the run cannot be gone on with: plan.grid.learningRate: [0.05] expected, as it "
          + "began, [0.05,0.1] found")
      let data = try halvesDataSet(training: 95)
      let found = sentence { _ = try GrowthComparison(plan, data: data).run(in: folder) }
      #expect(found?.hasPrefix("the run cannot be gone on with: data: \"80 training and ") == true)
      let whole = try halvesDataSet()
      let relabelled = try whole.replacing(
        test: DataSplit(whole.test.samples, labels: whole.test.labels.reversed()))
      let digest = sentence { _ = try GrowthComparison(plan, data: relabelled).run(in: folder) }
      #expect(digest?.hasPrefix("the run cannot be gone on with: dataDigest: ") == true)
    }
  }

  @Test("a folder that another comparison writes to is refused")
  func inUse() throws {
    try withTemporaryFolder { folder in
      let comparison = try Self.comparison(Self.plan())
      let cancellation = Cancellation()
      var found: String?
      _ = try comparison.run(in: folder + "/out", cancellation: cancellation) { _ in
        guard !cancellation.isRequested else { return }
        cancellation.cancel()
        found = sentence(without: folder) { _ = try comparison.run(in: folder + "/out") }
      }
      #expect(
        found
          == "out: is in use by process \(getpid()); wait until it ends, or name another folder")
    }
  }

  @Test("a comparison of so many steps as there may be can be planned")
  func longest() throws {
    let runs = try Self.comparison(Self.plan(budgets: [1_000_000_000])).plannedRuns()
    #expect(runs.last?.effort.samples == 8e9)
  }

  @Test("a recipe that diverges is recorded, and not chosen")
  func divergence() throws {
    let plan = Self.plan(rates: [1e30, 0.05], budgets: [4], arms: [Arm(.student), Arm(.scratch)])
    let record = try Self.record(plan)
    #expect(record.failures.map(\.run.recipe.learningRate) == [1e30, 1e30])
    #expect(record.failures[0].failure?.contains("the loss is no longer a number") == true)
    #expect(record.chosen(plan.arms[0], steps: 4)?.learningRate == 0.05)
    // Only what came to its end has a figure.
    let summary = ComparisonSummary(of: record)
    #expect(summary.arms[0].endings[0].figure?.count == 1)
  }

  @Test("an arm that brings the optimizer's state along learns otherwise than one that does not")
  func carriedState() throws {
    let carried = Arm(
      .student, name: "carried", state: StateGrowth(carriesState: true, relaxation: .steps(50)))
    let record = try Self.record(
      Self.plan(rates: [0.05], budgets: [4], arms: [Arm(.student), Arm(.scratch), carried]))
    let ends = ["student", "carried"].map { name in
      record.results.first { $0.run.role == .arm(name) }?.curve.points.map(\.quality.loss) ?? []
    }
    #expect(ends[0].count == 3 && ends[1].count == 3)
    #expect(abs(ends[0][0] - ends[1][0]) < 1e-6)
    #expect(abs(ends[0][2] - ends[1][2]) > 1e-6)
  }

  @Test("plans are told what cannot be before anything is trained")
  func impossibleGrowth() throws {
    var plan = Self.plan()
    plan.student = [ComparisonPlan.Stage([.widen(Widen(widths: ["fc9": .factor(2)]))])]
    try withTemporaryFolder { folder in
      #expect(
        sentence { _ = try Self.comparison(plan).run(in: folder) }
          == "growth 1 of the plan: there is no width \"fc9\"; did you mean \"fc1\" or \"fc2\"?")
    }
    plan = Self.plan()
    plan.data.validation = 96
    #expect(
      sentence { _ = try Self.comparison(plan) }
        == "validation samples: 1 to 95 of 96 training samples expected, 96 found")
  }

  @Test("runs are planned as they are made")
  func plannedRuns() throws {
    let plan = Self.plan(seeds: [1, 2])
    let planned = try Self.comparison(plan).plannedRuns()
    let record = try Self.record(plan)
    #expect(planned.map(\.role) == record.results.map(\.run.role))
    #expect(planned.map(\.cost) == record.results.map(\.cost))
    #expect(planned.map(\.effort.samples) == record.results.map(\.curve.effort.samples))
    #expect(planned.map(\.effort.multiplyAdds) == record.results.map(\.curve.effort.multiplyAdds))
    #expect(planned.count { $0.recipe == nil } == 8)
  }
}

@Suite("Baselines")
struct BaselineNetworkTests {
  private static func teacher() throws -> Network {
    try Architecture.mlp.network(
      ArchitectureOptions(inputShape: [1, 4, 4], classes: 2, widthFactor: 1.0 / 64, seed: 5))
  }

  @Test("a random pad keeps the old weights where they were and draws the others")
  func paddedWidths() throws {
    let teacher = try Self.teacher()
    let padded = try teacher.randomlyPadded(
      by: GrowthPlan(seed: 3, growths: [.widen(Widen(all: 2))]))
    let (old, new) = (
      try #require(teacher.parameters["fc2.weight"]?.tensor()),
      try #require(padded.parameters["fc2.weight"]?.tensor())
    )
    #expect((old.shape, new.shape) == ([4, 4], [8, 8]))
    let (before, after) = (old.doubles(), new.doubles())
    for row in 0..<4 {
      #expect(Array(after[row * 8..<row * 8 + 4]) == Array(before[row * 4..<row * 4 + 4]))
    }
    // Nothing is a copy, and nothing is zero.
    #expect(Set(after).count == 64 && !after.contains(0))
  }

  @Test("inserted layers of a random pad are drawn, and what was there stays")
  func paddedDepth() throws {
    let teacher = try Self.teacher()
    let plan = GrowthPlan(seed: 3, growths: [.deepen(Deepen(after: ["relu1"]))])
    let (exact, padded) = (
      try teacher.grown(by: plan).network, try teacher.randomlyPadded(by: plan)
    )
    #expect(padded.parameters.keys == exact.parameters.keys)
    for (name, parameter) in padded.parameters {
      let isOld = teacher.parameters[name] != nil
      let same = parameter.tensor().doubles() == exact.parameters[name]?.tensor().doubles()
      // Biases are zero in an identity and in a new network.
      #expect(same == (isOld || name.hasSuffix("bias")), "\(name)")
    }
  }

  @Test("stacked blocks have all weights of their originals, where an exact repetition has zeros")
  func stackedBlocks() throws {
    let teacher = try Architecture.resnet.network(
      ArchitectureOptions(widthFactor: 0.25, depth: 14, seed: 5))
    let grown = try teacher.grown(
      by: GrowthPlan(growths: [.repeatBlock(RepeatBlock(block: "stage1.block2"))]))
    let exact = grown.network
    let stacked = grown.stacked()
    let added = exact.parameters.keys.filter { teacher.parameters[$0] == nil }
    #expect(!added.isEmpty)
    var zeroed = 0
    for name in added {
      guard case .copied(let original, "stage1.block2", 2) = grown.origins.parameters[name] else {
        Issue.record("\(name) is no copy")
        continue
      }
      let values = try #require(stacked.parameters[name]?.tensor().doubles())
      #expect(values == teacher.parameters[original]?.tensor().doubles(), "\(name)")
      if exact.parameters[name]?.tensor().doubles() != values { zeroed += 1 }
    }
    // The scale of the last batch norm; its shift is zero in a new network anyway.
    #expect(zeroed == 1)
    for name in teacher.parameters.keys {
      #expect(
        stacked.parameters[name]?.tensor().doubles()
          == teacher.parameters[name]?.tensor().doubles())
    }
  }

  @Test("a module with a tilde in its name, and an earlier plan's copy, are not stacked")
  func stackedByOrigin() throws {
    var builder = NetworkBuilder(name: "own", seed: 1)
    var h = try builder.relu(builder.dense(builder.input([5]), features: 4))
    for module in ["block", "block~2"] {
      let stream = h
      h = try builder.within(module) { (b) throws(NetworkError) in
        try b.add(stream, try b.dense(b.relu(b.dense(stream, features: 6)), features: 4))
      }
    }
    let repeating = GrowthPlan(growths: [.repeatBlock(RepeatBlock(block: "block"))])
    let network = try builder.network(output: builder.dense(h, features: 3))
    let teacher = try network.grown(by: repeating).network.evaluated()
    let grown = try teacher.grown(by: repeating)
    let stacked = grown.stacked()
    for (name, parameter) in teacher.parameters {
      #expect(
        stacked.parameters[name]?.tensor().doubles() == parameter.tensor().doubles(), "\(name)")
    }
    let copy = stacked.parameters["block~2#3.fc2.weight"]?.tensor().doubles()
    #expect(copy == teacher.parameters["block.fc2.weight"]?.tensor().doubles())
  }

  @Test("an architecture's own first weights are taken over in the order of their use")
  func firstWeights() throws {
    let student = try Self.teacher().grown(
      by: GrowthPlan(growths: [.widen(Widen(all: 2))])
    ).network
    let fresh = try Architecture.mlp.network(
      ArchitectureOptions(inputShape: [1, 4, 4], classes: 2, widthFactor: 1.0 / 32, seed: 9))
    let scratch = try student.initialised(like: fresh)
    for (name, parameter) in fresh.parameters {
      #expect(scratch.parameters[name]?.tensor().doubles() == parameter.tensor().doubles())
    }
    #expect(
      sentence { _ = try student.initialised(like: try Self.teacher()) }
        == "the first weights for \"fc1.weight\" of the baseline from scratch: (8, 16), as the "
        + "student has, expected, (4, 16), \"fc1.weight\" found")
  }
}

@Suite("Validation splits")
struct ValidationSplitTests {
  @Test("samples are drawn, each is in one split, and its label goes with it")
  func disjoint() throws {
    let whole = try halvesDataSet()
    let (data, validation) = try whole.parted(
      ComparisonPlan.SampleCounts(training: 40, validation: 10, test: 5))
    #expect((data.training.count, validation.count, data.test.count) == (30, 10, 5))
    func samples(_ split: DataSplit) throws -> [[Double]] {
      var batches = BatchLoader(split, batchSize: 100, order: .sequential).batches()
      let batch = try #require(try batches.next())
      let (pixels, labels) = (batch.inputs.doubles(), batch.targets.doubles())
      return labels.indices.map { Array(pixels[$0 * 16..<($0 + 1) * 16]) + [labels[$0]] }
    }
    let all = Set(try samples(whole.training))
    let (kept, chosen) = (Set(try samples(data.training)), Set(try samples(validation)))
    #expect(kept.count == 30 && chosen.count == 10 && kept.isDisjoint(with: chosen))
    #expect(kept.isSubset(of: all) && chosen.isSubset(of: all))
    #expect(Set(try samples(data.test)).isSubset(of: Set(try samples(whole.test))))
    // Data in the order of classes is not cut at the end.
    #expect(Set(validation.labels) == [0, 1])
  }

  @Test("of a text it is the end, and windows that see some of it are left out")
  func textEnd() throws {
    try withTemporaryFolder { folder in
      let file = folder + "/count.txt"
      try write((0..<200).map(UInt8.init), to: file)
      let text = try DataSpecification("text:\(file):context=8,stride=4,held-out=0.2").load()
      // 160 bytes: windows at 0, 4, …, 148.
      #expect(text.training.count == 38)
      let (data, validation) = try text.parted(ComparisonPlan.SampleCounts(validation: 5))
      func first(_ split: DataSplit, _ index: Int) throws -> Double {
        var batches = BatchLoader(split, batchSize: 100, order: .sequential).batches()
        return try #require(try batches.next()).inputs.doubles()[index * 8]
      }
      #expect(try first(validation, 0) == 132)
      // The window at 128 sees 132 to 135 too.
      #expect(data.training.count == 32)
      #expect(try first(data.training, 31) == 124)
    }
  }
}
