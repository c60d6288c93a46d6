import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

/// Leaves pixels as they are, divided by 255.
private let plain = Normalization(means: [0], deviations: [1])

private func plainSplit(labels: [Int]) throws -> DataSplit {
  try countingSplit(labels: labels).normalized(by: plain)
}

extension BatchSequence {
  func all() throws -> [Batch] {
    var (rest, batches) = (self, [Batch]())
    while let batch = try rest.next() { batches.append(batch) }
    return batches
  }
}

struct BatchLoaderTests {
  func labels(_ batches: BatchSequence) throws -> [[Int]] {
    try batches.all().map { $0.targets.integers() ?? [] }
  }

  @Test func sequentialBatchesHoldEverythingInOrder() throws {
    let split = try plainSplit(labels: [0, 1, 2, 3, 4])
    let loader = BatchLoader(split, batchSize: 2, order: .sequential)
    #expect(loader.batchesPerEpoch == 3)
    #expect(try labels(loader.batches()) == [[0, 1], [2, 3], [4]])
    let images = try loader.batches().all().map { $0.inputs }
    #expect(images[1].shape == [2, 1, 1, 2])
    #expect(images[1].doubles().map { ($0 * 255).rounded() } == [4, 5, 6, 7])
  }

  @Test func shuffledBatchesAreFullAndKeepImageAndLabelTogether() throws {
    let split = try plainSplit(labels: Array(0..<11))
    let loader = BatchLoader(
      split, batchSize: 4, order: .shuffled(seed: 7))
    #expect(loader.batchesPerEpoch == 2)
    let batches = try loader.batches().all()
    #expect(batches.map(\.count) == [4, 4])
    for batch in batches {
      let firstPixels = batch.inputs.doubles().enumerated()
        .filter { $0.offset.isMultiple(of: 2) }.map { Int(($0.element * 255).rounded()) }
      #expect(firstPixels == batch.targets.integers()?.map { 2 * $0 })
    }
    #expect(Set(try labels(loader.batches()).joined()).count == 8)
  }

  @Test func orderDependsOnSeedAndEpochAlone() throws {
    let split = try plainSplit(labels: Array(0..<64))
    func order(seed: UInt64, epoch: Int) throws -> [[Int]] {
      try labels(
        BatchLoader(split, batchSize: 8, order: .shuffled(seed: seed))
          .batches(ofEpoch: epoch))
    }
    #expect(try order(seed: 1, epoch: 0) == order(seed: 1, epoch: 0))
    #expect(try order(seed: 1, epoch: 0) != order(seed: 1, epoch: 1))
    #expect(try order(seed: 1, epoch: 0) != order(seed: 2, epoch: 0))
  }

  @Test func epochCanBeTakenUpInTheMiddle() throws {
    let split = try plainSplit(labels: Array(0..<12))
    let loader = BatchLoader(
      split, batchSize: 3, order: .shuffled(seed: 3),
      augmentation: Augmentation(cropPadding: 1, flips: true))
    let whole = try loader.batches(ofEpoch: 5).all()
    let rest = try loader.batches(ofEpoch: 5, from: 2).all()
    #expect(rest.map { $0.inputs.doubles() } == whole.dropFirst(2).map { $0.inputs.doubles() })
    #expect(try loader.batches(from: 4).all().isEmpty)
    #expect(try loader.batches(from: 99).all().isEmpty)
  }

  @Test func batchIsNeverLargerThanTheSplit() throws {
    let split = try plainSplit(labels: [0, 1, 2])
    let loader = BatchLoader(
      split, batchSize: 128, order: .shuffled(seed: 0))
    #expect(try loader.batches().all().map(\.count) == [3])
  }

  @Test func changeMovesAndMirrorsAnImage() throws {
    // A 2 × 2 image of 1 2 / 3 4, alone in its split; 400 epochs see every change.
    let images = Tensor(elementType: .uint8, shape: [1, 1, 2, 2]) { Double($0 + 1) }
    let split = try DataSplit(name: "fixture", images: images, labels: [0]).normalized(by: plain)
    let loader = BatchLoader(
      split, batchSize: 1, order: .shuffled(seed: 0),
      augmentation: Augmentation(cropPadding: 1, flips: true))
    var seen = Set<[Int]>()
    for epoch in 0..<400 {
      for batch in try loader.batches(ofEpoch: epoch).all() {
        seen.insert(batch.inputs.doubles().map { Int(($0 * 255).rounded()) })
      }
    }
    #expect(seen.count == 18)  // 3 × 3 shifts, each mirrored or not
    #expect(seen.isSuperset(of: [[1, 2, 3, 4], [2, 1, 4, 3], [0, 0, 0, 1], [4, 0, 0, 0]]))
    #expect(seen.isSuperset(of: [[0, 0, 1, 2], [2, 0, 4, 0], [0, 2, 0, 4], [0, 0, 0, 2]]))
  }

  @Test(arguments: [1, 2, 3, 4])
  func shardsTogetherAreTheWhole(count: Int) throws {
    let split = try plainSplit(labels: Array(0..<50))
    func batches(_ shard: Shard) throws -> [Batch] {
      try BatchLoader(
        split, batchSize: 12, order: .shuffled(seed: 3),
        augmentation: Augmentation(cropPadding: 1, flips: true), shard: shard
      ).batches(ofEpoch: 2).all()
    }
    let whole = try batches(.whole)
    let shards = try (0..<count).map { try batches(Shard($0, of: count)) }
    #expect(whole.count == 4)
    for (index, batch) in whole.enumerated() {
      let parts = shards.map { $0[index] }
      #expect(parts.map(\.count) == Array(repeating: 12 / count, count: count))
      #expect(parts.flatMap { $0.targets.doubles() } == batch.targets.doubles())
      #expect(parts.flatMap { $0.inputs.doubles() } == batch.inputs.doubles())
    }
  }

  @Test func shardsOfWhatCannotBeSharedEquallyDifferByOne() throws {
    let split = try plainSplit(labels: Array(0..<5))
    let parts = try (0..<3).map { rank in
      try labels(
        BatchLoader(
          split, batchSize: 8, order: .sequential, shard: Shard(rank, of: 3)
        ).batches()
      ).joined()
    }
    #expect(parts.map(Array.init) == [[0], [1, 2], [3, 4]])
  }

  @Test func shardThatThereIsNotIsRefused() {
    #expect(sentence { _ = try Shard(2, of: 2) } == "shard: 0 to 1 expected, 2 found")
    #expect(sentence { _ = try Shard(0, of: 0) } == "shards: 1 or more expected, 0 found")
  }

  @Test func abandonedEpochLeavesNothingBehind() throws {
    let split = try plainSplit(labels: Array(0..<64))
    let loader = BatchLoader(split, batchSize: 1, order: .sequential)
    for _ in 0..<100 {
      var batches = loader.batches()
      #expect(try batches.next()?.targets.integers() == [0])
    }
  }
}

struct PrefetcherTests {
  @Test(arguments: [false, true])
  func elementsComeInOrderAndEnd(isConcurrent: Bool) throws {
    let prefetcher = Prefetcher(
      indices: 3..<40, isConcurrent: isConcurrent, lookAhead: 4
    ) { $0 * $0 }
    var elements: [Int] = []
    while let element = try prefetcher.next() { elements.append(element) }
    #expect(elements == (3..<40).map { $0 * $0 })
    #expect(try prefetcher.next() == nil)
  }

  @Test func failureComesWhereItsElementWould() throws {
    let prefetcher = Prefetcher(indices: 0..<3) { (index) throws -> Int in
      guard index != 1 else { throw TrainingError.unknownData("1", nearest: nil) }
      return index
    }
    #expect(try prefetcher.next() == 0)
    #expect(throws: TrainingError.self) { try prefetcher.next() }
    #expect(try prefetcher.next() == 2)
  }
}
