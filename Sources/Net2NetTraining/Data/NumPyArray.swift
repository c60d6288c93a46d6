internal import Foundation
internal import Net2Net
internal import Net2NetFiles

/// An array that NumPy stored, decompressed into a temporary file.
struct NumPyArray {
  let name: String
  let elementType: ElementType
  let shape: Shape
  private let bytes: TensorBytes

  /// Member `name`.npy of an archive.
  ///
  /// - Throws: ``TrainingError/malformedData(file:part:expected:found:)``; `FilesError` where there
  ///   is no room for it.
  init(_ name: String, in archive: ZipArchive) throws {
    self.name = name
    let member = try archive.member("\(name).npy")
    func malformed(_ expected: String, _ found: String) -> TrainingError {
      .malformedData(file: archive.file, part: "\"\(name)\"", expected: expected, found: found)
    }
    func read(_ count: Int) throws -> [UInt8] {
      let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = try member.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      guard bytes.count == count else { throw malformed("an array of NumPy", "too few bytes") }
      return bytes
    }
    let start = try read(8)
    guard start.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(start[6]) else {
      throw malformed("an array of NumPy, format 1 to 3,", "something else")
    }
    let length = try read(start[6] == 1 ? 2 : 4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= 1 << 20 else { throw malformed("a header of at most 1 MiB", "\(length) bytes") }
    let header = try NumPyHeader(String(decoding: read(length), as: UTF8.self)) {
      malformed($0, $1)
    }
    elementType = header.elementType
    shape = header.shape
    bytes = try Self.spilled(member, count: header.byteCount, malformed)
  }

  private static func spilled(
    _ member: ZipArchive.Member, count: Int, _ malformed: (String, String) -> TrainingError
  ) throws -> TensorBytes {
    let spill = try SpillFile()
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let read = try piece.withUnsafeMutableBytes { try member.read(into: $0) }
      if read == 0 { break }
      guard spill.count + read <= count else {
        throw malformed("\(count) bytes, as its header says,", "more")
      }
      try piece.withUnsafeBytes {
        try spill.append(UnsafeRawBufferPointer(rebasing: $0.prefix(read)))
      }
    }
    guard spill.count == count else {
      throw malformed("\(count) bytes, as its header says,", "\(spill.count)")
    }
    return try spill.mapped()
  }

  /// Adds some entries of the first axis.
  func addRows(_ rows: [Int], to parts: inout DigestOfParts) {
    defer { withExtendedLifetime(bytes) {} }
    let size = bytes.count / max(1, shape.sizes.first ?? 1)
    parts.add(elementType.rawValue)
    parts.add(rows: rows, of: bytes.buffer, size: size, atMost: DigestOfParts.mostBytes)
  }

  /// Element `index` in row-major order.
  func value(_ index: Int) -> Double {
    func load<T: BitwiseCopyable>(_: T.Type) -> T {
      bytes.buffer.loadUnaligned(
        fromByteOffset: index * MemoryLayout<T>.stride, as: T.self)
    }
    return switch elementType {
    case .float64: load(Double.self)
    case .float32: Double(load(Float.self))
    case .int64: Double(load(Int64.self))
    case .int32: Double(load(Int32.self))
    case .int16: Double(load(Int16.self))
    case .int8: Double(load(Int8.self))
    case .uint64: Double(load(UInt64.self))
    case .uint32: Double(load(UInt32.self))
    case .uint16: Double(load(UInt16.self))
    default: Double(load(UInt8.self))
    }
  }
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`
private struct NumPyHeader {
  let elementType: ElementType
  let shape: Shape
  let byteCount: Int

  private static let types: [String: ElementType] = [
    "f8": .float64, "f4": .float32, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8,
    "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
  ]

  init(
    _ text: String, _ malformed: (_ expected: String, _ found: String) -> TrainingError
  ) throws(TrainingError) {
    func field(_ key: String, _ open: Character, _ close: Character) throws(TrainingError) -> String
    {
      guard let start = text.range(of: "'\(key)':")?.upperBound,
        case let rest = text[start...].drop(while: { $0 == " " }), rest.first == open,
        let end = rest.dropFirst().firstIndex(of: close)
      else { throw malformed("a header with '\(key)'", text.trimmingCharacters(in: .newlines)) }
      return String(rest[rest.index(after: rest.startIndex)..<end])
    }
    let type = try field("descr", "'", "'")
    guard let known = Self.types[String(type.dropFirst())], "<|=".contains(type.prefix(1)) else {
      throw malformed(
        "numbers of 1 to 8 bytes, little-endian (array.astype('<f4')),", "type '\(type)'")
    }
    guard text.contains("'fortran_order': False") else {
      throw malformed("rows first (numpy.ascontiguousarray)", "Fortran's order")
    }
    let sizes = try field("shape", "(", ")").split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let numbers = sizes.compactMap { Int($0) }.filter { $0 >= 0 }
    let shape = Shape(numbers)
    guard numbers.count == sizes.count, let count = shape.checkedElementCount,
      case let (bytes, isTooLarge) = count.multipliedReportingOverflow(by: known.byteCount),
      !isTooLarge
    else { throw malformed("a shape", "(\(sizes.joined(separator: ", ")))") }
    elementType = known
    self.shape = shape
    byteCount = bytes
  }
}
