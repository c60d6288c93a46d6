import Foundation
import Net2Net
import Net2NetFiles
import OrderedCollections
import Synchronization
import TestSupport
import Testing

@testable import Net2NetTraining

@Suite(.requiresTorch)
struct TrainerTests {
  /// 6 steps of 16 images an epoch, with everything that draws random numbers.
  /// One thread: libtorch's number of threads is the whole process's, other tests beside these set
  /// it, and sums differ in their last bits by it.
  static let options = TrainingOptions(
    budget: .epochs(2), batchSize: 16, optimizer: OptimizerSettings(learningRate: 0.05),
    augmentation: Augmentation(cropPadding: 1), seed: 5, logInterval: 4, threads: 1)

  static func trainer(_ options: TrainingOptions = options) throws -> Trainer {
    try Trainer(smallConvNet(), data: halvesDataSet(), options: options)
  }

  static func values(_ network: Network) -> [String: [Double]] {
    Dictionary(
      uniqueKeysWithValues: network.parameters.values.map { ($0.name, $0.tensor().doubles()) })
  }

  @Test(arguments: OptimizerSettings.Rule.allCases)
  func easyTaskIsLearnt(_ rule: OptimizerSettings.Rule) throws {
    var options = Self.options
    options.budget = .epochs(8)
    options.augmentation = .none
    options.optimizer = OptimizerSettings(rule, learningRate: rule == .sgd ? 0.05 : 0.01)
    let result = try Self.trainer(options).train()
    #expect(result.isComplete)
    #expect(result.checkpoint.step == 48)
    #expect(result.evaluations.map(\.step) == Array(stride(from: 0, through: 48, by: 6)))
    #expect(result.evaluations.last?.accuracy == 1)
    #expect((result.evaluations.last?.loss ?? 1) < 0.1)
  }

  @Test func equalSeedsGiveEqualBytes() throws {
    let first = try Self.trainer().train()
    let second = try Self.trainer().train()
    #expect(Self.values(first.network) == Self.values(second.network))
    var other = Self.options
    other.seed = 6
    let third = try Self.trainer(other).train()
    #expect(Self.values(first.network) != Self.values(third.network))
  }

  @Test func trainingsAtOnceDrawNothingFromEachOther() throws {
    let alone = Self.values(try Self.trainer().train().network)
    let together = Mutex([[String: [Double]]]())
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      guard let result = try? Self.trainer().train() else { return }
      together.withLock { $0.append(Self.values(result.network)) }
    }
    #expect(together.withLock { $0 } == Array(repeating: alone, count: 4))
  }

  @Test func trainingChangesRunningStatisticsAndLeavesTheTeacherAlone() throws {
    let trainer = try Self.trainer()
    let before = Self.values(trainer.network)
    let after = Self.values(try trainer.train().network)
    #expect(Self.values(trainer.network) == before)
    for name in before.keys { #expect(before[name] != after[name], "\(name)") }
  }

  /// Cancels after `step` steps.
  static func train(
    _ trainer: Trainer, into run: RunDirectory? = nil, cancellingAfter step: Int
  ) throws -> TrainingResult {
    let cancellation = Cancellation()
    return try trainer.train(into: run, cancellation: cancellation) { event in
      if case .logged(let metrics) = event, metrics.step >= step { cancellation.cancel() }
    }
  }

  @Test func cancelledRunGoesOnToTheSameBytes() throws {
    let whole = try Self.trainer().train()
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      let part = try Self.train(Self.trainer(), into: run, cancellingAfter: 8)
      #expect(!part.isComplete)
      #expect(part.checkpoint.step == 8)
      let rest = try Trainer(
        part.network, data: halvesDataSet(), options: Self.options, start: run.checkpoint())
      let result = try rest.train(into: run)
      #expect(result.isComplete)
      #expect(Self.values(result.network) == Self.values(whole.network))
      #expect(Self.values(try Network(onnx: run.networkFile)) == Self.values(whole.network))
      let log = try run.log().lines
      #expect(log.filter { $0.kind == .training }.map(\.step) == [4, 6, 8, 12])
      #expect(log.filter { $0.kind == .evaluation }.map(\.step) == [0, 6, 8, 12])
    }
  }

  @Test func runThatDivergesStopsAndKeepsWhatWasSaved() throws {
    var options = Self.options
    options.optimizer.learningRate = 1e30
    options.schedule = Schedule(.constant)
    let trainer = try Self.trainer(options)
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      #expect(
        sentence { _ = try trainer.train(into: run) }
          == "step 3: the loss is no longer a number, at learning rate 1e+30, first in "
          + "parameter \"conv1.weight\", layer \"conv1\"; "
          + "try a lower rate, or more warm-up")
      #expect(!FileManager.default.fileExists(atPath: run.networkFile))
    }
  }

  @Test func stepsCanEndAndEvaluateAnywhere() throws {
    var options = Self.options
    options.budget = .steps(8)
    options.evaluationInterval = 3
    let result = try Self.trainer(options).train()
    #expect(result.evaluations.map(\.step) == [0, 3, 6, 8])
    #expect(result.evaluations.last?.epoch == 8.0 / 6)
    #expect(result.evaluations.last?.images == 128)
  }

  @Test func softmaxAtTheEndStaysAndIsNotTrainedTwice() throws {
    let data = try EvaluationTests.threeImages()
    let options = TrainingOptions(budget: .steps(3), batchSize: 3)
    let plain = try Trainer(firstTwoPixels(), data: data, options: options).train()
    let soft = try Trainer(
      firstTwoPixels(endingInSoftmax: true), data: data, options: options
    ).train()
    #expect(Self.values(soft.network) == Self.values(plain.network))
    #expect(soft.network.graph.nodes.count == plain.network.graph.nodes.count + 1)
  }

  @Test func networkTellsHowItsInputsAreMade() throws {
    let data = try EvaluationTests.threeImages()
    let options = TrainingOptions(budget: .steps(1), batchSize: 3)
    let metadata = try Trainer(firstTwoPixels(), data: data, options: options).train()
      .network.metadata
    #expect(metadata["trained on"] == "three")
    #expect(metadata["classes"] == "a, b")
    #expect(
      metadata["normalization"]
        == "(pixel / 255 - mean) / deviation, by channel: mean 0.5, deviation 0.5")
  }

  @Test func observersErrorEndsTheRun() throws {
    struct Enough: Error {}
    let trainer = try Self.trainer()
    #expect(throws: Enough.self) { try trainer.train { _ in throw Enough() } }
  }

  @Test func badOptionIsRefusedBeforeAnythingIsRead() throws {
    var options = Self.options
    options.threads = 0
    #expect(
      sentence { _ = try Self.trainer(options).train() } == "threads: 1 to 4096 expected, 0 found")
    options.batchSize = 0
    #expect(sentence { _ = try Self.trainer(options) } == "batch size: 1 or more expected, 0 found")
  }

  /// 96 images in batches of 16.
  @Test func epochsWhoseStepsCannotBeCountedAreRefused() throws {
    var options = Self.options
    options.budget = .epochs(1_000_000_001)
    #expect(
      sentence { _ = try Self.trainer(options) }
        == "epochs: at most 1000000000 expected, 1000000001 found")
    options.budget = .epochs(1_000_000_000)
    #expect(try Self.trainer(options).steps == 6_000_000_000)
  }

  @Test func runIsWrittenByOneAtATime() throws {
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      let trainer = try Self.trainer()
      let other = RunDirectory(run.path)
      let expected =
        "run: is in use by process \(getpid()); wait until it ends, or name another folder"
      var sentences: [String?] = []
      var read: Int?
      _ = try trainer.train(into: run) { event in
        guard case .saved(step: 6, _) = event else { return }
        sentences = [
          sentence(without: folder) { _ = try trainer.train(into: other) },
          sentence(without: folder) { _ = try RunDirectory.create(run.path) },
          sentence(without: folder) { _ = try RunDirectory.create(run.path, overwriting: true) },
        ]
        // Whoever reads needs no lock, and takes nothing away.
        read = try other.checkpoint().step
      }
      #expect(read == 6)
      #expect(sentences == [expected, expected, expected])
      #expect(try run.checkpoint().step == 12)
    }
  }

  /// An epoch of 2,000 images takes a perceptron with one hidden layer to about 77 % (chance is
  /// 10 %); 70 % leaves room for another machine's rounding.
  @Test(.requiresFashionMNIST, .tags(.slow))
  func perceptronLearnsFashionMNIST() throws {
    let data = try DataSpecification.fashionMNIST.load().prefix(training: 2000, test: 1000)
    let network = try Architecture.mlp.network(
      ArchitectureOptions(inputShape: data.sampleShape, classes: 10))
    let options = TrainingOptions(
      budget: .epochs(1), batchSize: 50, optimizer: OptimizerSettings(learningRate: 0.02))
    let result = try Trainer(network, data: data, options: options).train()
    #expect((result.evaluations.last?.accuracy ?? 0) > 0.7)
  }
}
