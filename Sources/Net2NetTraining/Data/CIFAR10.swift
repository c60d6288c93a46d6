internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// The binary version of CIFAR-10. A file is a run of records: the label in one byte, then
/// 32 × 32 red, green and blue values, row by row.
enum CIFAR10 {
  static let imageShape: Shape = [3, 32, 32]
  static let recordByteCount = 1 + 3 * 32 * 32

  static let classes = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// Reads `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`, from `directory` or
  /// from the folder that the archive unpacks to inside it.
  static func dataSet(name: String, directory: String) throws -> DataSet {
    let inner = "\(directory)/cifar-10-batches-bin"
    let folder = FileManager.default.fileExists(atPath: inner) ? inner : directory
    let training = (1...5).map { "\(folder)/data_batch_\($0).bin" }
    return try DataSet(
      name: name, classes: classes, training: split(training),
      test: split(["\(folder)/test_batch.bin"]))
  }

  private static func split(_ files: [String]) throws -> DataSplit {
    let batches = try files.map(records)
    defer { withExtendedLifetime(batches) {} }
    let count = batches.reduce(0) { $0 + $1.count / recordByteCount }
    var labels: [Int] = []
    let pixels = TensorBytes(byteCount: count * imageShape.elementCount) { buffer in
      for batch in batches {
        for start in stride(from: 0, to: batch.count, by: recordByteCount) {
          let record = UnsafeRawBufferPointer(
            rebasing: batch.buffer[start + 1..<start + recordByteCount])
          let offset = labels.count * imageShape.elementCount
          UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]).copyMemory(from: record)
          labels.append(Int(batch.buffer[start]))
        }
      }
    }
    return try DataSplit(
      name: files[0],
      images: Tensor(
        elementType: .uint8, shape: Shape([count] + imageShape.sizes), storage: pixels),
      labels: labels)
  }

  /// The bytes of one file: whole records whose labels have a class.
  private static func records(in file: String) throws -> TensorBytes {
    guard FileManager.default.fileExists(atPath: file) else {
      throw TrainingError.missingData(
        file: file, remedy: "a CIFAR-10 folder holds data_batch_1.bin to 5 and test_batch.bin")
    }
    let bytes = try FileContents(of: file).bytes
    guard bytes.count > 0, bytes.count % recordByteCount == 0 else {
      throw TrainingError.malformedData(
        file: file, part: "size", expected: "a multiple of \(recordByteCount) bytes",
        found: "\(bytes.count)")
    }
    for start in stride(from: 0, to: bytes.count, by: recordByteCount) {
      let label = bytes.buffer[start]
      guard label < classes.count else {
        throw TrainingError.malformedData(
          file: file, part: "label of record \(start / recordByteCount)", expected: "0 to 9",
          found: "\(label)")
      }
    }
    return bytes
  }
}
