import CTorch
import Foundation
package import Net2Net

/// A tensor in libtorch's memory; owns one reference to it.
///
/// Swift lets go of an object after its last *use*, so a handle read out of one dangles unless
/// the call that takes it happens inside `withExtendedLifetime`. Nothing outside this folder
/// reads the handle.
package final class TorchTensor {
  let handle: OpaquePointer

  /// Takes over the reference that a shim function handed out.
  init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { ct_tensor_free(handle) }

  /// A copy of `tensor`, on the CPU.
  package convenience init(_ tensor: Tensor) throws(EngineError) {
    let sizes = tensor.shape.sizes.map(Int64.init)
    self.init(
      owning: try Self.make("copying a tensor") { result in
        tensor.withUnsafeBytes { bytes in
          ct_tensor_copying(
            bytes.baseAddress, tensor.elementType.code, sizes, Int64(sizes.count), result)
        }
      })
  }

  /// `tensor` on the CPU without a copy, unless its bytes are not aligned. Nothing may write to
  /// the result.
  package convenience init(borrowing tensor: Tensor) throws(EngineError) {
    let address = tensor.withUnsafeBytes { $0.baseAddress }
    guard let address, Int(bitPattern: address) % tensor.elementType.byteCount == 0 else {
      try self.init(tensor)
      return
    }
    let sizes = tensor.shape.sizes.map(Int64.init)
    let storage = Unmanaged.passRetained(tensor.storage)
    let handle: OpaquePointer
    do {
      handle = try Self.make("borrowing a tensor") { result in
        ct_tensor_borrowing(
          address, tensor.elementType.code, sizes, Int64(sizes.count),
          { context in
            if let context { Unmanaged<TensorBytes>.fromOpaque(context).release() }
          }, storage.toOpaque(), result)
      }
    } catch {
      storage.release()
      throw error
    }
    self.init(owning: handle)
  }

  private static func make(
    _ operation: String, _ body: (UnsafeMutablePointer<OpaquePointer?>) -> ct_status
  ) throws(EngineError) -> OpaquePointer {
    _ = Engine.prepared
    var handle: OpaquePointer?
    try check(body(&handle), operation: operation)
    guard let handle else {
      throw .failed(operation: operation, node: nil, message: "no tensor was returned")
    }
    return handle
  }
}

extension TorchTensor {
  package var rank: Int { withExtendedLifetime(self) { Int(ct_tensor_rank(handle)) } }

  package func size(_ axis: Int) -> Int {
    withExtendedLifetime(self) { Int(ct_tensor_size(handle, Int64(axis))) }
  }

  /// In elements, by axis.
  var strides: [Int] {
    withExtendedLifetime(self) { (0..<rank).map { Int(ct_tensor_stride(handle, Int64($0))) } }
  }

  package var shape: Shape { Shape((0..<rank).map(size)) }

  /// Nil for a type that has no name here, such as a complex one.
  package var elementType: ElementType? {
    withExtendedLifetime(self) { ElementType(code: ct_tensor_element_type(handle)) }
  }

  package var isFloatingPoint: Bool { elementType?.isFloatingPoint ?? false }

  package var device: Device? {
    let code = withExtendedLifetime(self) { ct_tensor_device(handle) }
    return Device.allCases.first { Int32($0.code.rawValue) == code }
  }

  /// The elements, copied to the CPU.
  package func tensor() throws(EngineError) -> Tensor {
    guard let type = elementType else {
      throw .failed(
        operation: "reading a tensor", node: nil, message: "its element type is unknown here")
    }
    let shape = shape
    let count = shape.checkedElementCount.map { $0.times(type.byteCount) } ?? .max
    guard let buffer = UnsafeMutableRawBufferPointer.aligned(byteCount: count) else {
      throw .outOfMemory(bytes: count, for: "a copy of a tensor of shape \(shape)")
    }
    let bytes = TensorBytes(owning: UnsafeRawBufferPointer(buffer)) { free($0.raw) }
    let status = withExtendedLifetime(self) {
      ct_tensor_read(handle, buffer.baseAddress, Int64(count))
    }
    try check(status, operation: "reading a tensor")
    return Tensor(elementType: type, shape: shape, storage: bytes)
  }

  /// The only element, such as a loss.
  package func scalar() throws(EngineError) -> Double {
    let values = try tensor().doubles()
    guard values.count == 1 else {
      throw .failed(
        operation: "reading a scalar", node: nil, message: "the tensor's shape is \(shape)")
    }
    return values[0]
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Nil where the system has not that much: Swift's own allocation would end the process.
  fileprivate static func aligned(byteCount: Int) -> UnsafeMutableRawBufferPointer? {
    var address: UnsafeMutableRawPointer?
    guard posix_memalign(&address, 64, Swift.max(byteCount, 1)) == 0, let address else {
      return nil
    }
    return UnsafeMutableRawBufferPointer(start: address, count: byteCount)
  }
}

extension UnsafeRawBufferPointer {
  fileprivate var raw: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(mutating: baseAddress) }
}

extension ElementType {
  var code: ct_element_type {
    switch self {
    case .float32: CT_FLOAT32
    case .float64: CT_FLOAT64
    case .float16: CT_FLOAT16
    case .bfloat16: CT_BFLOAT16
    case .int64: CT_INT64
    case .int32: CT_INT32
    case .int16: CT_INT16
    case .int8: CT_INT8
    case .uint64: CT_UINT64
    case .uint32: CT_UINT32
    case .uint16: CT_UINT16
    case .uint8: CT_UINT8
    case .bool: CT_BOOL
    }
  }

  init?(code: Int32) {
    guard let type = Self.allCases.first(where: { Int32($0.code.rawValue) == code }) else {
      return nil
    }
    self = type
  }
}
