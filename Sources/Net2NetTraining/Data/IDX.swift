internal import Foundation
internal import Net2Net

/// The files of MNIST and its kin. Big-endian: two zero bytes, an element type, the number of
/// axes, a 32-bit size for each axis, then the elements in row-major order. Often compressed
/// with gzip.
enum IDX {
  /// The four files of a folder as a data set.
  ///
  /// - Parameters:
  ///   - classes: names; as many as the largest label asks for, named by their number, when nil.
  ///   - remedy: what to do when a file is not there.
  static func dataSet(
    name: String, directory: String, classes: [String]?, remedy: String
  ) throws -> DataSet {
    func split(_ prefix: String) throws -> DataSplit {
      let imageFile = try find("\(prefix)-images", "idx3-ubyte", in: directory, remedy: remedy)
      let labelFile = try find("\(prefix)-labels", "idx1-ubyte", in: directory, remedy: remedy)
      let images = try array(in: imageFile, axes: ["images", "rows", "columns"])
      let labels = try array(in: labelFile, axes: ["labels"])
      let shape = images.shape
      return try DataSplit(
        name: "\(imageFile) and \(labelFile)",
        images: images.reshaped(to: [shape[0], 1, shape[1], shape[2]]),
        labels: labels.withUnsafeBytes { $0.map(Int.init) })
    }
    let training = try split("train")
    let test = try split("t10k")
    let count = 1 + max(training.labels.max() ?? 0, test.labels.max() ?? 0)
    return try DataSet(
      name: name, classes: classes ?? (0..<count).map(String.init), training: training,
      test: test)
  }

  /// Distributions differ in one character and in compression.
  private static func find(
    _ stem: String, _ kind: String, in directory: String, remedy: String
  ) throws(TrainingError) -> String {
    let names = ["\(stem)-\(kind)", "\(stem).\(kind)"].flatMap { [$0, "\($0).gz"] }
    let candidates = names.map { "\(directory)/\($0)" }
    guard let found = candidates.first(where: FileManager.default.fileExists) else {
      throw .missingData(file: candidates[0], remedy: remedy)
    }
    return found
  }

  /// Reads one file of unsigned bytes with the named axes.
  static func array(in file: String, axes: [String]) throws -> Tensor {
    var reader = try ByteReader(of: file)
    let magic = try reader.header(4, part: "magic number")
    guard magic[0] == 0, magic[1] == 0 else {
      let found = magic.map { String(format: "%02x", $0) }.joined(separator: " ")
      throw TrainingError.malformedData(
        file: file, part: "magic number", expected: "00 00, a type and a number of axes",
        found: found)
    }
    guard magic[2] == 0x08 else {
      throw TrainingError.malformedData(
        file: file, part: "element type", expected: "0x08 (unsigned bytes)",
        found: typeName(magic[2]))
    }
    guard magic[3] == axes.count else {
      throw TrainingError.malformedData(
        file: file, part: "number of axes",
        expected: "\(axes.count) (\(axes.joined(separator: ", ")))", found: "\(magic[3])")
    }
    return try elements(&reader, axes: axes)
  }

  private static func elements(
    _ reader: inout ByteReader, axes: [String]
  ) throws(TrainingError) -> Tensor {
    let header = try reader.header(axes.count * 4, part: "sizes")
    let shape = Shape(
      axes.indices.map { axis in
        header[axis * 4..<axis * 4 + 4].reduce(0) { $0 << 8 | Int($1) }
      })
    guard let count = shape.checkedElementCount else {
      throw .malformedData(
        file: reader.file, part: "sizes", expected: "a product that can be counted",
        found: "\(shape)")
    }
    let part = "\(axes[0]) \(shape)"
    let storage = try reader.bytes(count, part: part)
    try reader.expectEnd(after: part)
    return Tensor(elementType: .uint8, shape: shape, storage: storage)
  }

  private static func typeName(_ code: UInt8) -> String {
    let names: [UInt8: String] = [
      0x09: "signed bytes", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64",
    ]
    return String(format: "0x%02x", code) + (names[code].map { " (\($0))" } ?? "")
  }
}
