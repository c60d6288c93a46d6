import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

struct IDXTests {
  @Test func plainFileIsReadRowByRow() throws {
    try withTemporaryFolder { folder in
      try write(twoImages, to: folder + "/images")
      let images = try IDX.array(in: folder + "/images", axes: ["images", "rows", "columns"])
      #expect(images.shape == [2, 2, 2])
      #expect(images.doubles() == [0, 1, 2, 3, 4, 5, 6, 7])
    }
  }

  @Test func compressedFileHoldsTheSame() throws {
    try withTemporaryFolder { folder in
      try write(twoImagesCompressed, to: folder + "/images")
      let images = try IDX.array(in: folder + "/images", axes: ["images", "rows", "columns"])
      #expect(images.doubles() == [0, 1, 2, 3, 4, 5, 6, 7])
    }
  }

  @Test func gzipOfSeveralMembersIsReadAsOne() throws {
    try withTemporaryFolder { folder in
      try write(twoImagesCompressed + twoImagesCompressed, to: folder + "/images")
      // The second member is the same 24 bytes again, which do not belong to the first's array.
      let found = sentence(without: folder) {
        _ = try IDX.array(in: folder + "/images", axes: ["images", "rows", "columns"])
      }
      #expect(
        found == "images: after images (2, 2, 2): the end of the file expected, more bytes found")
    }
  }

  static let badFiles: [(name: String, bytes: [UInt8], sentence: String)] = [
    ("empty", [], "images: magic number: 4 bytes expected, a file of 0, too small for that found"),
    (
      "one byte", [0],
      "images: magic number: 4 bytes expected, a file of 1, too small for that found"
    ),
    (
      "wrong magic", Array("<!DOCTYPE html>".utf8),
      "images: magic number: 00 00, a type and a number of axes expected, 3c 21 44 4f found"
    ),
    (
      "floats", idxFile(sizes: [1, 1, 1], [0, 0, 0, 0], type: 0x0D),
      "images: element type: 0x08 (unsigned bytes) expected, 0x0d (float32) found"
    ),
    (
      "no axes", [0, 0, 8, 0],
      "images: number of axes: 3 (images, rows, columns) expected, 0 found"
    ),
    (
      "255 axes", [0, 0, 8, 255] + [UInt8](repeating: 1, count: 1020),
      "images: number of axes: 3 (images, rows, columns) expected, 255 found"
    ),
    (
      "sizes cut off", [0, 0, 8, 3, 0, 0, 0, 1],
      "images: sizes: 12 bytes expected, a file of 8, too small for that found"
    ),
    (
      "sizes overflow", [0, 0, 8, 3] + [UInt8](repeating: 0xFF, count: 12),
      "images: sizes: a product that can be counted expected, "
        + "(4294967295, 4294967295, 4294967295) found"
    ),
    (
      "more declared than a file can hold", idxFile(sizes: [1_000_000, 28, 28], []),
      "images: images (1000000, 28, 28): 784000000 bytes expected, "
        + "a file of 16, too small for that found"
    ),
    (
      "last pixel missing", twoImages.dropLast(),
      "images: images (2, 2, 2): 8 bytes expected, 7 found"
    ),
    (
      "one byte too many", twoImages + [0],
      "images: after images (2, 2, 2): the end of the file expected, more bytes found"
    ),
    (
      "gzip cut off", twoImagesCompressed.dropLast(12),
      "images: gzip data: a whole stream expected, the end of the file in the middle of it found"
    ),
    (
      "gzip with garbage after it", twoImagesCompressed + [1, 2, 3],
      "images: gzip data: a whole stream expected, 3 bytes of something else after it found"
    ),
    (
      "gzip magic and nothing else", [0x1F, 0x8B],
      "images: gzip data: a whole stream expected, the end of the file in the middle of it found"
    ),
    (
      "gzip whose checksum is wrong", twoImagesCompressed.dropLast(8) + [9, 9, 9, 9, 24, 0, 0, 0],
      "images: gzip data: a whole stream expected, incorrect data check found"
    ),
  ]

  @Test(arguments: badFiles.indices)
  func badFileIsRefusedInOneSentence(_ index: Int) throws {
    let bad = Self.badFiles[index]
    try withTemporaryFolder { folder in
      try write(bad.bytes, to: folder + "/images")
      let found = sentence(without: folder) {
        _ = try IDX.array(in: folder + "/images", axes: ["images", "rows", "columns"])
      }
      #expect(found == bad.sentence, "\(bad.name)")
    }
  }

  @Test func everyTruncationIsRefused() throws {
    try withTemporaryFolder { folder in
      for whole in [twoImages, twoImagesCompressed] {
        for count in whole.indices {
          try write(Array(whole.prefix(count)), to: folder + "/images")
          #expect(throws: TrainingError.self, "\(count) of \(whole.count) bytes") {
            try IDX.array(in: folder + "/images", axes: ["images", "rows", "columns"])
          }
        }
      }
    }
  }

  @Test func folderOfFourFilesIsADataSet() throws {
    try withTemporaryFolder { folder in
      try writeIDXDataSet(to: folder)
      let data = try DataSpecification("idx:\(folder)").load()
      #expect(data.training.images?.shape == [3, 1, 2, 2])
      #expect(data.training.labels == [0, 1, 2])
      #expect(data.test.images?.doubles() == [0, 1, 2, 3, 4, 5, 6, 7])
      #expect(data.classes == ["0", "1", "2", "3", "4"])
    }
  }

  @Test func countsOfImagesAndLabelsMustAgree() throws {
    try withTemporaryFolder { folder in
      try writeIDXDataSet(to: folder)
      try write(idxFile(sizes: [2], [0, 1]), to: folder + "/train-labels-idx1-ubyte")
      #expect(
        sentence(without: folder) { _ = try DataSpecification.idx(directory: folder).load() }
          == "train-images-idx3-ubyte and train-labels-idx1-ubyte: labels: "
          + "3, one for each image expected, 2 found")
    }
  }

  @Test func splitsMustAgreeInShape() throws {
    try withTemporaryFolder { folder in
      try writeIDXDataSet(to: folder)
      try write(
        idxFile(sizes: [3, 4, 1], Array(0...11)), to: folder + "/train-images-idx3-ubyte")
      #expect(
        sentence(without: folder) { _ = try DataSpecification.idx(directory: folder).load() }
          == "idx:\(folder): test images: (1, 4, 1), as in the training split expected, "
          + "(1, 2, 2) found")
    }
  }

  @Test func noImagesAreNoData() throws {
    try withTemporaryFolder { folder in
      try writeIDXDataSet(to: folder)
      try write(idxFile(sizes: [0, 28, 28], []), to: folder + "/train-images-idx3-ubyte")
      #expect(
        sentence(without: folder) { _ = try DataSpecification.idx(directory: folder).load() }
          == "train-images-idx3-ubyte and train-labels-idx1-ubyte: images: "
          + "at least one pixel expected, shape (0, 1, 28, 28) found")
    }
  }

  @Test func missingFileNamesTheRemedy() throws {
    try withTemporaryFolder { folder in
      #expect(
        sentence(without: folder) { _ = try DataSpecification.idx(directory: folder).load() }
          == "train-images-idx3-ubyte: there is no such file; an IDX folder holds "
          + "{train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz")
    }
  }

  @Test func directoryInPlaceOfAFileIsRefused() throws {
    try withTemporaryFolder { folder in
      try writeIDXDataSet(to: folder)
      let file = folder + "/train-images-idx3-ubyte"
      try FileManager.default.removeItem(atPath: file)
      try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
      #expect(
        sentence(without: folder) { _ = try DataSpecification.idx(directory: folder).load() }
          == "train-images-idx3-ubyte: a file expected, a directory found")
    }
  }
}
