import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

struct CIFAR10Tests {
  /// A record whose red, green and blue planes are of one value each.
  static func record(label: UInt8, _ red: UInt8, _ green: UInt8, _ blue: UInt8) -> [UInt8] {
    [label] + [red, green, blue].flatMap { [UInt8](repeating: $0, count: 1024) }
  }

  /// Five training files of one record, labels 1 to 5, and a test file of two.
  static func write(to folder: String) throws {
    for batch in 1...5 {
      try TestSupport.write(
        record(label: UInt8(batch), 10, 20, UInt8(batch)),
        to: folder + "/data_batch_\(batch).bin")
    }
    try TestSupport.write(
      record(label: 9, 1, 2, 3) + record(label: 0, 4, 5, 6), to: folder + "/test_batch.bin")
  }

  @Test func recordsOfAllFilesAreJoinedInOrder() throws {
    try withTemporaryFolder { folder in
      try Self.write(to: folder)
      let data = try DataSpecification("cifar10:\(folder)").load()
      #expect(data.training.labels == [1, 2, 3, 4, 5])
      #expect(data.training.images?.shape == [5, 3, 32, 32])
      #expect(data.test.labels == [9, 0])
      #expect(data.classes[9] == "truck")
      let pixels = try #require(data.test.images).doubles()
      #expect([0, 1023, 1024, 2048, 3072].map { pixels[$0] } == [1, 1, 2, 3, 4])
    }
  }

  @Test func folderOfTheArchiveIsFoundInside() throws {
    try withTemporaryFolder { folder in
      let inner = folder + "/cifar-10-batches-bin"
      try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
      try Self.write(to: inner)
      #expect(try DataSpecification.cifar10(directory: folder).load().training.count == 5)
    }
  }

  static let badFiles: [(bytes: [UInt8], sentence: String)] = [
    ([], "data_batch_3.bin: size: a multiple of 3073 bytes expected, 0 found"),
    (
      [UInt8](repeating: 0, count: 3074),
      "data_batch_3.bin: size: a multiple of 3073 bytes expected, 3074 found"
    ),
    (
      record(label: 1, 0, 0, 0) + record(label: 10, 0, 0, 0),
      "data_batch_3.bin: label of record 1: 0 to 9 expected, 10 found"
    ),
  ]

  @Test(arguments: badFiles.indices)
  func badFileIsRefusedInOneSentence(_ index: Int) throws {
    let bad = Self.badFiles[index]
    try withTemporaryFolder { folder in
      try Self.write(to: folder)
      try TestSupport.write(bad.bytes, to: folder + "/data_batch_3.bin")
      let found = sentence(without: folder) {
        _ = try DataSpecification.cifar10(directory: folder).load()
      }
      #expect(found == bad.sentence)
    }
  }

  @Test func missingFileIsNamed() throws {
    try withTemporaryFolder { folder in
      try Self.write(to: folder)
      try FileManager.default.removeItem(atPath: folder + "/test_batch.bin")
      #expect(
        sentence(without: folder) { _ = try DataSpecification.cifar10(directory: folder).load() }
          == "test_batch.bin: there is no such file; a CIFAR-10 folder holds "
          + "data_batch_1.bin to 5 and test_batch.bin")
    }
  }
}
