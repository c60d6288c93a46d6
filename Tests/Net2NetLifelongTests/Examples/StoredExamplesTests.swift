import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetLifelong
@testable import Net2NetTraining

@Suite(.requiresTorch) struct StoredExamplesTests {
  private func firstBatch(_ split: DataSplit, _ augmentation: Augmentation = .none) throws -> Batch
  {
    var batches = BatchLoader(
      split, batchSize: split.count, order: .sequential, augmentation: augmentation
    ).batches()
    return try #require(try batches.next())
  }

  @Test func pixelsAreShownNormalisedInTheOrderAsked() throws {
    try withLiveModel { model, _ in
      _ = try model.examples.append([
        Example(sample: [0, 51, 102, 153, 204, 255], label: 1),
        Example(sample: [255, 255, 255, 255, 255, 255], label: 0),
      ])
      let batch = try firstBatch(try model.examples.split(of: [1, 0, 1], to: "here"))
      // (pixel / 255 − 0.5) / 0.25
      let first: [Double] = [-2, -1.2, -0.4, 0.4, 1.2, 2]
      let expected = [Double](repeating: 2, count: 6) + first + [Double](repeating: 2, count: 6)
      #expect(batch.inputs.shape == [3, 1, 2, 3])
      #expect(zip(batch.inputs.doubles(), expected).allSatisfy { abs($0 - $1) < 1e-6 })
      #expect(batch.targets.integers() == [0, 1, 0])
    }
  }

  @Test func numbersAreShownAsTheyWereSentAndAugmentedAsImages() throws {
    var settings = LiveSettings.small
    settings.sample = SampleForm(storage: .float32, shape: [1, 2, 3], preparation: .none)
    try withLiveModel(settings) { model, _ in
      let numbers: [Float] = [1, 2, 3, 4, 5, 6.5]
      _ = try model.examples.append([Example(numbers: numbers, label: 0)])
      let split = try model.examples.split(of: [0], to: "here")
      #expect(try firstBatch(split).inputs.doubles() == numbers.map { Double($0) })
      let samples = try #require(split.samples as? StoredExamples)
      var change = Augmentation.Change.none
      change.right = 1
      change.down = -1
      var shown = [Float](repeating: -1, count: 6)
      try shown.withUnsafeMutableBytes { try samples.write(0, into: $0, change) }
      #expect(shown == [0, 4, 5, 0, 0, 0])
      change = .none
      change.isFlipped = true
      try shown.withUnsafeMutableBytes { try samples.write(0, into: $0, change) }
      #expect(shown == [3, 2, 1, 6.5, 5, 4])
    }
  }

  @Test func pixelsAreAugmentedAsThoseInMemory() throws {
    try withLiveModel { model, _ in
      let pixels = (0..<24).map { UInt8($0 * 10) }
      let labels = [0, 1, 0, 1]
      _ = try model.examples.append(
        (0..<4).map { Example(sample: Array(pixels[$0 * 6..<$0 * 6 + 6]), label: labels[$0]) })
      let images = Tensor(elementType: .uint8, shape: [4, 1, 2, 3]) { Double(pixels[$0]) }
      let inMemory = try DataSplit(name: "four", images: images, labels: labels)
        .normalized(by: Normalization(means: [0.5], deviations: [0.25]))
      let augmentation = Augmentation(cropPadding: 1, flips: true)
      let stored = try model.examples.split(of: [0, 1, 2, 3], to: "here")
      #expect(
        try firstBatch(stored, augmentation).inputs.doubles()
          == firstBatch(inMemory, augmentation).inputs.doubles())
    }
  }

  @Test func networkLearnsFromStoredExamples() throws {
    var settings = LiveSettings.small
    settings.heldOutShare = 0.3
    try withLiveModel(settings) { model, _ in
      // The class is whether the first pixel is bright.
      let draw = Draw(seed: 4)
      _ = try model.examples.append(
        (0..<400).map { index in
          var sample = (0..<6).map { UInt8(draw.integer(index * 6 + $0, below: 256)) }
          sample[0] = index % 2 == 0 ? sample[0] / 3 : 255 - sample[0] / 3
          return Example(sample: sample, label: index % 2)
        })
      let data = try model.examples.dataSet(
        training: model.examples.trainingNumbers(in: 0..<400),
        heldOut: model.examples.heldOutNumbers(in: 0..<400))
      #expect(data.classes == ["even", "odd"])
      var options = TrainingOptions(budget: .epochs(20), batchSize: 16)
      options.optimizer = OptimizerSettings(.adam, learningRate: 0.02)
      let trained = try Trainer(smallNetwork(), data: data, options: options).train()
      #expect(try Evaluation(of: trained.network, on: data).accuracy > 0.95)
    }
  }

  @Test func splitOfNothingIsRefused() throws {
    try withLiveModel { model, _ in
      _ = try model.examples.append([.numbered(0)])
      let number = model.examples.trainingNumbers(in: 0..<1)
      #expect(number == [0])
      #expect(
        sentence { _ = try model.examples.dataSet(training: [0], heldOut: []) }
          == "there is no example that is held out yet; add some")
      #expect(
        sentence { _ = try model.examples.dataSet(training: [], heldOut: [0]) }
          == "there is no example to learn from yet; add some")
      #expect(
        sentence { _ = try model.examples.split(of: [3], to: "here") }
          == "example 3: there are 1, counted from 0")
    }
  }
}
