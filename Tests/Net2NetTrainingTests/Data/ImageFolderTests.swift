import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

struct ImageFolderTests {
  /// A PNG of one red pixel, zlib's own.
  static let redPixel: [UInt8] = [
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53,
    0xDE, 0x00, 0x00, 0x00, 0x0C, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0xF8, 0xCF, 0xC0, 0x00,
    0x00, 0x03, 0x01, 0x01, 0x00, 0xC9, 0xFE, 0x92, 0xEF, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E,
    0x44, 0xAE, 0x42, 0x60, 0x82,
  ]

  private func write(_ files: [String: [UInt8]], to folder: String) throws {
    for (name, bytes) in files {
      let file = "\(folder)/\(name)"
      try FileManager.default.createDirectory(
        atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try TestSupport.write(bytes, to: file)
    }
  }

  private func load(_ folder: String, _ options: String) throws -> DataSet {
    try DataSpecification("folder:\(folder):\(options)").load()
  }

  @Test(.requiresPython) func imagesAreShownAsPillowShowsThem() async throws {
    let folder = NSTemporaryDirectory() + "net2net-images-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let printed = try await Python.run(oracle: "image_folder.py", folder)
    let shown = try JSONDecoder().decode([String: [Double]].self, from: Data(printed.utf8))
    #expect(shown.count == 11)
    var options = FolderOptions()
    options.size = ImageForm.Size(height: 8, width: 8)
    options.resize = 12
    for (name, expected) in shown {
      let file = ["a", "b"].map { "\(folder)/\($0)/\(name)" }
        .first(where: FileManager.default.fileExists)
      let images = FolderImages(
        files: [try #require(file)], options: options,
        normalization: Normalization(
          means: [0, 0, 0], deviations: [1 / 255, 1 / 255, 1 / 255]))
      var pixels = [Float](repeating: 0, count: 3 * 8 * 8)
      try pixels.withUnsafeMutableBufferPointer {
        try images.write(0, into: UnsafeMutableRawBufferPointer($0), .none)
      }
      let largest = zip(pixels, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
      // Pillow rounds twice on the way; decoders of JPEG may differ by one more.
      let tolerance = name.hasSuffix("jpg") ? 3.0 : 1.01
      #expect(largest <= tolerance, "\(name): \(largest)")
    }
    // gdk-pixbuf alone would make up what a JPEG lacks.
    let jpeg = try #require(
      ["a", "b"].map { "\(folder)/\($0)/colour.jpg" }.first(where: FileManager.default.fileExists))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: jpeg))
    try bytes.prefix(bytes.count * 3 / 4).write(to: URL(fileURLWithPath: "\(folder)/short.jpg"))
    #expect(
      sentence(without: folder) { _ = try DecodedImage("\(folder)/short.jpg") }
        == "short.jpg: image: a whole JPEG expected, one without an end found")
  }

  @Test func classesAreFoldersAndPartsAreWhatTheyAreCalled() throws {
    try withTemporaryFolder { folder in
      try write(
        [
          "train/red/1.png": Self.redPixel, "train/blue/x.png": Self.redPixel,
          "train/red/deeper/2.PNG": Self.redPixel, "val/red/3.png": Self.redPixel,
          "train/red/notes.txt": [1], "train/red/.hidden.png": [1],
        ], to: folder)
      let data = try load(folder, "size=2")
      #expect(data.classes == ["blue", "red"])
      #expect(data.training.labels == [0, 1, 1])
      #expect(data.test.labels == [1])
      #expect(data.sampleShape == [3, 2, 2])
      let batches = try BatchLoader(data.training, batchSize: 2, order: .sequential).batches().all()
      #expect(batches.map(\.count) == [2, 1])
    }
  }

  @Test func imagesAreHeldOutOfTrainWhereItStandsAlone() throws {
    try withTemporaryFolder { folder in
      var files: [String: [UInt8]] = [:]
      for index in 0..<40 { files["train/red/\(index).png"] = Self.redPixel }
      try write(files, to: folder)
      let data = try load(folder, "size=1,held-out=0.25")
      #expect(data.classes == ["red"])
      #expect(data.training.count + data.test.count == 40)
    }
  }

  @Test func heldOutImagesAreChosenByTheirNames() throws {
    try withTemporaryFolder { folder in
      var files: [String: [UInt8]] = [:]
      for index in 0..<60 { files["red/\(index).png"] = Self.redPixel }
      try write(files, to: folder)
      let data = try load(folder, "size=1,held-out=0.25")
      #expect(data.training.count + data.test.count == 60)
      #expect((8...22).contains(data.test.count))
      let before = try #require(data.test.samples as? FolderImages).files
      try write(["red/another.png": Self.redPixel], to: folder)
      let after = try #require(
        try load(folder, "size=1,held-out=0.25").test.samples as? FolderImages
      ).files
      #expect(Set(after).isSuperset(of: before))
    }
  }

  /// The header of a PNG that claims 100,000 × 100,000 pixels.
  static var bomb: [UInt8] {
    var bytes = redPixel
    for offset in [16, 20] { bytes.replaceSubrange(offset..<offset + 4, with: [0, 1, 0x86, 0xA0]) }
    // The CRC-32 of the changed header, as zlib computes it.
    bytes.replaceSubrange(29..<33, with: [0x27, 0x30, 0x9C, 0x9F])
    return bytes
  }

  @Test func imageThatDoesNotDecodeIsNamed() throws {
    try withTemporaryFolder { folder in
      let bad: [String: [UInt8]] = [
        "empty.png": [], "text.png": Array("not an image".utf8), "bomb.png": Self.bomb,
        "short.png": Array(Self.redPixel.prefix(45)), "short.jpg": [0xFF, 0xD8, 0xFF, 0xDA, 0, 1],
      ]
      try write(bad, to: folder)
      for name in bad.keys.sorted() {
        let text = sentence(without: folder) { _ = try DecodedImage("\(folder)/\(name)") }
        #expect(text?.hasPrefix("\(name): ") == true, "\(name): \(text ?? "no error")")
      }
      #expect(
        sentence(without: folder) { _ = try DecodedImage("\(folder)/bomb.png") }
          == "bomb.png: size: at most 100000000 pixels expected, 100000 x 100000 found")
      #expect(
        sentence(without: folder) { _ = try DecodedImage("\(folder)/text.png") }
          == "text.png: image: a whole PNG, JPEG or other known image expected, "
          + "something else found")
    }
  }

  @Test func badImagesAreLeftOutOnRequestAndCounted() throws {
    try withTemporaryFolder { folder in
      try write(
        [
          "train/red/1.png": Self.redPixel, "train/red/2.png": [1, 2], "test/red/1.png": [],
          "test/red/2.png": Self.redPixel,
        ], to: folder)
      let found = sentence(without: folder) { _ = try load(folder, "size=1") }
      #expect(found?.hasPrefix("train/red/2.png: image: a whole PNG, JPEG or other") == true)
      let data = try load(folder, "size=1,on-bad=skip")
      #expect(data.training.count == 1 && data.test.count == 1)
      #expect(
        data.remarks == ["\(data.name): images left out, as they do not decode: 2"])
    }
  }

  @Test func emptyClassIsNamed() throws {
    try withTemporaryFolder { folder in
      try write(
        ["train/red/1.png": Self.redPixel, "train/blue/notes.txt": [], "test/red/1.png": []],
        to: folder)
      #expect(
        sentence(without: folder) { _ = try load(folder, "size=1") }
          == "train/blue: images to learn from: at least one (bmp, gif, jpeg, jpg, png, tif, tiff, "
          + "webp) expected, none found")
    }
  }

  @Test func foldersThatDoNotFitTogetherAreNamed() throws {
    try withTemporaryFolder { folder in
      #expect(
        sentence(without: folder) { _ = try load("\(folder)/nowhere", "size=1") }
          == "nowhere: there is no such file; folder:DIR has a folder of images for each class")
      try write(["lonely/notes.txt": []], to: folder)
      #expect(
        sentence(without: folder) { _ = try load("\(folder)/lonely", "size=1") }
          == "lonely: classes: a folder of images for each expected, no folder found")
      try write(["all/red/1.png": Self.redPixel], to: folder)
      let none = sentence(without: folder) {
        _ = try load("\(folder)/all", "size=1,held-out=0.0001")
      }
      #expect(
        none?.hasSuffix(
          ": images to be measured by: at least one; a larger held-out= expected, none found")
          == true)
      try write(
        ["cut/train/red/1.png": Self.redPixel, "cut/test/green/1.png": Self.redPixel], to: folder)
      let stranger = sentence(without: folder) { _ = try load("\(folder)/cut", "size=1") }
      #expect(
        stranger?.hasSuffix(
          ": classes of cut/test: those of cut/train expected, \"green\" found") == true)
    }
  }

  @Test func shiftIsSeenOfTheWholePictureAndFlipMirrors() throws {
    try withTemporaryFolder { folder in
      // A BMP of 4 × 1 pixels with red 10, 20, 30, 40.
      let pixels: [UInt8] = [0, 0, 10, 0, 0, 20, 0, 0, 30, 0, 0, 40]
      let header: [UInt8] =
        [0x42, 0x4D, 66, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0]
        + ([1, 0, 24, 0] as [UInt8]) + [UInt8](repeating: 0, count: 24)
      try write(["a/x.bmp": header + pixels], to: folder)
      var options = FolderOptions()
      options.size = ImageForm.Size(height: 1, width: 2)
      let images = FolderImages(
        files: ["\(folder)/a/x.bmp"], options: options,
        normalization: Normalization(
          means: [0, 0, 0], deviations: [1 / 255, 1 / 255, 1 / 255]))
      func red(_ right: Int, _ isFlipped: Bool) throws -> [Float] {
        var shown = [Float](repeating: 0, count: 6)
        try shown.withUnsafeMutableBufferPointer {
          try images.write(
            0, into: UnsafeMutableRawBufferPointer($0),
            .init(down: 0, right: right, isFlipped: isFlipped))
        }
        return shown.prefix(2).map { $0.rounded() }
      }
      #expect(try red(0, false) == [20, 30])
      #expect(try red(0, true) == [30, 20])
      #expect(try red(1, false) == [10, 20])
      #expect(try red(-2, false) == [40, 0])
    }
  }

  @Test func optionsReadBack() throws {
    let text = "folder:a:b:size=64x48,resize=60,channels=1,held-out=0.2,on-bad=skip"
    #expect(try DataSpecification(text).description == text)
    #expect(try DataSpecification("folder:a").description == "folder:a")
    #expect(
      sentence { _ = try DataSpecification("folder:a:size=64,resize=32") }
        == "data \"folder:a:size=64,resize=32\": resize: 64, the size, or more expected")
    #expect(
      sentence { _ = try DataSpecification("folder:a:on-bad=no") }
        == "data \"folder:a:on-bad=no\": on-bad: skip or stop expected")
  }
}
