import Foundation
import Net2Net
import Net2NetFiles
import TestSupport
import Testing

@testable import Net2NetTraining

struct DataSetDigestTests {
  /// Four images of one pixel in memory.
  private static func images(
    _ pixels: [Int] = [1, 2, 3, 4], _ labels: [Int] = [0, 1, 1, 0], test: [Int] = [0, 1, 0, 1],
    classes: [String] = ["a", "b"]
  ) throws -> DataSet {
    func split(_ pixels: [Int], _ labels: [Int]) throws -> DataSplit {
      try DataSplit(
        name: "four",
        images: Tensor(elementType: .uint8, shape: [4, 1, 1, 1]) { Double(pixels[$0]) },
        labels: labels)
    }
    return try DataSet(
      name: "four", classes: classes, training: split(pixels, labels),
      test: split([1, 2, 3, 4], test))
  }

  /// Counts, shapes and statistics are those of the first in each of them.
  @Test func otherOrderLabelsOrClassesAreOtherData() throws {
    let plain = try Self.images()
    #expect(try Self.images().digest() == plain.digest())
    let others = [
      try Self.images([2, 1, 3, 4]), try Self.images([1, 2, 3, 4], [1, 1, 0, 0]),
      try Self.images(test: [1, 0, 0, 1]), try Self.images(classes: ["b", "a"]),
      plain.prefix(training: 3, test: 4),
      try plain.replacing(training: plain.training.selecting([1, 0, 2, 3])),
      try plain.replacing(training: plain.test, test: plain.training),
    ]
    for (index, other) in others.enumerated() {
      #expect(try other.digest() != plain.digest(), "\(index)")
    }
    #expect(others[0].summary == plain.summary)
  }

  @Test func nameAndPlaceOfDataDoNotCount() throws {
    let data = try Self.images()
    let renamed = try DataSet(
      name: "elsewhere", classes: data.classes, training: data.training, test: data.test)
    #expect(try renamed.digest() == data.digest())
  }

  private func digest(_ table: String) throws -> Digest {
    try withTemporaryFolder { folder in
      try write(Array(table.utf8), to: folder + "/t.csv")
      return try DataSpecification("csv:\(folder)/t.csv").load().digest()
    }
  }

  @Test func tablesAreComparedByRowsAndCategories() throws {
    let table = CSVFileTests.table
    let digest = try digest(table)
    #expect(try self.digest(table) == digest)
    var rows = table.split(separator: "\n")
    rows.swapAt(3, 4)
    #expect(try self.digest(rows.joined(separator: "\n")) != digest)
    // Stored numbers are the same, and so is the list of names.
    let renamed = table.replacingOccurrences(of: "red", with: "x")
      .replacingOccurrences(of: "green", with: "red").replacingOccurrences(of: "x", with: "green")
    #expect(try self.digest(renamed) != digest)
  }

  @Test func textsAreComparedByteByByte() throws {
    func digest(_ text: [UInt8]) throws -> Digest {
      try withTemporaryFolder { folder in
        try write(text, to: folder + "/t.txt")
        return try DataSpecification("text:\(folder)/t.txt:context=4").load().digest()
      }
    }
    let text = (0..<400).map { UInt8($0 % 251) }
    var other = text
    other.swapAt(100, 101)
    #expect(try digest(text) == digest(text))
    #expect(try digest(other) != digest(text))
  }

  /// Two images that are as large change their places; then the folder moves.
  @Test func foldersAreComparedByWhatTheirFilesHold() throws {
    func image(_ grey: UInt8) -> [UInt8] { Array("P5 1 1 255\n".utf8) + [grey] }
    try withTemporaryFolder { folder in
      func load(_ place: String, _ first: UInt8, _ second: UInt8) throws -> DataSet {
        for (name, grey) in [("a/1", first), ("a/2", 7), ("b/1", second), ("b/2", 9)] {
          let file = "\(folder)/\(place)/\(name).png"
          try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
          try write(image(grey), to: file)
        }
        let files = ["a/1", "a/2", "b/1", "b/2"].map { "\(folder)/\(place)/\($0).png" }
        let samples = FolderImages(
          files: files, options: FolderOptions(),
          normalization: Normalization(means: [0, 0, 0], deviations: [1, 1, 1]),
          directory: "\(folder)/\(place)")
        let split = DataSplit(samples, labels: [0, 0, 1, 1])
        return try DataSet(
          name: "four", classes: ["a", "b"], training: split, test: split, preparation: "none")
      }
      let digest = try load("here", 1, 2).digest()
      #expect(try load("there", 1, 2).digest() == digest)
      #expect(try load("there", 2, 1).digest() != digest)
    }
  }

  @Test func digestIsComputedOnceForAllCopies() throws {
    let remembered = RememberedDigest()
    var computed = 0
    for _ in 0..<2 {
      _ = remembered.value {
        computed += 1
        return DigestOfParts().digest
      }
    }
    #expect(computed == 1)
  }
}
