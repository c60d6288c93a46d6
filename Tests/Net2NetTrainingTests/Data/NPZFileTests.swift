import Foundation
import Net2Net
import TestSupport
import Testing

@testable import Net2NetTraining

@Suite(.requiresPython) struct NPZFileTests {
  /// Lets NumPy write a.npz by a statement, `x` and `y` being at hand, and reads it.
  private func withArrays<R>(
    _ statement: String, _ body: (String) throws -> R
  ) async throws -> R {
    let folder = NSTemporaryDirectory() + "net2net-npz-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try await Python.run(oracle: "numpy_archive.py", folder + "/a.npz", statement)
    return try body(folder)
  }

  private func load(_ folder: String, _ options: String) throws -> DataSet {
    try DataSpecification("npz:\(folder)/a.npz:\(options)").load()
  }

  private func inputs(_ split: DataSplit) throws -> [Double] {
    try BatchLoader(split, batchSize: split.count, order: .sequential).batches().all()[0]
      .inputs.doubles()
  }

  /// x is 0, 1, …, 23 as 4 samples of 2 rows of 3, y their labels 0, 1, 0, 1.
  @Test(arguments: [
    "savez(path, x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])",
    "savez_compressed(path, x_train=x.astype('f4'), y_train=y.astype('u1'), x_test=x[:2], y_test=y[:2])",
    "savez(path, x_train=x.astype('u1'), y_train=y.reshape(4, 1), x_test=x[:2], y_test=y[:2])",
  ])
  func imagesAreStandardised(_ statement: String) async throws {
    try await withArrays(statement) { folder in
      let data = try load(folder, "on-bad=stop")
      #expect(data.sampleShape == [1, 2, 3])
      #expect(data.training.labels == [0, 1, 0, 1] && data.test.labels == [0, 1])
      // 0…23 have mean 11.5 and variance (24² − 1)/12.
      let deviation = (575.0 / 12).squareRoot()
      for (index, value) in try inputs(data.training).enumerated() {
        #expect(abs(value - (Double(index) - 11.5) / deviation) < 1e-6)
      }
      #expect(try inputs(data.test) == Array(inputs(data.training).prefix(12)))
    }
  }

  @Test func channelsMayComeLast() async throws {
    try await withArrays(
      "savez(path, x=x.reshape(4, 1, 2, 3), y=y, nhwc=x.reshape(4, 3, 2, 1).transpose(0, 2, 3, 1))"
    ) { folder in
      // (4, 2, 1, 3) as images of 3 channels, 2 × 1: channel c of sample s holds 6s + 2c, 6s + 2c + 1.
      let data = try load(folder, "samples=nhwc,labels=y,layout=channels-last,held-out=0.5")
      #expect(data.sampleShape == [3, 2, 1])
      let rows = try #require(data.training.samples as? ArrayRows)
      let values = try inputs(data.training)
      for (slot, sample) in rows.rows.enumerated() {
        for channel in 0..<3 {
          for row in 0..<2 {
            let value =
              values[slot * 6 + channel * 2 + row] * rows.deviations[channel] + rows.means[channel]
            #expect(abs(value - Double(6 * sample + 2 * channel + row)) < 1e-5)
          }
        }
      }
    }
  }

  @Test func featuresAreStandardisedEachByItself() async throws {
    try await withArrays("savez(path, x=x.reshape(4, 6) * [1, 1, 1, 1, 1, 0], y=y)") { folder in
      let data = try load(folder, "held-out=0.5")
      #expect(data.sampleShape == [6])
      // A feature that never changes stays at 0.
      let values = try inputs(data.training)
      #expect(values.indices.filter { $0 % 6 == 5 }.allSatisfy { values[$0] == 0 })
    }
  }

  @Test func shiftsAndMirrorsAreThoseOfOtherImages() async throws {
    try await withArrays("savez(path, x=x.astype('f4'), y=y)") { folder in
      let rows = ArrayRows(
        try NumPyArray("x", in: ZipArchive("\(folder)/a.npz")), rows: [0], shape: [1, 2, 3],
        isChannelsLast: false)
      var shown = [Float](repeating: 9, count: 6)
      shown.withUnsafeMutableBytes {
        rows.write(0, into: $0, .init(down: 1, right: -1, isFlipped: true))
      }
      // Rows 0 1 2 and 3 4 5; one down, one to the left, mirrored.
      #expect(shown == [0, 0, 0, 0, 2, 1])
    }
  }

  static let bad: [(String, String, String)] = [
    (
      "savez(path, images=x, y=y)", "",
      "arrays: x_train or x, or another that samples= names, expected, images, y found"
    ),
    (
      "savez(path, x=x, y=y)", "labels=z",
      "arrays: \"z\", or another that labels= names, expected, x, y found"
    ),
    (
      "savez(path, x=x, y=y[:3])", "",
      "\"y\": 4 whole numbers, one for each of \"x\", expected, int64(3) found"
    ),
    (
      "savez(path, x=x, y=y * 1.0)", "",
      "\"y\": 4 whole numbers, one for each of \"x\", expected, float64(4) found"
    ),
    ("savez(path, x=x, y=y - 1)", "", "\"y\", sample 0: 0 to 9999 expected, -1 found"),
    ("savez(path, x=x, y=y + 4)", "classes=5", "\"y\", sample 1: 0 to 4 expected, 5 found"),
    (
      "savez(path, x=numpy.where(x == 13, numpy.nan, x), y=y)", "",
      "\"x\", sample 2: numbers expected, nan found"
    ),
    (
      "savez(path, x=x.astype('>f4'), y=y)", "",
      "\"x\": numbers of 1 to 8 bytes, little-endian "
        + "(array.astype('<f4')), expected, type '>f4' found"
    ),
    (
      "savez(path, x=x.astype(object), y=y)", "",
      "\"x\": numbers of 1 to 8 bytes, little-endian "
        + "(array.astype('<f4')), expected, type '|O' found"
    ),
    (
      "savez(path, x=numpy.asfortranarray(x), y=y)", "",
      "\"x\": rows first "
        + "(numpy.ascontiguousarray) expected, Fortran's order found"
    ),
    (
      "savez(path, x=x.ravel(), y=y)", "",
      "\"x\": (sample, feature), (image, row, column) or "
        + "(image, channel, row, column), none empty, expected, (24) found"
    ),
    (
      "savez(path, x=x, y=y, x_test=x[:, :1])", "test-samples=x_test,test-labels=y",
      "\"x_test\": samples (1, 2, 3), as in \"x\", expected, (1, 1, 3) found"
    ),
    (
      "savez(path, x=x, y=y)", "test-samples=x",
      "arrays: both of test-samples= and test-labels= "
        + "expected, one of them found"
    ),
    (
      "savez(path, x_train=x, y_train=y * 2, x_test=x, y_test=y)", "",
      "class \"1\": at least one "
        + "sample to learn from expected, none found"
    ),
    ("shorten()", "", "\"x.npy\": a whole member expected, "),
    ("lie()", "", "\"x\": 192 bytes, as its header says, expected, 184 found"),
    ("twice()", "", "\"x.npy\": one member of this name expected, 2 found"),
    ("text()", "", "zip: an archive that NumPy's savez wrote expected, Not a zip archive found"),
    ("no_numpy()", "", "\"x\": an array of NumPy, format 1 to 3, expected, something else found"),
  ]

  @Test("what is wrong is named by array and sample", arguments: bad)
  func refusal(_ statement: String, _ options: String, _ expected: String) async throws {
    try await withArrays(statement) { folder in
      let found = sentence(without: folder) {
        _ = try load(
          folder, ["held-out=0.5", options].filter { !$0.isEmpty }.joined(separator: ","))
      }
      #expect(found?.contains(expected) == true, "\(found ?? "no error")")
    }
  }

  @Test func badSamplesAreLeftOutOnRequestAndCounted() async throws {
    try await withArrays(
      "savez(path, x_train=numpy.where(x == 13, numpy.nan, x), y_train=y, x_test=x, y_test=y + 1)"
    ) { folder in
      let data = try load(folder, "classes=2,on-bad=skip")
      #expect(data.training.count == 3 && data.test.count == 2)
      #expect(data.remarks == ["\(data.name): samples left out, with bad numbers or labels: 3"])
    }
  }

  @Test func whatIsNoFileIsRefused() throws {
    #expect(
      sentence { _ = try DataSpecification("npz:/no/such").load() }
        == "/no/such: there is no such file")
    #expect(
      sentence { _ = try DataSpecification("npz:/dev/zero").load() }
        == "/dev/zero: a file expected, a device found")
  }
}
