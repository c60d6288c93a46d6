internal import Net2Net
internal import OrderedCollections

/// The header of a safetensors file, checked against the file's size.
///
/// Layout: `u64 N · N bytes of JSON · tensors`, little-endian. The tensors fill the rest of the
/// file without holes or overlap. What the reference reader accepts is accepted, except two
/// tensors of one name and sizes that no memory holds.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let type: SafetensorsType
    let shape: Shape
    /// Bytes from the end of the header.
    let range: Range<Int>
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: OrderedDictionary<String, String> = [:]
  /// Where the tensors begin in the file.
  let dataOffset: Int
  private let file: String

  private static let largestHeader = 100_000_000

  init(of contents: FileContents) throws(FilesError) {
    file = contents.file
    if !Self.beginsLikeOne(contents.buffer), let finding = ForeignFormat.recognise(contents.buffer)
    {
      throw .foreignFormat(
        file: file, expected: "a safetensors file", found: finding.name, remedy: finding.remedy)
    }
    guard contents.count >= 8 else {
      throw .truncated(
        file: file, part: "the header's length", expected: 8, found: contents.count)
    }
    let length = contents.buffer.loadUnaligned(as: UInt64.self).littleEndian
    guard length <= Self.largestHeader else {
      throw .malformed(
        file: file, part: "the header", expected: "at most \(Self.largestHeader) bytes",
        found: "\(length)")
    }
    dataOffset = 8 + Int(length)
    guard dataOffset <= contents.count else {
      throw .truncated(file: file, part: "the header", expected: dataOffset, found: contents.count)
    }
    try parse(UnsafeRawBufferPointer(rebasing: contents.buffer[8..<dataOffset]))
    try checkRanges(dataCount: contents.count - dataOffset)
  }

  /// A header of 640 bytes begins as a pickle does; what follows the length tells.
  private static func beginsLikeOne(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let text = bytes.dropFirst(8).drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return text.first == UInt8(ascii: "{")
  }

  private mutating func parse(_ json: UnsafeRawBufferPointer) throws(FilesError) {
    guard String(validating: json, as: UTF8.self) != nil else {
      throw .malformed(file: file, part: "the header", expected: "UTF-8", found: "other bytes")
    }
    var scanner = JSONScanner(json)
    var names: Set<String> = []
    var found: [PartialEntry] = []
    do throws(JSONScanner.Failure) {
      var metadata: OrderedDictionary<String, String> = [:]
      try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
        // Two spellings of "é" are one name: no dictionary could hold both.
        guard names.insert(name).inserted else {
          throw .init(
            offset: scanner.offset, expected: "each name once", found: "\"\(name)\" again")
        }
        if name == "__metadata__" {
          metadata = try Self.metadata(&scanner)
        } else {
          found.append(try PartialEntry(name, &scanner))
        }
      }
      guard scanner.isAtEnd else {
        throw .init(offset: scanner.offset, expected: "the end", found: "more text")
      }
      self.metadata = metadata
    } catch {
      throw .malformed(
        file: file, part: "the header at byte \(8 + error.offset)", expected: error.expected,
        found: error.found)
    }
    for entry in found { entries.append(try entry.checked(in: file)) }
  }

  private static func metadata(
    _ scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) -> OrderedDictionary<String, String> {
    if scanner.null() { return [:] }
    var metadata: OrderedDictionary<String, String> = [:]
    try scanner.object { (scanner, key) throws(JSONScanner.Failure) in
      metadata[key] = try scanner.string()
    }
    return metadata
  }

  /// In the order of their offsets, the tensors lie end to end and fill the file.
  private func checkRanges(dataCount: Int) throws(FilesError) {
    let sorted = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = 0
    for entry in sorted {
      guard entry.range.lowerBound == end else {
        throw .malformed(
          file: file, part: "tensor \"\(entry.name)\"", expected: "its data at offset \(end)",
          found: "\(entry.range.lowerBound)")
      }
      end = entry.range.upperBound
    }
    guard end <= dataCount else {
      throw .truncated(
        file: file, part: "the tensors",
        expected: end.addingReportingOverflow(dataOffset).overflow
          ? Int.max : dataOffset + end, found: dataOffset + dataCount)
    }
    guard end == dataCount else {
      throw .malformed(
        file: file, part: "the tensors", expected: "\(dataOffset + end) bytes with the header",
        found: "a file of \(dataOffset + dataCount)")
    }
  }
}

/// A tensor's entry as it stands in the header.
private struct PartialEntry {
  let name: String
  var type: String?
  var shape: [Int]?
  var offsets: [Int]?

  init(_ name: String, _ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    var entry = (type: String?.none, shape: [Int]?.none, offsets: [Int]?.none)
    try scanner.object { (scanner, key) throws(JSONScanner.Failure) in
      let isRepeated =
        switch key {
        case "dtype": entry.type != nil
        case "shape": entry.shape != nil
        case "data_offsets": entry.offsets != nil
        default: false
        }
      guard !isRepeated else {
        throw .init(offset: scanner.offset, expected: "one \"\(key)\"", found: "another")
      }
      switch key {
      case "dtype": entry.type = try scanner.string()
      case "shape": entry.shape = try Self.sizes(&scanner)
      case "data_offsets": entry.offsets = try Self.sizes(&scanner)
      default: try scanner.skipValue()
      }
    }
    self.name = name
    type = entry.type
    shape = entry.shape
    offsets = entry.offsets
  }

  private static func sizes(
    _ scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) -> [Int] {
    var sizes: [Int] = []
    try scanner.array { (scanner) throws(JSONScanner.Failure) in sizes.append(try scanner.size()) }
    return sizes
  }

  func checked(in file: String) throws(FilesError) -> SafetensorsHeader.Entry {
    func malformed(_ expected: String, _ found: String) -> FilesError {
      .malformed(file: file, part: "tensor \"\(name)\"", expected: expected, found: found)
    }
    guard let type, let shape, let offsets else {
      throw malformed("dtype, shape and data_offsets", "not all of them")
    }
    guard let type = SafetensorsType(rawValue: type) else {
      throw malformed("a known dtype", "\"\(type)\"")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw malformed("data_offsets [begin, end]", "\(offsets)")
    }
    // An empty tensor may have any other sizes, but they have to fit arithmetic.
    guard let count = Shape(shape).checkedElementCount,
      Shape(shape.filter { $0 > 0 }).checkedElementCount != nil,
      case let (bits, overflow) = count.multipliedReportingOverflow(by: type.bitCount), !overflow
    else { throw malformed("a shape that memory can hold", "\(shape)") }
    guard bits % 8 == 0, bits / 8 == offsets[1] - offsets[0] else {
      throw malformed(
        "\((bits + 7) / 8) bytes for its shape and type", "\(offsets[1] - offsets[0])")
    }
    return SafetensorsHeader.Entry(
      name: name, type: type, shape: Shape(shape), range: offsets[0]..<offsets[1])
  }
}

/// Element types of the format, in the order in which files are written.
enum SafetensorsType: String, CaseIterable {
  case U64, I64, F64, C64, F32, U32, I32, BF16, F16, U16, I16, F8_E5M2FNUZ, F8_E4M3FNUZ, F8_E8M0
  case F8_E4M3, F8_E5M2, I8, U8, F6_E3M2, F6_E2M3, F4, BOOL

  var bitCount: Int {
    switch self {
    case .U64, .I64, .F64, .C64: 64
    case .F32, .U32, .I32: 32
    case .BF16, .F16, .U16, .I16: 16
    case .F8_E5M2FNUZ, .F8_E4M3FNUZ, .F8_E8M0, .F8_E4M3, .F8_E5M2, .I8, .U8, .BOOL: 8
    case .F6_E3M2, .F6_E2M3: 6
    case .F4: 4
    }
  }

  init(_ type: ElementType) {
    self =
      switch type {
      case .float32: .F32
      case .float64: .F64
      case .float16: .F16
      case .bfloat16: .BF16
      case .int64: .I64
      case .int32: .I32
      case .int16: .I16
      case .int8: .I8
      case .uint64: .U64
      case .uint32: .U32
      case .uint16: .U16
      case .uint8: .U8
      case .bool: .BOOL
      }
  }

  /// Nil for types that tensors do not have here.
  var elementType: ElementType? { ElementType.allCases.first { SafetensorsType($0) == self } }
}
