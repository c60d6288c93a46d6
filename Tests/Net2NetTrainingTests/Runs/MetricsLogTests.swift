import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTorch
import TestSupport
import Testing

@testable import Net2NetTraining

struct MetricsLogTests {
  static func metrics(_ kind: Metrics.Kind, _ step: Int) -> Metrics {
    Metrics(kind: kind, step: step, images: 0, epoch: 0, loss: 0.5, seconds: 0)
  }

  @Test func lineIsInTheFileAtOnceAndPlainJSON() throws {
    try withTemporaryFolder { folder in
      let log = try MetricsLog(folder + "/metrics.jsonl", from: 0)
      var metrics = Self.metrics(.evaluation, 3)
      metrics.accuracy = 0.25
      try log.append(metrics)
      let text = try String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8)
      #expect(
        text == #"{"accuracy":0.25,"epoch":0,"images":0,"kind":"evaluation","loss":0.5,"#
          + #""seconds":0,"step":3}"# + "\n")
    }
  }

  @Test func numbersThatAreNoneAreWrittenAndReadBack() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      var metrics = Self.metrics(.evaluation, 3)
      metrics.loss = .infinity
      try MetricsLog(path, from: 0).append(metrics)
      #expect(try String(contentsOfFile: path, encoding: .utf8).contains(#""loss":"inf""#))
      #expect(try RunLog(path).lines == [metrics])
    }
  }

  @Test func runTakenUpAgainWritesNothingTwice() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let first = try MetricsLog(path, from: 0)
      for step in 0...3 {
        for kind in Metrics.Kind.allCases { try first.append(Self.metrics(kind, step)) }
      }
      let second = try MetricsLog(path, from: 2)
      try second.append(Self.metrics(.evaluation, 2))
      let log = try RunLog(path).lines
      for kind in Metrics.Kind.allCases {
        #expect(log.filter { $0.kind == kind }.map(\.step) == [0, 1, 2], "\(kind)")
      }
    }
  }

  @Test func lineCutOffByACrashIsLeftOut() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      try MetricsLog(path, from: 0).append(Self.metrics(.training, 1))
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try file.seekToEnd()
      try file.write(contentsOf: Data(#"{"epoch":0,"im"#.utf8))
      try file.close()
      let log = try RunLog(path)
      #expect(log.lines.map(\.step) == [1])
      #expect(log.damagedLines == [2] && log.isCutOff)
      try MetricsLog(path, from: 1).append(Self.metrics(.training, 2))
      #expect(try RunLog(path).lines.map(\.step) == [1, 2])
    }
  }

  @Test func damagedLineDoesNotHideThoseBehindIt() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let log = try MetricsLog(path, from: 0)
      for step in 1...3 { try log.append(Self.metrics(.training, step)) }
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try write(
        Array(text.replacingOccurrences(of: #""step":2"#, with: #""step":-"#).utf8), to: path)
      let read = try RunLog(path)
      #expect(read.lines.map(\.step) == [1, 3])
      #expect(read.damagedLines == [2] && !read.isCutOff)
    }
  }

  @Test(.requiresMounting) func fullDiskIsOneSentence() async throws {
    try await withSmallDisk { folder in
      let log = MetricsLog(appendingTo: try AppendedFile(folder + "/metrics.jsonl", creating: true))
      fillDisk(folder + "/filler")
      // What is left of a page is taken.
      let full = sentence {
        for step in 0..<10_000 { try log.append(Self.metrics(.training, step)) }
      }
      #expect(full == "\(folder)/metrics.jsonl: cannot be written: the disk is full")
    }
  }

  @Test func folderInThePlaceOfALogIsNamed() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/metrics.jsonl", withIntermediateDirectories: true)
      #expect(
        sentence(without: folder) { _ = try RunDirectory(folder).log() }
          == "metrics.jsonl: a file expected, a directory found")
    }
  }
}

extension TrainerTests {
  /// In the same suite as all runs.
  @Suite("What a run logs")
  struct LoggedRunTests {
    /// Widens, leaves a growth out for want of a budget, skips a batch.
    static func lines() throws -> [Metrics] {
      var options = TrainerTests.options
      options.logInterval = 1
      let nothing = AdvisedGrowth(batches: 4, budget: CostBudget(parameters: 1))
      let schedule = GrowthSchedule(
        seed: 1,
        steps: [
          ScheduledGrowth(.at(.step(4)), growths: [.widen(Widen(all: 2))]),
          ScheduledGrowth(.at(.step(8)), .advised(nothing)),
        ])
      var trainer = try Trainer(
        smallConvNet(), data: halvesDataSet(), options: options, growth: schedule)
      trainer.command = "net2net train"
      return try withTemporaryFolder { folder in
        let run = try RunDirectory.create(folder + "/run")
        _ = try trainer.train(into: run)
        let log = try run.log()
        #expect(log.damagedLines.isEmpty && !log.isCutOff)
        return log.lines
      }
    }

    @Test("every kind of line is there, with its fields")
    func everyKind() throws {
      let lines = try Self.lines()
      func first(_ kind: Metrics.Kind) throws -> Metrics {
        try #require(lines.first { $0.kind == kind }, "\(kind)")
      }
      let session = try #require(try first(.start).session)
      #expect(lines.first?.kind == .start && session.command == "net2net train")
      #expect(session.steps == 12 && session.stepsPerEpoch == 6 && session.ranks == 1)
      #expect(session.classes == ["left", "right"])
      #expect(session.cost == (try smallConvNet().cost()))
      #expect(session.libtorch == Engine.version && session.threads >= 1)

      let training = try first(.training)
      #expect(training.step == 1 && training.images == 16 && training.epoch == 1.0 / 6)
      #expect(training.learningRate == 0.05)
      #expect(try #require(training.loss) > 0)
      #expect(try #require(training.gradientNorm) > 0)
      #expect(try #require(training.imagesPerSecond) > 0)
      #expect(try #require(training.peakMemoryBytes) > 10_000_000)

      let evaluation = try first(.evaluation)
      #expect(evaluation.step == 0 && evaluation.targetsByClass == [16, 16])
      let correct = try #require(evaluation.correctByClass)
      #expect(Double(correct[0] + correct[1]) / 32 == evaluation.accuracy)
      let confusion = try #require(evaluation.confusion)
      #expect(confusion.map { $0.reduce(0, +) } == [16, 16])
      #expect([confusion[0][0], confusion[1][1]] == correct)

      let growth = try first(.growth)
      let record = try #require(growth.growth)
      #expect(growth.step == 4 && growth.loss == evaluation.loss)
      #expect(record.before == session.cost && record.after.parameters > record.before.parameters)

      let omission = try first(.omission)
      #expect(omission.step == 8)
      #expect(
        omission.omission == "growth 2: no candidate within its budget promises less loss")
      #expect(lines.filter { $0.kind == .checkpoint }.map(\.step) == [6, 12])
    }

    @Test("a batch that is skipped leaves a line")
    func skippedBatch() throws {
      let options = TrainingOptions(budget: .steps(2), batchSize: 1, seed: 2, onNaN: .skip)
      let trainer = try Trainer(
        GrowingRunTests.overflowing(), data: EvaluationTests.threeImages(), options: options)
      let sample = trainer.loader.samples(ofBatch: 0, epoch: 0)[0]
      try withTemporaryFolder { folder in
        let run = try RunDirectory.create(folder + "/run")
        _ = try trainer.train(into: run)
        let omissions = try run.log().lines.filter { $0.kind == .omission }
        #expect(omissions.map(\.step) == [1, 2])
        #expect(
          omissions.first?.omission
            == "a batch whose loss is NaN or infinite, first in training sample \(sample), layer \"fc\""
        )
      }
    }

    @Test("the norm of the gradient is that of a hand-made example")
    func gradientNorm() throws {
      // Logits are the pixels: softmax minus target, times pixels, and nothing else.
      let data = try EvaluationTests.threeImages()
      var options = TrainingOptions(budget: .steps(1), batchSize: 3)
      options.optimizer = OptimizerSettings(.sgd, learningRate: 1e-3, momentum: 0)
      options.logInterval = 1
      var norm: Double?
      let trainer = try Trainer(firstTwoPixels(), data: data, options: options)
      let before = TrainerTests.values(trainer.network)
      let after = TrainerTests.values(
        try trainer.train { event in
          if case .logged(let metrics) = event { norm = metrics.gradientNorm }
        }.network)
      // Without momentum a step is the rate times gradient and weight decay.
      let decay = options.optimizer.weightDecay
      var sum = 0.0
      for (name, values) in before {
        for (old, new) in zip(values, after[name] ?? []) {
          let gradient = (old - new) / 1e-3 - decay * old
          sum += gradient * gradient
        }
      }
      let found = try #require(norm)
      #expect(abs(found - sum.squareRoot()) < 1e-3 * found, "\(found), \(sum.squareRoot())")
    }
  }
}
