/// A dense array of numbers in row-major order, little-endian. Copies share their bytes.
public struct Tensor: Sendable {
  public let elementType: ElementType
  public let shape: Shape
  public let storage: TensorBytes
  /// Where this tensor's bytes begin in `storage`.
  public let byteOffset: Int

  /// - Precondition: `storage` holds the shape's bytes from `byteOffset` on; readers of files
  ///   check this before they get here.
  public init(
    elementType: ElementType, shape: Shape, storage: TensorBytes, byteOffset: Int = 0
  ) {
    precondition(byteOffset >= 0)
    precondition(byteOffset + shape.elementCount * elementType.byteCount <= storage.count)
    self.elementType = elementType
    self.shape = shape
    self.storage = storage
    self.byteOffset = byteOffset
  }

  public var elementCount: Int { shape.elementCount }
  public var byteCount: Int { elementCount * elementType.byteCount }

  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    let bytes = UnsafeRawBufferPointer(
      rebasing: storage.buffer[byteOffset..<byteOffset + byteCount])
    defer { withExtendedLifetime(storage) {} }
    return try body(bytes)
  }

  /// The same elements under another shape of the same element count.
  public func reshaped(to shape: Shape) -> Tensor {
    precondition(shape.elementCount == elementCount)
    return Tensor(
      elementType: elementType, shape: shape, storage: storage, byteOffset: byteOffset)
  }
}

extension Tensor {
  public init(_ values: [Float], shape: Shape) {
    self.init(elementType: .float32, shape: shape, copying: values)
  }

  public init(_ values: [Double], shape: Shape) {
    self.init(elementType: .float64, shape: shape, copying: values)
  }

  public init(_ values: [Int64], shape: Shape) {
    self.init(elementType: .int64, shape: shape, copying: values)
  }

  /// Copies the memory of `values`, whose type must be the one that `elementType` names.
  private init<T: BitwiseCopyable>(elementType: ElementType, shape: Shape, copying values: [T]) {
    precondition(values.count == shape.elementCount)
    precondition(MemoryLayout<T>.stride == elementType.byteCount)
    let storage = values.withUnsafeBytes { source in
      TensorBytes(byteCount: source.count) { $0.copyMemory(from: source) }
    }
    self.init(elementType: elementType, shape: shape, storage: storage)
  }

  /// Fills a new tensor element by element from double values, rounded to `elementType`. On all
  /// cores where there are many elements, so `value` must depend on the index alone.
  public init(
    elementType: ElementType, shape: Shape, generating value: @Sendable (Int) -> Double
  ) {
    let count = shape.elementCount
    let storage = TensorBytes(byteCount: count * elementType.byteCount) { bytes in
      nonisolated(unsafe) let target = bytes
      concurrently(count, elements: count) { range in
        for index in range { elementType.store(value(index), at: index, in: target) }
      }
    }
    self.init(elementType: elementType, shape: shape, storage: storage)
  }

  /// Every element the same.
  public init(elementType: ElementType, shape: Shape, repeating value: Double) {
    let count = shape.elementCount
    let storage = TensorBytes(byteCount: count * elementType.byteCount) { bytes in
      guard value != 0 else { return bytes.fillWithZeros() }
      for index in 0..<count { elementType.store(value, at: index, in: bytes) }
    }
    self.init(elementType: elementType, shape: shape, storage: storage)
  }

  /// The elements as double; exact for every type but 64-bit integers beyond 2⁵³.
  public func doubles() -> [Double] {
    withUnsafeBytes { bytes in
      (0..<elementCount).map { elementType.load(at: $0, from: bytes) }
    }
  }

  /// The elements as 64-bit integers, towards zero; nil when one is not representable.
  public func integers() -> [Int]? {
    withUnsafeBytes { bytes in
      var integers: [Int] = []
      integers.reserveCapacity(elementCount)
      for index in 0..<elementCount {
        if elementType == .int64 {
          integers.append(
            Int(bytes.loadUnaligned(fromByteOffset: index * 8, as: Int64.self)))
        } else {
          guard
            let value = Int(exactly: elementType.load(at: index, from: bytes).rounded(.towardZero))
          else { return nil }
          integers.append(value)
        }
      }
      return integers
    }
  }

  /// The elements rounded to another type.
  public func converted(to type: ElementType) -> Tensor {
    guard type != elementType else { return self }
    return withUnsafeBytes { bytes in
      nonisolated(unsafe) let source = bytes
      return Tensor(elementType: type, shape: shape) { elementType.load(at: $0, from: source) }
    }
  }
}

extension ElementType {
  /// Reads element `index` of `bytes` as a double.
  func load(at index: Int, from bytes: UnsafeRawBufferPointer) -> Double {
    let offset = index * byteCount
    func read<T: BitwiseCopyable>(_: T.Type) -> T {
      bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
    }
    switch self {
    case .float32: return Double(read(Float.self))
    case .float64: return read(Double.self)
    case .float16: return Double(HalfPrecision.float(fromFloat16: read(UInt16.self)))
    case .bfloat16: return Double(Float(bitPattern: UInt32(read(UInt16.self)) << 16))
    case .int64: return Double(read(Int64.self))
    case .int32: return Double(read(Int32.self))
    case .int16: return Double(read(Int16.self))
    case .int8: return Double(read(Int8.self))
    case .uint64: return Double(read(UInt64.self))
    case .uint32: return Double(read(UInt32.self))
    case .uint16: return Double(read(UInt16.self))
    case .uint8: return Double(read(UInt8.self))
    case .bool: return read(UInt8.self) == 0 ? 0 : 1
    }
  }

  /// Writes `value`, rounded to nearest even for floating-point types and clamped for integers.
  func store(_ value: Double, at index: Int, in bytes: UnsafeMutableRawBufferPointer) {
    let offset = index * byteCount
    func write<T: BitwiseCopyable>(_ element: T) {
      bytes.storeBytes(of: element, toByteOffset: offset, as: T.self)
    }
    switch self {
    case .float32: write(Float(value))
    case .float64: write(value)
    case .float16: write(HalfPrecision.float16(from: value))
    case .bfloat16: write(HalfPrecision.bfloat16(from: value))
    case .int64: write(clamped(value, to: Int64.self))
    case .int32: write(clamped(value, to: Int32.self))
    case .int16: write(clamped(value, to: Int16.self))
    case .int8: write(clamped(value, to: Int8.self))
    case .uint64: write(clamped(value, to: UInt64.self))
    case .uint32: write(clamped(value, to: UInt32.self))
    case .uint16: write(clamped(value, to: UInt16.self))
    case .uint8: write(clamped(value, to: UInt8.self))
    case .bool: write(UInt8(value == 0 ? 0 : 1))
    }
  }

  private func clamped<I: FixedWidthInteger>(_ value: Double, to type: I.Type) -> I {
    if value.isNaN { return 0 }
    return I(exactly: value.rounded(.towardZero)) ?? (value < 0 ? I.min : I.max)
  }
}
