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
  @Suite("Growth inside a run")
  struct GrowingRunTests {
    /// Widens after 4 of 12 steps and relaxes over 5 of them; repeats nothing.
    static let schedule = GrowthSchedule(
      seed: 1,
      steps: [
        ScheduledGrowth(
          .at(.step(4)), growths: [.widen(Widen(all: 2))], learningRate: .rewarm(steps: 2),
          state: StateGrowth(relaxation: .steps(5)))
      ])

    static func trainer(
      _ rule: OptimizerSettings.Rule, _ schedule: GrowthSchedule = schedule,
      checkpointInterval: Int? = nil, start: Checkpoint? = nil
    ) throws -> Trainer {
      var options = TrainerTests.options
      options.optimizer = OptimizerSettings(rule, learningRate: rule == .sgd ? 0.05 : 0.01)
      options.logInterval = 1
      options.checkpointInterval = checkpointInterval
      return try Trainer(
        smallConvNet(), data: halvesDataSet(), options: options, growth: schedule, start: start)
    }

    @Test("the network grows when its time has come, exactly, and training goes on")
    func growsAndGoesOn() throws {
      var records: [GrowthRecord] = []
      var losses: [(step: Int, loss: Double)] = []
      let result = try Self.trainer(.sgd).train { event in
        if case .grown(_, let record) = event { records.append(record) }
        if case .logged(let metrics) = event { losses.append((metrics.step, metrics.loss ?? .nan)) }
      }
      #expect(result.isComplete)
      #expect(result.network.parameters["conv1.weight"]?.shape == [8, 1, 3, 3])
      #expect(result.checkpoint.progress.growths == records)
      let record = try #require(records.first)
      #expect(records.count == 1 && record.step == 4)
      #expect(record.grade == .exact)
      #expect(record.before.parameters < record.after.parameters)
      #expect(losses.map(\.step) == Array(1...12))
    }

    /// N steps are k steps, a stop, and N − k more, to the byte: before the growth, between it and
    /// the end of its relaxation, and after.
    @Test(
      "a run that is taken up goes on to the same bytes, also across a growth",
      arguments: OptimizerSettings.Rule.allCases, [3, 4, 7, 10])
    func resumes(_ rule: OptimizerSettings.Rule, _ stop: Int) throws {
      let whole = try Self.trainer(rule).train()
      try withTemporaryFolder { folder in
        let run = try RunDirectory.create(folder + "/run")
        _ = try TrainerTests.train(Self.trainer(rule), into: run, cancellingAfter: stop)
        let checkpoint = try run.checkpoint()
        #expect(checkpoint.step == stop)
        #expect((checkpoint.optimizer.inherited != nil) == (4..<9).contains(stop))
        let rest = try Self.trainer(rule, start: checkpoint).train(into: run)
        #expect(TrainerTests.values(rest.network) == TrainerTests.values(whole.network))
        #expect(rest.checkpoint.progress.samples == 12 * 16)
        let log = try run.log().lines
        #expect(log.filter { $0.kind == .training }.map(\.step) == Array(1...12))
        #expect(log.filter { $0.kind == .growth }.map(\.step) == [4])
      }
    }

    struct Killed: Error {}

    enum End: CaseIterable { case kill, killBeforeTheLine, cancel }

    /// Between two lines of the log, right after a checkpoint, before the network grows.
    @Test("a run that is taken up leaves the files of one that was not", arguments: End.allCases)
    func leavesTheSame(_ end: End) throws {
      func trainer(from start: Checkpoint? = nil) throws -> Trainer {
        var options = TrainerTests.options
        options.logInterval = 5
        options.checkpointInterval = 4
        let growth = ScheduledGrowth(.at(.step(9)), growths: [.widen(Widen(all: 2))])
        return try Trainer(
          smallConvNet(), data: halvesDataSet(), options: options,
          growth: GrowthSchedule(seed: 1, steps: [growth]), start: start)
      }
      try withTemporaryFolder { folder in
        let whole = try RunDirectory.create(folder + "/whole")
        _ = try trainer().train(into: whole)
        let run = try RunDirectory.create(folder + "/run")
        let cancellation = Cancellation()
        do {
          _ = try trainer().train(into: run, cancellation: cancellation) { event in
            guard case .saved(step: 8, _) = event else { return }
            guard end == .cancel else { throw Killed() }
            cancellation.cancel()
          }
        } catch is Killed {}
        if end == .killBeforeTheLine { try Self.removeLastLine(of: run.metricsFile) }
        _ = try trainer(from: run.checkpoint()).train(into: run)
        for name in ["network.onnx", "growth-1.teacher.onnx", "growth-1.receipt.json"] {
          let files = [run, whole].map { URL(fileURLWithPath: "\($0.path)/\(name)") }
          #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]), "\(name)")
        }
        // Where it was taken up, a run is evaluated once more.
        let lines = try Self.timeless(run).filter { $0.kind != .evaluation || $0.step != 8 }
        #expect(try lines == Self.timeless(whole))
      }
    }

    private static func removeLastLine(of file: String) throws {
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.last?.contains(#""kind":"checkpoint""#) == true)
      let text = lines.dropLast().map { $0 + "\n" }.joined()
      try write(Array(text.utf8), to: file)
    }

    /// A log without what clocks and memory have to say.
    private static func timeless(_ run: RunDirectory) throws -> [Metrics] {
      try run.log().lines.filter { $0.kind != .start }.map { line in
        var line = line
        line.seconds = 0
        line.imagesPerSecond = nil
        line.peakMemoryBytes = nil
        line.growth?.seconds = 0
        return line
      }
    }

    @Test("a checkpoint of an earlier version is read")
    func olderProgress() throws {
      let text = """
        {"step": 3, "samples": 48, "scheduleSteps": 0, "growths": [], "lossSum": 0.5,
        "lossCount": 1, "plateau": {"evaluationsSinceBest": 0}}
        """
      let progress = try JSONDecoder().decode(RunProgress.self, from: Data(text.utf8))
      #expect(progress.step == 3 && progress.window == nil && progress.evaluatedLoss == nil)
    }

    /// Before the growth and after it, where runs in wider types than their files' have values beside
    /// the network.
    @Test(
      "a run in a wider type than its file's rounds nothing when it is taken up, and keeps the file's",
      arguments: [(ElementType.float32, Precision.float64), (.float16, .float32)], [3, 7])
    func widerThanItsFile(_ types: (stored: ElementType, run: Precision), _ stop: Int) throws {
      func trainer(from start: Checkpoint? = nil) throws -> Trainer {
        var options = TrainerTests.options
        options.precision = types.run
        options.logInterval = 1
        return try Trainer(
          smallConvNet().converted(to: types.stored), data: halvesDataSet(), options: options,
          growth: Self.schedule, start: start)
      }
      let whole = try trainer().train()
      try withTemporaryFolder { folder in
        let run = try RunDirectory.create(folder + "/run")
        _ = try TrainerTests.train(trainer(), into: run, cancellingAfter: stop)
        #expect(try Network(onnx: run.networkFile).storedType == types.stored)
        let rest = try trainer(from: run.checkpoint()).train(into: run)
        #expect(TrainerTests.values(rest.network) == TrainerTests.values(whole.network))
        #expect(try Network(onnx: run.networkFile).storedType == types.stored)
        #expect(try run.checkpoint().storedType == types.stored)
      }
    }

    @Test("a growth leaves its teacher and a receipt that replays to the student")
    func receipt() throws {
      try withTemporaryFolder { folder in
        let run = try RunDirectory.create(folder + "/run")
        _ = try Self.trainer(.sgd).train(into: run)
        let teacher = try Network(onnx: run.path + "/growth-1.teacher.onnx")
        let receipt = try decoded(
          Receipt.self, from: run.path + "/growth-1.receipt.json", as: "a receipt")
        #expect(receipt.teacher.sha256 == (try Receipt.Summary(of: teacher).sha256))
        let student = try teacher.replaying(receipt.steps, seed: receipt.seed)
        #expect(receipt.student.sha256 == (try Receipt.Summary(of: student.evaluated()).sha256))
      }
    }

    @Test("a plateau of the test loss calls for growth, and begins anew behind it")
    func plateau() throws {
      // Any loss counts as no better than the best before, so each second evaluation is a plateau.
      let step = ScheduledGrowth(
        .plateau(Plateau(patience: 2, threshold: 0.999)), growths: [.widen(Widen(all: 1.5))])
      var options = TrainerTests.options
      options.evaluationInterval = 1
      let trainer = try Trainer(
        smallConvNet(), data: halvesDataSet(), options: options,
        growth: GrowthSchedule(steps: [step, step]))
      let result = try trainer.train()
      #expect(result.checkpoint.progress.growths.map(\.step) == [2, 5])
    }

    @Test("a growth may be what advice ranks first, within a budget")
    func advised() throws {
      func growths(_ advised: AdvisedGrowth) throws -> (records: [GrowthRecord], omitted: Int) {
        let step = ScheduledGrowth(.at(.step(4)), .advised(advised))
        var omitted = 0
        let trainer = try GrowingRunTests.trainer(.sgd, GrowthSchedule(seed: 1, steps: [step]))
        let result = try trainer.train { event in
          if case .omitted = event { omitted += 1 }
        }
        return (result.checkpoint.progress.growths, omitted)
      }
      let (records, omitted) = try growths(AdvisedGrowth(best: 1, batches: 4))
      #expect(records.count == 1 && omitted == 0)
      #expect(records.first?.growths.count == 1 && records.first?.grade != .approximate)
      let none = try growths(
        AdvisedGrowth(batches: 4, budget: CostBudget(parameters: 1)))
      #expect(none.records.isEmpty && none.omitted == 1)
    }

    @Test("each policy of the learning rate is what the optimizer is given")
    func ratePolicy() throws {
      var rates: [Double] = []
      _ = try Self.trainer(.sgd).train { event in
        if case .logged(let metrics) = event { rates.append(metrics.learningRate ?? 0) }
      }
      let plain = Schedule()
      let expected = (0..<12).map { step in
        0.05 * plain.share(atStep: step, of: 12) * (step < 4 ? 1 : min(1, Double(step - 3) / 3))
      }
      for (found, expected) in zip(rates, expected) { #expect(abs(found - expected) < 1e-15) }
    }

    /// Each image's first and third pixels are both 1 or both −1: no float32 holds their sum.
    static func overflowing() throws -> Network {
      var network = try firstTwoPixels()
      let large = Float.greatestFiniteMagnitude
      network.setParameter(
        Parameter(
          name: "fc.weight",
          tensor: Tensor([large, 0, large, 0, 0, 1, 0, 0] as [Float], shape: [2, 4])))
      return network
    }

    @Test("a plan that cannot be carried out is refused before the run begins")
    func impossiblePlan() throws {
      let schedule = GrowthSchedule(steps: [
        ScheduledGrowth(.at(.step(2)), growths: [.widen(Widen(all: 2))]),
        ScheduledGrowth(.at(.step(4)), growths: [.deepen(Deepen(after: ["relu2"]))]),
      ])
      var steps = 0
      #expect(
        sentence {
          _ = try Self.trainer(.sgd, schedule).train { if case .logged = $0 { steps += 1 } }
        } == "growth 2 of the plan: there is no site \"relu2\"; did you mean \"relu1\"?")
      #expect(steps == 0)
    }

    @Test("what a growth inside a run can fail by is told")
    func sentences() {
      #expect(
        TrainingError.needsData(site: "relu1").description
          == "a batch norm inserted at \"relu1\" needs data, for the statistics of what it will see"
      )
      #expect(
        TrainingError.differs(student: "growth 1", how: "the outputs differ by 0.3, relatively")
          .description
          == "growth 1: does not compute its teacher's function; the outputs differ by 0.3, relatively"
      )
      #expect(
        TrainingError.unverifiable(reason: "no engine").description
          == "the growth cannot be verified: no engine")
    }

    @Test("a batch whose loss is NaN or infinite is skipped if asked, and its sample named")
    func skipsNaN() throws {
      let data = try EvaluationTests.threeImages()
      let network = try Self.overflowing()
      var options = TrainingOptions(budget: .steps(2), batchSize: 1, seed: 2)
      let first = try Trainer(network, data: data, options: options).loader
        .samples(ofBatch: 0, epoch: 0)[0]
      #expect(
        sentence { _ = try Trainer(network, data: data, options: options).train() }
          == "step 1: the loss is no longer a number, at learning rate 0.05, first in training "
          + "sample \(first), layer \"fc\"; try a lower rate, or more warm-up")
      options.onNaN = .skip
      var skipped: [Int] = []
      let result = try Trainer(network, data: data, options: options).train { event in
        if case .omitted(let step, _) = event { skipped.append(step) }
      }
      #expect(skipped == [1, 2])
      #expect(TrainerTests.values(result.network) == TrainerTests.values(network))
    }

    @Test("ten batches in a row are too many to skip")
    func skipsTenAtMost() throws {
      let data = try EvaluationTests.threeImages()
      let network = try Self.overflowing()
      let options = TrainingOptions(budget: .steps(20), batchSize: 1, onNaN: .skip)
      #expect(
        sentence { _ = try Trainer(network, data: data, options: options).train() }?
          .hasPrefix("step 11: the loss is no longer a number") == true)
    }

    @Test("a run is not gone on with on other data or by another plan")
    func otherRun() throws {
      let description = try Self.trainer(.sgd).description(begun: nil)
      try description.check(data: halvesDataSet())
      try description.check(growth: Self.schedule)
      try description.check(network: smallConvNet())
      #expect(
        sentence { try description.check(data: halvesDataSet().prefix(training: 8, test: 4)) }?
          .hasPrefix("the run cannot be gone on with: the data: ") == true)
      #expect(
        sentence { try description.check(growth: GrowthSchedule(seed: 1)) }
          == "the run cannot be gone on with: the plan: steps: 1 expected, as it began, 0 found")
      #expect(
        sentence { try description.check(network: smallConvNet(seed: 1)) }?
          .hasPrefix("the run cannot be gone on with: the network: SHA-256 ") == true)
    }
  }
}
