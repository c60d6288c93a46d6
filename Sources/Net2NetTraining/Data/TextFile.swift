internal import CZlib
internal import Net2Net
internal import Net2NetFiles

/// How a text becomes samples.
public struct TextOptions: Hashable, Sendable {
  /// Tokens that a network sees at once.
  public var context = 64
  /// From the beginning of one training window to that of the next; the context when nil.
  public var stride: Int?
  /// The share of the text, at its end, to be measured by.
  public var heldOut = 0.1

  public init() {}

  static let largestContext = 65_536
}

/// Any file, read as a text of bytes.
struct TextFile {
  let name: String
  let file: String
  let options: TextOptions

  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)`` where either part of the
  ///   text is too short for a window; `FilesError`.
  func dataSet() throws -> DataSet {
    let bytes = try FileContents(of: file).bytes
    let context = options.context
    let cut = bytes.count - Int(Double(bytes.count) * options.heldOut)
    let training = TokenWindows(
      bytes, part: 0..<cut, context: context, stride: options.stride ?? context)
    let test = TokenWindows(bytes, part: cut..<bytes.count, context: context, stride: context)
    for (part, windows, count) in [
      ("the text to learn from", training, cut), ("the text held out", test, bytes.count - cut),
    ] where windows.count == 0 {
      throw TrainingError.malformedData(
        file: file, part: part,
        expected: "\(context + 1) bytes or more, for a context of \(context) and its target,",
        found: "\(count)")
    }
    return try DataSet(
      name: name, classes: (0..<256).map(String.init), training: DataSplit(training),
      test: DataSplit(test), preparation: "bytes as tokens 0 to 255, \(context) at once",
      fingerprint: "\(bytes.count) bytes, CRC-32 \(Self.checksum(of: bytes))")
  }

  /// Of the ends alone, where the text is large.
  private static func checksum(of bytes: TensorBytes) -> String {
    let most = 16 << 20
    defer { withExtendedLifetime(bytes) {} }
    var sum = crc32(0, nil, 0)
    for end in [bytes.buffer.prefix(most), bytes.buffer.suffix(most)] {
      let buffer = UnsafeRawBufferPointer(rebasing: end).bindMemory(to: UInt8.self)
      sum = crc32(sum, buffer.baseAddress, UInt32(buffer.count))
    }
    let digits = String(sum, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }
}
