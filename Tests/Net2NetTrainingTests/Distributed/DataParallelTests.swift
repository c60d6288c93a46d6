import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTraining

extension TrainerTests {
  /// Several ranks against one process that is given the same batches, in double.
  @Suite("Several ranks learn as one process does")
  struct DataParallelTests {
    /// Of the largest difference of losses, and of parameters by the largest parameter of each
    /// tensor. Sums over a batch are rounded in another order, and that grows from step to step.
    static let tolerance = 1e-9

    static let shape: Shape = [3, 16, 16]

    static func data(training: Int = 44, test: Int = 21) throws -> DataSet {
      func split(_ count: Int, seed: UInt64) throws -> DataSplit {
        let draw = Draw(seed: seed)
        let images = Tensor(elementType: .uint8, shape: Shape([count] + shape.sizes)) { index in
          Double(draw.integer(index, below: 256))
        }
        return try DataSplit(name: "drawn", images: images, labels: (0..<count).map { $0 % 3 })
      }
      return try DataSet(
        name: "drawn", classes: ["a", "b", "c"], training: split(training, seed: 1),
        test: split(test, seed: 2))
    }

    /// 4 batches an epoch, of 11 samples: the shards of two ranks are of 5 and 6.
    static func trainer(
      _ architecture: Architecture, _ rule: OptimizerSettings.Rule = .sgd,
      growth: GrowthSchedule = GrowthSchedule(), start: Checkpoint? = nil,
      changing change: (inout TrainingOptions) -> Void = { _ in }
    ) throws -> Trainer {
      let network = try architecture.network(
        ArchitectureOptions(
          inputShape: shape, classes: 3, widthFactor: 0.25,
          depth: architecture == .resnet ? 8 : nil, seed: 3)
      ).converted(to: .float64)
      var options = TrainingOptions(
        budget: .steps(10), batchSize: 11,
        optimizer: OptimizerSettings(rule, learningRate: rule == .sgd ? 0.05 : 0.002),
        labelSmoothing: 0.1, augmentation: Augmentation(cropPadding: 1), seed: 5,
        evaluationInterval: 3, logInterval: 1, precision: .float64, threads: 1)
      change(&options)
      return try Trainer(network, data: data(), options: options, growth: growth, start: start)
    }

    struct Course: Sendable {
      var losses: [Double] = []
      var evaluations: [Double] = []
      var accuracies: [Double] = []
      var parameters: [String: [Double]] = [:]
      var growths: [GrowthRecord] = []
      var samples = 0
    }

    static func course(_ trainer: Trainer, among ranks: Ranks = .alone) throws -> Course {
      var course = Course()
      let result = try trainer.train(among: ranks) { event in
        if case .logged(let metrics) = event { course.losses.append(metrics.loss ?? .nan) }
      }
      course.evaluations = result.evaluations.compactMap(\.loss)
      course.accuracies = result.evaluations.compactMap(\.accuracy)
      let moments = result.checkpoint.optimizer.moments.flatMap { moment, tensors in
        tensors.map { ("\(moment.rawValue)/\($0.key)", $0.value.doubles()) }
      }
      course.parameters = TrainerTests.values(result.network)
        .merging(moments) { first, _ in first }
      course.growths = result.checkpoint.progress.growths.map { record in
        var record = record
        record.seconds = 0
        return record
      }
      course.samples = result.checkpoint.progress.samples
      return course
    }

    static func expectSame(_ found: Course, _ expected: Course, _ name: String) {
      #expect(found.losses.count == expected.losses.count && !found.losses.isEmpty, "\(name)")
      let losses = zip(
        found.losses + found.evaluations, expected.losses + expected.evaluations)
      let worst = losses.map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= tolerance, "\(name): losses")
      #expect(found.accuracies == expected.accuracies, "\(name)")
      #expect(found.samples == expected.samples, "\(name)")
      #expect(found.parameters.keys.sorted() == expected.parameters.keys.sorted(), "\(name)")
      for (key, values) in found.parameters {
        let others = expected.parameters[key] ?? []
        let scale = others.map(abs).max() ?? 0
        let difference = zip(values, others).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference <= tolerance * max(scale, 1e-3), "\(name): \(key)")
      }
    }

    @Test(
      "losses, moments and parameters are those of one process",
      arguments: [
        (Architecture.mlp, OptimizerSettings.Rule.adamw, 2), (.convnet, .sgd, 2),
        (.resnet, .sgd, 2), (.resnet, .sgd, 3),
      ])
    func sameAsOneProcess(
      _ architecture: Architecture, _ rule: OptimizerSettings.Rule, _ size: Int
    ) async throws {
      let expected = try Self.course(Self.trainer(architecture, rule))
      let found = try await onRanks(size) { ranks in
        try Self.course(Self.trainer(architecture, rule), among: ranks)
      }
      for (rank, course) in found.enumerated() {
        Self.expectSame(course, expected, "\(architecture) of \(size), rank \(rank)")
        #expect(course.parameters == found[0].parameters)
      }
    }

    @Test("a network that grows meanwhile is that of one process, and the ranks' is one")
    func growth() async throws {
      let schedule = GrowthSchedule(
        seed: 1,
        steps: [
          ScheduledGrowth(
            .at(.step(4)), growths: [.widen(Widen(all: 2)), .deepen(Deepen(all: true))],
            state: StateGrowth(relaxation: .steps(4))),
          ScheduledGrowth(
            .plateau(Plateau(patience: 1, threshold: 0.999)),
            .advised(AdvisedGrowth(best: 1, batches: 3))),
        ])
      let expected = try Self.course(Self.trainer(.convnet, growth: schedule))
      let found = try await onRanks { ranks in
        try Self.course(Self.trainer(.convnet, growth: schedule), among: ranks)
      }
      #expect(expected.growths.count == 2)
      for course in found {
        Self.expectSame(course, expected, "growing")
        #expect(course.growths.map(\.growths) == expected.growths.map(\.growths))
        #expect(course.growths == found[0].growths)
      }
    }

    /// In the first norm the mean of halves' means is the batch's; its variance is not the halves'.
    @Test("norms by rank exchange nothing, and their running statistics are averaged")
    func normsByRank() async throws {
      func results(_ scope: TrainingOptions.BatchNormScope) async throws -> [(Course, Int)] {
        try await onRanks(2) { ranks in
          let trainer = try Self.trainer(.convnet) { options in
            (options.budget, options.batchSize, options.batchNorm) = (.steps(1), 12, scope)
          }
          let before = ranks.traffic.calls
          let course = try Self.course(trainer, among: ranks)
          return (course, ranks.traffic.calls - before)
        }
      }
      let (batch, rank) = (try await results(.batch), try await results(.rank))
      #expect(rank[0].0.parameters == rank[1].0.parameters, "the ranks hold one network")
      #expect(rank[0].1 < batch[0].1)
      func largest(_ name: String) throws -> Double {
        let pairs = zip(
          try #require(rank[0].0.parameters[name]), try #require(batch[0].0.parameters[name]))
        return try #require(pairs.map { abs($0 - $1) }.max())
      }
      #expect(try largest("bn1.running_mean") < 1e-12)
      #expect(try largest("bn1.running_var") > 1e-6)
    }

    @Test("norms by rank grow and go on alike on all ranks")
    func normsByRankGrow() async throws {
      let schedule = GrowthSchedule(
        seed: 1, steps: [ScheduledGrowth(.at(.step(4)), growths: [.widen(Widen(all: 2))])])
      let found = try await onRanks { ranks in
        try Self.course(
          Self.trainer(.convnet, growth: schedule) { $0.batchNorm = .rank }, among: ranks)
      }
      #expect(found[0].growths.count == 1 && found[0].growths[0].grade != .approximate)
      for course in found {
        #expect(course.parameters == found[0].parameters)
        #expect(course.evaluations == found[0].evaluations)
      }
    }

    // MARK: What can go wrong

    /// The sentence that each rank ends with.
    private func sentences(
      _ body: @escaping @Sendable (Ranks) throws -> Void
    ) async throws -> [String] {
      try await onRanks(timeOut: .seconds(10)) { ranks in
        sentence { try body(ranks) } ?? "none"
      }
    }

    /// Rank 1's image is the one that overflows; both leave the batch out, or both stop.
    @Test("ranks agree on a NaN or infinite loss, and on the sample")
    func notANumber() async throws {
      @Sendable func trainer(_ onNaN: TrainingOptions.OnNaN) throws -> Trainer {
        // The one white pixel of 16, the second of the last image, becomes √15, and the logit 3.9e38.
        var network = try firstTwoPixels()
        let weight = Tensor([0, 1e38, 0, 0, 0, -1e38, 0, 0] as [Float], shape: [2, 4])
        network.setParameter(Parameter(name: "fc.weight", tensor: weight))
        let images = Tensor(elementType: .uint8, shape: [4, 1, 2, 2]) { index in
          index == 13 ? 255 : 0
        }
        let split = try DataSplit(name: "four", images: images, labels: [0, 1, 0, 1])
        let data = try DataSet(name: "four", classes: ["a", "b"], training: split, test: split)
        return try Trainer(
          network, data: data,
          options: TrainingOptions(budget: .steps(2), batchSize: 4, onNaN: onNaN))
      }
      let alone = sentence { _ = try trainer(.stop).train() }
      let found = try await sentences { _ = try trainer(.stop).train(among: $0) }
      #expect(found == [alone, alone])
      let skipped = try await onRanks { ranks -> [Int] in
        var skipped: [Int] = []
        _ = try trainer(.skip).train(among: ranks) { event in
          if case .omitted(let step, _) = event { skipped.append(step) }
        }
        return skipped
      }
      #expect(skipped == [[1, 2], [1, 2]])
    }

    @Test("ranks that hold different networks are told apart")
    func differing() async throws {
      let found = try await sentences { ranks in
        let network = try Architecture.mlp.network(
          ArchitectureOptions(
            inputShape: Self.shape, classes: 3, widthFactor: 0.1, seed: UInt64(ranks.rank)))
        _ = try Trainer(
          network, data: Self.data(), options: TrainingOptions(budget: .steps(1), batchSize: 4)
        ).train(among: ranks)
      }
      let expected =
        "the beginning, step 0: the network of rank 1 is no longer that of rank 0; use the same "
        + "program, processors of one kind and as many --threads on all ranks, and start them "
        + "again: they go on from the last checkpoint"
      #expect(found == [expected, expected])
    }

    static let others: [@Sendable (DataSet) throws -> DataSet] = [
      { try $0.replacing(training: $0.training.relabelled) },
      { try $0.replacing(test: $0.test.relabelled) },
      { try $0.replacing(training: $0.training.selecting([1, 0] + (2..<44))) },
    ]

    /// Counts, shapes and statistics are the same.
    @Test(
      "ranks that hold other labels, or samples in another order, are told apart",
      arguments: others)
    func otherData(_ change: @escaping @Sendable (DataSet) throws -> DataSet) async throws {
      @Sendable func data(_ ranks: Ranks) throws -> DataSet {
        let data = try Self.data()
        return try ranks.rank == 1 ? change(data) : data
      }
      let options = TrainingOptions(budget: .steps(1), batchSize: 4)
      let network = try Architecture.mlp.network(
        ArchitectureOptions(inputShape: Self.shape, classes: 3, widthFactor: 0.1))
      let shared = try await sentences { ranks in
        _ = try Trainer.shared(among: ranks) {
          try Trainer(network, data: data(ranks), options: options)
        } data: { _ in
          try data(ranks)
        }
      }
      let trained = try await sentences { ranks in
        _ = try Trainer(network, data: data(ranks), options: options).train(among: ranks)
      }
      let expected =
        "the data of rank 1 is not that of rank 0; give all ranks the same samples with the same "
        + "labels, in the same order; here: \(try Self.data().summary)"
      #expect(shared == [expected, expected])
      #expect(trained == [expected, expected])
    }

    @Test("ranks that were told other options or plans are told apart")
    func otherOptions() async throws {
      let found = try await sentences { ranks in
        _ = try Self.trainer(.mlp) { $0.labelSmoothing = 0.1 * Double(ranks.rank) }
          .train(among: ranks)
      }
      let options = "the set of options of rank 1 is not that of rank 0; give all ranks the same"
      #expect(found == [options, options])
      let plans = try await sentences { ranks in
        let growth = ScheduledGrowth(.at(.step(1 + ranks.rank)), growths: [.widen(Widen(all: 2))])
        _ = try Self.trainer(.mlp, growth: GrowthSchedule(steps: [growth])).train(among: ranks)
      }
      let plan = "the plan of growths of rank 1 is not that of rank 0; give all ranks the same"
      #expect(plans == [plan, plan])
    }

    @Test("what rank 0 fails at ends the others with its sentence")
    func endedByRankZero() async throws {
      let found = try await sentences { ranks in
        _ = try Trainer.shared(among: ranks) {
          throw TrainingError.runExists("runs/two")
        } data: { _ in
          try Self.data()
        }
      }
      let reason =
        "runs/two: holds a run already; go on with it, overwrite it or name another folder"
      #expect(found == [reason, "rank 0 has ended: " + reason])
    }

    @Test("devices that ranks cannot use together are refused")
    func device() async throws {
      let found = try await sentences { ranks in
        _ = try Trainer(
          Architecture.mlp.network(ArchitectureOptions(inputShape: Self.shape, classes: 3)),
          data: Self.data(), options: TrainingOptions(budget: .steps(1), device: .mps)
        ).train(among: ranks)
      }
      let possible =
        Engine.hasNCCL ? "cpu or cuda with 2 ranks" : "cpu with 2 ranks (this build has no NCCL)"
      let expected = "device: \(possible) expected, mps found"
      #expect(found == [expected, expected])
    }

    @Test("each rank of a machine has a GPU of its own")
    func ownGPU() throws {
      #expect(try (0..<3).map { try Ranks.gpu(ofLocalRank: $0, among: 4) } == [0, 1, 2])
      #expect(try Ranks.gpu(ofLocalRank: 5, among: 1) == 0, "a launcher shows it only its own")
      #expect {
        try Ranks.gpu(ofLocalRank: 2, among: 2)
      } throws: {
        "\($0)"
          == "ranks of one machine: 2 at most, one for each GPU, expected, local rank 2 found"
      }
    }

    /// Rank 1 gives up after its third step; rank 0 says so while it adds gradients up or measures.
    @Test("a rank that ends by itself is named by the other")
    func endedRank() async throws {
      let found = try await sentences { ranks in
        struct Enough: Error {}
        _ = try Self.trainer(.convnet).train(among: ranks) { event in
          if case .logged(let metrics) = event, metrics.step == 3, ranks.rank == 1 {
            throw Enough()
          }
        }
      }
      #expect(found[0].contains(": rank 1 of 2 is gone or hangs ("), "\(found)")
      #expect(found[1] == "Enough()")
    }
  }
}

extension DataSplit {
  /// Each sample with the label of the next.
  fileprivate var relabelled: DataSplit {
    DataSplit(samples, labels: Array(labels[1...] + labels[..<1]))
  }
}
