import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

@testable import Net2NetTraining

extension TrainerTests {
  /// In the same suite as all runs: dropout draws from a generator that the whole process shares.
  @Suite("Transformers learn text")
  struct TextTrainingTests {
    /// A song of two letters whose next one its last two tell.
    static func song() throws -> DataSet {
      let bytes = (0..<2000).map { UInt8($0 % 3 == 0 ? 97 : 98) }
      return try withTemporaryFolder { folder in
        try write(bytes, to: "\(folder)/song")
        return try DataSpecification("text:\(folder)/song:context=8,held-out=0.2").load()
      }
    }

    static func network(seed: UInt64 = 0) throws -> Network {
      try Architecture.gpt.network(
        ArchitectureOptions(
          inputShape: [8], classes: 256, widthFactor: 0.125, depth: 2, seed: seed))
    }

    static let options = TrainingOptions(
      budget: .steps(30), batchSize: 16, optimizer: OptimizerSettings(.adamw, learningRate: 0.01),
      seed: 3, logInterval: 1, threads: 1)

    @Test func lossOfANetworkThatKnowsNothingIsTheLogarithmOfTheClasses() throws {
      var network = try Self.network()
      network.setParameter(
        Parameter(
          name: "head.weight",
          tensor: Tensor([Float](repeating: 0, count: 16 * 256), shape: [16, 256])))
      let data = try Self.song()
      let evaluation = try Evaluation(of: network, on: data, batchSize: 7)
      // float32 sums of 256 equal terms.
      #expect(abs(evaluation.loss - Foundation.log(256)) < 1e-5)
      // 400 bytes are held out: 49 windows of 8.
      #expect(evaluation.targets == 49 * 8)
      #expect(evaluation.targetsByClass[97] + evaluation.targetsByClass[98] == 49 * 8)
    }

    /// The formula, computed by PyTorch from the weights in the file.
    @Test(.requiresPython) func logitsAreThoseOfTheFormula() async throws {
      let folder = NSTemporaryDirectory() + "net2net-gpt-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try Self.network(seed: 4).writeONNX(to: folder + "/gpt.onnx")
      let printed = try await Python.run(oracle: "gpt.py", folder + "/gpt.onnx", "4")
      let expected = try JSONDecoder().decode([Double].self, from: Data(printed.utf8))
      let tokens = Tensor((0..<16).map { Int64($0 * 7 % 256) }, shape: [2, 8])
      let found = try #require(
        try CompiledNetwork(Network(onnx: folder + "/gpt.onnx"), precision: .float64)
          .run(["input": tokens])["output"]
      ).doubles()
      #expect(found.count == expected.count && found.count == 2 * 8 * 256)
      let scale = expected.map(abs).max() ?? 0
      #expect(scale > 0.1)
      // Sums in another order, in double.
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-12 * scale })
    }

    @Test func noPlaceSeesThoseBehindIt() throws {
      let compiled = try CompiledNetwork(Self.network(), precision: .float64)
      func logits(_ last: Int64) throws -> [Double] {
        let tokens = Tensor([1, 2, 3, 4, 5, 6, 7, last] as [Int64], shape: [1, 8])
        return try #require(try compiled.run(["input": tokens])["output"]).doubles()
      }
      let (a, b) = (try logits(8), try logits(200))
      #expect(Array(a.prefix(7 * 256)) == Array(b.prefix(7 * 256)))
      #expect(a.suffix(256) != b.suffix(256))
    }

    @Test func songIsLearnt() throws {
      let result = try Trainer(Self.network(), data: Self.song(), options: Self.options).train()
      // Knowing the letters alone is 0.64 nats; from the third place on, the song is certain.
      #expect((result.evaluations.last?.loss ?? 1) < 0.3)
      #expect((result.evaluations.last?.accuracy ?? 0) > 0.85)
      #expect(result.network.metadata["classes"] == "bytes, 0 to 255")
    }

    static let growths: [(String, [Growth])] = [
      ("every width", [.widen(Widen(all: 2))]),
      ("heads", [.widen(Widen(widths: ["block1.query[0]": .size(6)]))]),
      (
        "head widths",
        [.widen(Widen(widths: ["block1.query[1]": .size(7), "block2.value[1]": .size(9)]))]
      ),
      ("the stream", [.widen(Widen(widths: ["embed": .size(24)]))]),
      ("perceptrons", [.widen(Widen(widths: ["block1.fc1": .size(100)]))]),
      (
        "depth",
        [
          .repeatBlock(RepeatBlock(block: "block1")),
          .repeatBlock(RepeatBlock(block: "block2.add2")),
        ]
      ),
      ("layers", [.deepen(Deepen(all: true))]),
    ]

    @Test("each way to grow keeps the function, and training goes on", arguments: growths.map(\.0))
    func growth(_ name: String) throws {
      let growths = try #require(Self.growths.first { $0.0 == name }).1
      let schedule = GrowthSchedule(
        seed: 1, steps: [ScheduledGrowth(.at(.step(12)), growths: growths)])
      var options = Self.options
      options.evaluationInterval = 12
      var losses: [Double] = []
      var records: [GrowthRecord] = []
      let result = try Trainer(
        Self.network(), data: Self.song(), options: options, growth: schedule
      ).train { event in
        if case .logged(let metrics) = event { losses.append(metrics.loss ?? .nan) }
        if case .grown(_, let record) = event { records.append(record) }
      }
      let record = try #require(records.first)
      #expect(record.grade == .exact || record.grade == .bitExact)
      #expect(record.trainingGrade == record.grade)
      #expect(record.after.parameters > record.before.parameters)
      #expect(losses.count == 30)
      // No bump: the step behind the growth is no worse than a step before by more than batches vary.
      #expect(losses[12] < losses[11] + 0.1, "\(losses)")
      #expect(losses[29] < losses[11], "\(losses)")
      #expect((result.evaluations.last?.accuracy ?? 0) > 0.8)
    }

    /// With equal shares and the state carried over, the student goes where its teacher would have
    /// gone: the losses of 10 steps in float64 differ by rounding alone.
    @Test("with equal shares, the student's losses are its teacher's")
    func trajectory() throws {
      var options = Self.options
      options.budget = .steps(20)
      options.precision = .float64
      func losses(_ growth: GrowthSchedule) throws -> [Double] {
        var losses: [Double] = []
        _ = try Trainer(Self.network(), data: Self.song(), options: options, growth: growth).train {
          if case .logged(let metrics) = $0 { losses.append(metrics.loss ?? .nan) }
        }
        return losses
      }
      func schedule(carriesState: Bool) -> GrowthSchedule {
        GrowthSchedule(
          seed: 1,
          steps: [
            ScheduledGrowth(
              .at(.step(10)),
              growths: [
                .widen(
                  Widen(
                    widths: [
                      "block1.fc1": .size(128), "block2.fc1": .size(96),
                      "block1.value[1]": .size(8),
                    ], symmetry: .equal))
              ], learningRate: .keep,
              state: StateGrowth(carriesState: carriesState, relaxation: .never))
          ])
      }
      let teacher = try losses(GrowthSchedule())
      let student = try losses(schedule(carriesState: true))
      for (found, expected) in zip(student, teacher) {
        #expect(abs(found - expected) <= 1e-9 * expected, "\(student) \(teacher)")
      }
      let forgetful = try losses(schedule(carriesState: false))
      #expect(zip(forgetful, teacher).contains { abs($0 - $1) > 1e-6 })
    }

    @Test func runGoesOnToTheSameBytes() throws {
      let schedule = GrowthSchedule(
        seed: 1, steps: [ScheduledGrowth(.at(.step(10)), growths: [.widen(Widen(all: 2))])])
      func trainer(_ start: Checkpoint? = nil) throws -> Trainer {
        try Trainer(
          Self.network(), data: Self.song(), options: Self.options, growth: schedule, start: start)
      }
      let whole = try trainer().train()
      try withTemporaryFolder { folder in
        let run = try RunDirectory.create(folder + "/run")
        _ = try TrainerTests.train(trainer(), into: run, cancellingAfter: 13)
        let rest = try trainer(run.checkpoint()).train(into: run)
        #expect(TrainerTests.values(rest.network) == TrainerTests.values(whole.network))
      }
    }

    @Test func networksThatAreNotOfTextAreRefused() throws {
      let data = try Self.song()
      #expect(
        sentence { _ = try Evaluation(of: smallConvNet(), on: data) }
          == "the network's input \"input\": int64(N, 8), for windows of tokens (8), expected, "
          + "float32(N, 1, 4, 4) found")
      let longer = try Architecture.gpt.network(ArchitectureOptions(inputShape: [9], depth: 1))
      #expect(
        sentence { _ = try Evaluation(of: longer, on: data) }
          == "the network's input \"input\": int64(N, 8), for windows of tokens (8), expected, "
          + "int64(N, 9) found")
      let fewer = try Architecture.gpt.network(
        ArchitectureOptions(inputShape: [8], classes: 100, depth: 1))
      #expect(
        sentence { _ = try Evaluation(of: fewer, on: data) }
          == "the network's output \"output\": (N, 8, 256), a number for each class, expected, "
          + "float32(N, 8, 100) found")
      #expect(
        sentence { _ = try Evaluation(of: Self.network(), on: halvesDataSet()) }
          == "the network's input \"input\": float32(N, 16), for images (1, 4, 4), expected, "
          + "int64(N, 8) found")
    }
  }
}
