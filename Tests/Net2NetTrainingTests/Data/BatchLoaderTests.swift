import Net2Net
import Testing

@testable import Net2NetTraining

struct BatchLoaderTests {
  /// Leaves pixels as they are, divided by 255.
  let plain = Normalization(means: [0], deviations: [1])

  func labels(_ batches: BatchSequence) -> [[Int]] {
    batches.map { $0.labels.integers() ?? [] }
  }

  @Test func sequentialBatchesHoldEverythingInOrder() throws {
    let split = try countingSplit(labels: [0, 1, 2, 3, 4])
    let loader = BatchLoader(split, normalization: plain, batchSize: 2, order: .sequential)
    #expect(loader.batchesPerEpoch == 3)
    #expect(labels(loader.batches()) == [[0, 1], [2, 3], [4]])
    let images = loader.batches().map { $0.images }
    #expect(images[1].shape == [2, 1, 1, 2])
    #expect(images[1].doubles().map { ($0 * 255).rounded() } == [4, 5, 6, 7])
  }

  @Test func shuffledBatchesAreFullAndKeepImageAndLabelTogether() throws {
    let split = try countingSplit(labels: Array(0..<11))
    let loader = BatchLoader(
      split, normalization: plain, batchSize: 4, order: .shuffled(seed: 7))
    #expect(loader.batchesPerEpoch == 2)
    let batches = Array(loader.batches())
    #expect(batches.map(\.count) == [4, 4])
    for batch in batches {
      let firstPixels = batch.images.doubles().enumerated()
        .filter { $0.offset.isMultiple(of: 2) }.map { Int(($0.element * 255).rounded()) }
      #expect(firstPixels == batch.labels.integers()?.map { 2 * $0 })
    }
    #expect(Set(labels(loader.batches()).joined()).count == 8)
  }

  @Test func orderDependsOnSeedAndEpochAlone() throws {
    let split = try countingSplit(labels: Array(0..<64))
    func order(seed: UInt64, epoch: Int) -> [[Int]] {
      labels(
        BatchLoader(split, normalization: plain, batchSize: 8, order: .shuffled(seed: seed))
          .batches(ofEpoch: epoch))
    }
    #expect(order(seed: 1, epoch: 0) == order(seed: 1, epoch: 0))
    #expect(order(seed: 1, epoch: 0) != order(seed: 1, epoch: 1))
    #expect(order(seed: 1, epoch: 0) != order(seed: 2, epoch: 0))
  }

  @Test func epochCanBeTakenUpInTheMiddle() throws {
    let split = try countingSplit(labels: Array(0..<12))
    let loader = BatchLoader(
      split, normalization: plain, batchSize: 3, order: .shuffled(seed: 3),
      augmentation: Augmentation(cropPadding: 1, flips: true))
    let whole = Array(loader.batches(ofEpoch: 5))
    let rest = Array(loader.batches(ofEpoch: 5, from: 2))
    #expect(rest.map { $0.images.doubles() } == whole.dropFirst(2).map { $0.images.doubles() })
    #expect(Array(loader.batches(from: 4)).isEmpty)
    #expect(Array(loader.batches(from: 99)).isEmpty)
  }

  @Test func batchIsNeverLargerThanTheSplit() throws {
    let split = try countingSplit(labels: [0, 1, 2])
    let loader = BatchLoader(
      split, normalization: plain, batchSize: 128, order: .shuffled(seed: 0))
    #expect(loader.batches().map(\.count) == [3])
  }

  @Test func changeMovesAndMirrorsAnImage() throws {
    // A 2 × 2 image of 1 2 / 3 4, alone in its split; 400 epochs see every change.
    let images = Tensor(elementType: .uint8, shape: [1, 1, 2, 2]) { Double($0 + 1) }
    let split = try DataSplit(name: "fixture", images: images, labels: [0])
    let loader = BatchLoader(
      split, normalization: plain, batchSize: 1, order: .shuffled(seed: 0),
      augmentation: Augmentation(cropPadding: 1, flips: true))
    var seen = Set<[Int]>()
    for epoch in 0..<400 {
      for batch in loader.batches(ofEpoch: epoch) {
        seen.insert(batch.images.doubles().map { Int(($0 * 255).rounded()) })
      }
    }
    #expect(seen.count == 18)  // 3 × 3 shifts, each mirrored or not
    #expect(seen.isSuperset(of: [[1, 2, 3, 4], [2, 1, 4, 3], [0, 0, 0, 1], [4, 0, 0, 0]]))
    #expect(seen.isSuperset(of: [[0, 0, 1, 2], [2, 0, 4, 0], [0, 2, 0, 4], [0, 0, 0, 2]]))
  }

  @Test func abandonedEpochLeavesNothingBehind() throws {
    let split = try countingSplit(labels: Array(0..<64))
    let loader = BatchLoader(split, normalization: plain, batchSize: 1, order: .sequential)
    for _ in 0..<100 {
      var batches = loader.batches()
      #expect(batches.next()?.labels.integers() == [0])
    }
  }
}

struct PrefetcherTests {
  @Test func elementsComeInOrderAndEnd() {
    let prefetcher = Prefetcher(indices: 3..<40, lookAhead: 4) { $0 * $0 }
    var elements: [Int] = []
    while let element = prefetcher.next() { elements.append(element) }
    #expect(elements == (3..<40).map { $0 * $0 })
    #expect(prefetcher.next() == nil)
  }
}
