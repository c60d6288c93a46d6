internal import Net2Net

/// The Open Inference Protocol's names of element types.
enum Datatype: String, CaseIterable {
  case bool = "BOOL"
  case uint8 = "UINT8"
  case uint16 = "UINT16"
  case uint32 = "UINT32"
  case uint64 = "UINT64"
  case int8 = "INT8"
  case int16 = "INT16"
  case int32 = "INT32"
  case int64 = "INT64"
  case fp16 = "FP16"
  case bf16 = "BF16"
  case fp32 = "FP32"
  case fp64 = "FP64"

  init(_ type: ElementType) {
    self =
      switch type {
      case .bool: .bool
      case .uint8: .uint8
      case .uint16: .uint16
      case .uint32: .uint32
      case .uint64: .uint64
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .float16: .fp16
      case .bfloat16: .bf16
      case .float32: .fp32
      case .float64: .fp64
      }
  }

  var elementType: ElementType {
    switch self {
    case .bool: .bool
    case .uint8: .uint8
    case .uint16: .uint16
    case .uint32: .uint32
    case .uint64: .uint64
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .fp16: .float16
    case .bf16: .bfloat16
    case .fp32: .float32
    case .fp64: .float64
    }
  }

  /// The numbers that the type holds; nil for floating-point types. JSON's own numbers are doubles
  /// here, so that integers end below 2⁵³, which may be another integer rounded (RFC 8259, 6).
  var integers: ClosedRange<Double>? {
    switch self {
    case .bool: 0...1
    case .uint8: 0...255
    case .uint16: 0...65_535
    case .uint32: 0...4_294_967_295
    case .uint64: 0...(0x1p53 - 1)
    case .int8: -128...127
    case .int16: -32_768...32_767
    case .int32: -2_147_483_648...2_147_483_647
    case .int64: -(0x1p53 - 1)...(0x1p53 - 1)
    case .fp16, .bf16, .fp32, .fp64: nil
    }
  }
}
