import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

struct TextFileTests {
  private func load(_ bytes: [UInt8], _ options: String) throws -> DataSet {
    try withTemporaryFolder { folder in
      try write(bytes, to: "\(folder)/text")
      return try DataSpecification("text:\(folder)/text:\(options)").load()
    }
  }

  /// 0, 1, …, 39: 30 to learn from, 10 held out.
  private static let counting = (0..<40).map { UInt8($0) }

  @Test func windowsAreBytesAndTargetsAreTheOnesBehind() throws {
    let data = try load(Self.counting, "context=4,held-out=0.25")
    #expect(data.isText)
    #expect(data.sampleShape == [4])
    #expect(data.classes.count == 256)
    // Windows at 0, 4, …, 24, whose last target is 28; at 30 and 34, whose last target is 38.
    #expect(data.training.count == 7 && data.test.count == 2)
    let batches = try BatchLoader(data.test, batchSize: 2, order: .sequential).batches().all()
    #expect(batches.count == 1)
    #expect(batches[0].inputs.elementType == .int64)
    #expect(batches[0].inputs.shape == [2, 4])
    #expect(batches[0].inputs.doubles() == [30, 31, 32, 33, 34, 35, 36, 37])
    #expect(batches[0].targets.shape == [2, 4])
    #expect(batches[0].targets.doubles() == [31, 32, 33, 34, 35, 36, 37, 38])
  }

  @Test func strideOverlapsTrainingWindowsAlone() throws {
    let data = try load(Self.counting, "context=4,stride=1,held-out=0.25")
    #expect(data.training.count == 26 && data.test.count == 2)
    let last = try BatchLoader(data.training, batchSize: 26, order: .sequential).batches().all()[0]
    #expect(last.inputs.doubles().suffix(4) == [25, 26, 27, 28])
    #expect(last.targets.doubles().suffix(4) == [26, 27, 28, 29])
  }

  @Test func shufflingKeepsWindowsAndTargetsTogether() throws {
    let data = try load(Self.counting, "context=4,held-out=0.25")
    let batches = try BatchLoader(data.training, batchSize: 3, order: .shuffled(seed: 1)).batches()
      .all()
    #expect(batches.count == 2)
    for batch in batches {
      for (input, target) in zip(batch.inputs.doubles(), batch.targets.doubles()) {
        #expect(target == input + 1)
      }
    }
  }

  @Test func shortTextIsRefusedWithBothLengths() throws {
    try withTemporaryFolder { folder in
      for (count, part, found) in [
        (0, "the text to learn from", 0), (8, "the text held out", 2),
        (4, "the text to learn from", 3),
      ] {
        try write(Array(Self.counting.prefix(count)), to: "\(folder)/text")
        #expect(
          sentence(without: folder) {
            _ = try DataSpecification("text:\(folder)/text:context=4,held-out=0.25").load()
          }
            == "text: \(part): 5 bytes or more, for a context of 4 and its target, expected, "
            + "\(found) found")
      }
      #expect(
        sentence(without: folder) { _ = try DataSpecification("text:\(folder)/other").load() }
          == "other: there is no such file")
      #expect(
        sentence { _ = try DataSpecification("text:\(folder)").load() }
          == "\(folder): a file expected, a directory found")
    }
  }

  @Test func anotherTextOfTheSameLengthIsAnotherDataSet() throws {
    var other = Self.counting
    other[3] = 99
    let (first, second) = (
      try load(Self.counting, "context=4,held-out=0.25"), try load(other, "context=4,held-out=0.25")
    )
    #expect(first.summary != second.summary)
    // zlib.crc32(bytes(range(40))) of Python, of the file once from each end.
    #expect(first.summary.contains("40 bytes, CRC-32 "))
  }
}
