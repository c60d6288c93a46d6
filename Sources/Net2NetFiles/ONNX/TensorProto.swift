internal import Foundation
internal import Net2Net

extension ElementType {
  /// ONNX's `TensorProto.DataType`.
  var onnxCode: Int32 {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .uint16: 4
    case .int16: 5
    case .int32: 6
    case .int64: 7
    case .bool: 9
    case .float16: 10
    case .float64: 11
    case .uint32: 12
    case .uint64: 13
    case .bfloat16: 16
    }
  }

  init?(onnxCode: Int32) {
    guard let type = Self.allCases.first(where: { $0.onnxCode == onnxCode }) else { return nil }
    self = type
  }
}

/// Turns `TensorProto` messages into tensors, wherever their bytes are.
struct TensorReader {
  let contents: FileContents
  private var externalData: ExternalData

  init(_ contents: FileContents) {
    self.contents = contents
    externalData = ExternalData(beside: contents.file)
  }

  /// - Parameter raw: where `raw_data` lies in the file, if it was left there.
  mutating func tensor(
    _ proto: ONNXTensorProto, raw: Range<Int>? = nil, part: String
  ) throws(FilesError) -> Tensor {
    guard let type = ElementType(onnxCode: proto.dataType) else {
      throw malformed(part, "a known element type", "type \(proto.dataType)")
    }
    let shape = try shape(of: proto, type, part)
    let byteCount = shape.elementCount * type.byteCount
    try checkSources(proto, raw: raw, part)
    if proto.dataLocation == .external {
      let (storage, offset) = try externalData.bytes(
        proto.externalData.map { ($0.key, $0.value) }, count: byteCount, part: part)
      return Tensor(elementType: type, shape: shape, storage: storage, byteOffset: offset)
    }
    if let raw {
      try expect(byteCount, raw.count, part)
      return Tensor(
        elementType: type, shape: shape, storage: contents.bytes, byteOffset: raw.lowerBound)
    }
    if proto.hasRawData {
      try expect(byteCount, proto.rawData.count, part)
      return Tensor(elementType: type, shape: shape, storage: TensorBytes(proto.rawData))
    }
    let (storage, count) = Self.typedData(proto, type)
    guard count == shape.elementCount else {
      throw malformed(part, "\(shape.elementCount) elements for shape \(shape)", "\(count)")
    }
    return Tensor(elementType: type, shape: shape, storage: storage)
  }

  private func shape(
    of proto: ONNXTensorProto, _ type: ElementType, _ part: String
  ) throws(FilesError) -> Shape {
    guard proto.dims.count <= Shape.largestRank else {
      throw malformed(part, "at most \(Shape.largestRank) axes", "\(proto.dims.count)")
    }
    let shape = Shape(proto.dims.map { Int($0) })
    guard shape.sizes.allSatisfy((0...maximumSize).contains) else {
      throw malformed(part, "sizes from 0 to \(maximumSize)", "shape \(shape)")
    }
    guard shape.isPossible else {
      throw malformed(part, "fewer than 2⁴⁸ elements", "shape \(shape)")
    }
    return shape
  }

  /// A tensor's elements are in one place only.
  private func checkSources(
    _ proto: ONNXTensorProto, raw: Range<Int>?, _ part: String
  ) throws(FilesError) {
    guard !proto.hasSegment else { throw malformed(part, "a whole tensor", "a segment of one") }
    let typed = [
      !proto.floatData.isEmpty, !proto.int32Data.isEmpty, !proto.int64Data.isEmpty,
      !proto.doubleData.isEmpty, !proto.uint64Data.isEmpty, !proto.stringData.isEmpty,
    ].filter { $0 }.count
    let isRaw = raw != nil || proto.hasRawData
    let isExternal = proto.dataLocation == .external
    guard typed + (isRaw ? 1 : 0) + (isExternal ? 1 : 0) <= 1 else {
      throw malformed(part, "its elements in one field", "them in several")
    }
  }

  private func expect(_ byteCount: Int, _ found: Int, _ part: String) throws(FilesError) {
    guard byteCount == found else {
      throw malformed(part, "\(byteCount) bytes for its shape", "\(found)")
    }
  }

  private func malformed(_ part: String, _ expected: String, _ found: String) -> FilesError {
    .malformed(file: contents.file, part: part, expected: expected, found: found)
  }

  /// The elements in the field that ONNX names for the type; small types share `int32_data`.
  private static func typedData(
    _ proto: ONNXTensorProto, _ type: ElementType
  ) -> (TensorBytes, count: Int) {
    switch type {
    case .float32: TensorBytes.packing(proto.floatData) { $0 }
    case .float64: TensorBytes.packing(proto.doubleData) { $0 }
    case .int64: TensorBytes.packing(proto.int64Data) { $0 }
    case .uint64: TensorBytes.packing(proto.uint64Data) { $0 }
    case .uint32: TensorBytes.packing(proto.uint64Data) { UInt32(truncatingIfNeeded: $0) }
    case .int32: TensorBytes.packing(proto.int32Data) { $0 }
    case .int16, .uint16, .float16, .bfloat16:
      TensorBytes.packing(proto.int32Data) { UInt16(truncatingIfNeeded: $0) }
    case .int8, .uint8, .bool:
      TensorBytes.packing(proto.int32Data) { UInt8(truncatingIfNeeded: $0) }
    }
  }
}

/// The largest size of one axis that is believed. Larger ones come from damaged files, and
/// sums and products of two sizes below it do not overflow.
let maximumSize = Int(Int32.max)

extension TensorBytes {
  convenience init(_ data: Data) {
    self.init(byteCount: data.count) { $0.copyBytes(from: data) }
  }

  static func packing<S, T: BitwiseCopyable>(
    _ elements: [S], _ convert: (S) -> T
  ) -> (TensorBytes, count: Int) {
    let size = MemoryLayout<T>.stride
    let bytes = TensorBytes(byteCount: elements.count * size) { buffer in
      for (index, element) in elements.enumerated() {
        buffer.storeBytes(of: convert(element), toByteOffset: index * size, as: T.self)
      }
    }
    return (bytes, elements.count)
  }
}
