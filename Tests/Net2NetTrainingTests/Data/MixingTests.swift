import Foundation
import Net2Net
import Net2NetTorch
import TestSupport
import Testing

@testable import Net2NetTraining

struct MixingTests {
  /// Eight images of 4 × 4, image i all i, labels i.
  private static func split() throws -> DataSplit {
    let images = Tensor(elementType: .uint8, shape: [8, 1, 4, 4]) { Double(10 * ($0 / 16)) }
    return try DataSplit(name: "flat", images: images, labels: Array(0..<8))
  }

  private static func batches(
    _ augmentation: Augmentation, batchSize: Int = 8, shard: Shard = .whole, from first: Int = 0
  ) throws -> [Batch] {
    try BatchLoader(
      split(), batchSize: batchSize, order: .shuffled(seed: 7), augmentation: augmentation,
      shard: shard
    ).batches(ofEpoch: 2, from: first).all()
  }

  @Test func eachSampleIsMixedWithItsMirrorInTheBatch() throws {
    let plain = try Self.batches(.none)[0]
    let mixed = try Self.batches(Augmentation(mixup: 1))[0]
    let mixing = try #require(mixed.mixing)
    #expect(mixing.share > 0 && mixing.share < 1)
    #expect(mixed.targets.doubles() == plain.targets.doubles())
    #expect(mixing.partners.doubles() == plain.targets.doubles().reversed())
    let (a, b) = (plain.inputs.doubles(), mixed.inputs.doubles())
    for place in 0..<8 {
      let expected = mixing.share * a[place * 16] + (1 - mixing.share) * a[(7 - place) * 16]
      #expect(abs(b[place * 16] - expected) < 1e-6)
    }
  }

  @Test func shardsMakeTheBatchOfOneProcess() throws {
    for augmentation in [Augmentation(mixup: 0.4), Augmentation(cutout: 2, mixup: 0.4)] {
      let whole = try Self.batches(augmentation)[0]
      let parts = try (0..<3).map {
        try Self.batches(augmentation, shard: Shard($0, of: 3))[0]
      }
      #expect(parts.flatMap { $0.inputs.doubles() } == whole.inputs.doubles())
      #expect(
        parts.flatMap { $0.mixing?.partners.doubles() ?? [] } == whole.mixing?.partners.doubles())
      #expect(parts.allSatisfy { $0.mixing?.share == whole.mixing?.share })
    }
  }

  @Test func batchesAreTheSameWhereverAnEpochIsTakenUp() throws {
    let augmentation = Augmentation(cropPadding: 1, flips: true, cutout: 2, mixup: 0.2)
    let all = try Self.batches(augmentation, batchSize: 2)
    let rest = try Self.batches(augmentation, batchSize: 2, from: 2)
    #expect(all.count == 4 && rest.count == 2)
    for (a, b) in zip(all.suffix(2), rest) {
      #expect(a.inputs.doubles() == b.inputs.doubles())
      #expect(a.mixing?.share == b.mixing?.share)
    }
    #expect(Set(all.map { $0.mixing?.share }).count == 4)
  }

  /// Beta(α, α) has mean 1/2 and variance 1 / (4 (2α + 1)).
  @Test(arguments: [0.2, 1, 3.0])
  func sharesAreDrawnFromBeta(_ alpha: Double) {
    let draw = Draw(seed: 5)
    let shares = (0..<4000).compactMap { Augmentation(mixup: alpha).share(ofBatch: $0, draw) }
    let mean = shares.reduce(0, +) / 4000
    let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
    // Four standard errors of 4,000 draws, at most.
    #expect(abs(mean - 0.5) < 0.03)
    #expect(abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.01)
  }

  @Test func cutoutSetsASquareToTheMean() throws {
    let plain = try Self.batches(.none)[0].inputs.doubles()
    let cut = try Self.batches(Augmentation(cutout: 2))[0].inputs.doubles()
    var sizes: Set<Int> = []
    for image in 0..<8 {
      let places = (0..<16).filter { cut[image * 16 + $0] != plain[image * 16 + $0] }
      #expect(places.allSatisfy { cut[image * 16 + $0] == 0 })
      let rows = Set(places.map { $0 / 4 }), columns = Set(places.map { $0 % 4 })
      #expect(places.count == rows.count * columns.count)
      sizes.insert(places.count)
    }
    // Whole in the middle, a part of it at the edges.
    #expect(sizes.isSubset(of: [1, 2, 4]) && sizes.contains(4))
  }

  @Test func whatDoesNotSuitTheSamplesIsRefused() throws {
    let text = try TrainerTests.TextTrainingTests.song()
    let network = try TrainerTests.TextTrainingTests.network()
    for (augmentation, expected) in [
      (Augmentation(cropPadding: 1), "crop padding: images expected, windows of tokens found"),
      (Augmentation(flips: true), "flips: images expected, windows of tokens found"),
      (Augmentation(cutout: 1), "cutout: images expected, windows of tokens found"),
      (Augmentation(mixup: 0.1), "mixup: samples of numbers expected, windows of tokens found"),
      (Augmentation(mixup: 5), "mixup: 0 to 4.0 expected, 5.0 found"),
      (Augmentation(cutout: -1), "cutout: 0 pixels or more expected, -1 found"),
    ] {
      #expect(
        sentence {
          _ = try Trainer(network, data: text, options: TrainingOptions(augmentation: augmentation))
        } == expected)
    }
  }
}

extension TrainerTests {
  @Test func mixedLossIsThatOfSoftTargets() throws {
    let data = try EvaluationTests.threeImages()
    let classifier = try Classifier(firstTwoPixels(), for: data)
    var batch = try BatchLoader(data.training, batchSize: 3, order: .sequential).batches().all()[0]
    let logits = try classifier.logits(batch, mode: .evaluation)
    func loss(_ targets: [Int64]) throws -> Double {
      let plain = Batch(inputs: batch.inputs, targets: Tensor(targets, shape: [3]))
      return try classifier.crossEntropy(logits, plain, .mean).scalar()
    }
    batch.mixing = Batch.Mixing(share: 0.25, partners: Tensor([1, 1, 0] as [Int64], shape: [3]))
    let mixed = try classifier.crossEntropy(logits, batch, .mean).scalar()
    let (own, partners) = (try loss([0, 0, 1]), try loss([1, 1, 0]))
    #expect(own != partners)
    #expect(abs(mixed - (0.25 * own + 0.75 * partners)) < 1e-6)
  }

  @Test func mixedRunGoesOnToTheSameBytes() throws {
    var options = Self.options
    options.augmentation = Augmentation(cropPadding: 1, flips: true, cutout: 1, mixup: 0.3)
    let whole = try Self.trainer(options).train()
    try withTemporaryFolder { folder in
      let run = try RunDirectory.create(folder + "/run")
      _ = try Self.train(Self.trainer(options), into: run, cancellingAfter: 8)
      let rest = try Trainer(
        smallConvNet(), data: halvesDataSet(), options: options, start: run.checkpoint()
      ).train(into: run)
      #expect(Self.values(rest.network) == Self.values(whole.network))
    }
  }
}
