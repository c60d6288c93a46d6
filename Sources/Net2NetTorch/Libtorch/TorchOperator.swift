import CTorch
package import Net2Net

/// One argument of a libtorch operator. A schema's `float` takes ``double(_:)`` only, its `int`
/// ``int(_:)`` only, its `Scalar` either.
package enum Argument {
  /// An optional argument left out.
  case absent
  case tensor(TorchTensor)
  case tensors([TorchTensor])
  /// One tensor for each leading axis, as indexing takes them (`Tensor?[]`).
  case indices([TorchTensor])
  case int(Int)
  case ints([Int])
  case double(Double)
  case doubles([Double])
  case bool(Bool)
  case string(String)
  case device(Device)
  case elementType(ElementType)
  /// The processes whose batches an operator of CTorch takes together.
  case group(ProcessGroup)

  /// A `Scalar`: an integer where the value is one, so that it suits integer tensors too.
  package static func scalar(_ value: Double) -> Argument {
    Int(exactly: value).map(Argument.int) ?? .double(value)
  }

  package static func optional(_ tensor: TorchTensor?) -> Argument {
    tensor.map(Argument.tensor) ?? .absent
  }

  package static func optional(_ group: ProcessGroup?) -> Argument {
    group.map(Argument.group) ?? .absent
  }
}

/// An operator of libtorch, looked up once; make it a `static let`.
///
///     static let crossEntropy = TorchOperator("aten::cross_entropy_loss")
///     let loss = try crossEntropy(.tensor(logits), .tensor(labels))
///
/// Arguments stand in the order of the operator's schema (`native_functions.yaml` of PyTorch,
/// keyword-only ones included); those left out at the end take the schema's defaults.
///
/// `@unchecked Sendable`: the handle lives as long as the process and is never written to.
package struct TorchOperator: @unchecked Sendable {
  package let name: String
  private let lookup: Result<OpaquePointer, EngineError>

  /// `name` is `namespace::operator` or `namespace::operator.overload`. A wrong one is told by
  /// the first call.
  package init(_ name: String) {
    self.name = name
    let parts = name.split(separator: ".", maxSplits: 1)
    let overload = parts.count == 2 ? String(parts[1]) : ""
    lookup = Result { () throws(EngineError) in
      _ = Engine.prepared
      var handle: OpaquePointer?
      try check(ct_operator_find(String(parts[0]), overload, &handle), operation: name)
      guard let handle else { throw .noLibtorch }
      return handle
    }
  }

  /// Calls an operator that returns one tensor, or several of which the first is wanted.
  package func callAsFunction(_ arguments: Argument...) throws(EngineError) -> TorchTensor {
    let results = try results(arguments)
    guard let first = results.first else {
      throw .failed(operation: name, node: nil, message: "no tensor was returned")
    }
    return first
  }

  /// Calls an operator for all the tensors it returns: lists flattened, undefined ones left out.
  @discardableResult
  package func results(
    _ arguments: [Argument], capacity: Int = 8
  ) throws(EngineError) -> [TorchTensor] {
    let called = try lookup.get()
    let frame = CallFrame(arguments)
    return try withUnsafeTemporaryAllocation(of: OpaquePointer?.self, capacity: capacity) {
      (results) throws(EngineError) in
      var count: Int64 = 0
      let status = withExtendedLifetime(arguments) {
        ct_operator_call(
          called, frame.arguments, Int64(frame.arguments.count), results.baseAddress,
          Int64(capacity), &count)
      }
      try check(status, operation: name)
      return results.prefix(Int(count)).compactMap { $0.map(TorchTensor.init(owning:)) }
    }
  }
}

/// The C form of a call's arguments, and the memory that its lists point into. Does not keep the
/// tensors alive.
private struct CallFrame: ~Copyable {
  private(set) var arguments: [ct_argument] = []
  private var blocks: [UnsafeMutableRawBufferPointer] = []

  init(_ arguments: [Argument]) {
    self.arguments.reserveCapacity(arguments.count)
    for argument in arguments { self.arguments.append(converted(argument)) }
  }

  deinit {
    for block in blocks { block.deallocate() }
  }

  private mutating func converted(_ argument: Argument) -> ct_argument {
    switch argument {
    case .absent: ct_argument(tag: CT_TAG_NONE, integer: 0, real: 0, pointer: nil)
    case .int(let value):
      ct_argument(tag: CT_TAG_INTEGER, integer: Int64(value), real: 0, pointer: nil)
    case .double(let value):
      ct_argument(tag: CT_TAG_REAL, integer: 0, real: value, pointer: nil)
    case .bool(let value):
      ct_argument(tag: CT_TAG_BOOL, integer: value ? 1 : 0, real: 0, pointer: nil)
    case .device(let device):
      ct_argument(
        tag: CT_TAG_DEVICE, integer: Int64(device.code.rawValue), real: 0, pointer: nil)
    case .elementType(let type):
      ct_argument(
        tag: CT_TAG_ELEMENT_TYPE, integer: Int64(type.code.rawValue), real: 0, pointer: nil)
    case .tensor(let tensor):
      ct_argument(
        tag: CT_TAG_TENSOR, integer: 0, real: 0, pointer: UnsafeRawPointer(tensor.handle))
    case .group(let group):
      ct_argument(
        tag: CT_TAG_GROUP, integer: 0, real: 0, pointer: UnsafeRawPointer(group.handle))
    case .tensors(let tensors): list(tensors.map(\.handle), tag: CT_TAG_TENSORS)
    case .indices(let tensors): list(tensors.map(\.handle), tag: CT_TAG_INDICES)
    case .ints(let values): list(values.map(Int64.init), tag: CT_TAG_INTEGERS)
    case .doubles(let values): list(values, tag: CT_TAG_REALS)
    case .string(let string): list(Array(string.utf8), tag: CT_TAG_STRING)
    }
  }

  private mutating func list<T: BitwiseCopyable>(_ values: [T], tag: ct_tag) -> ct_argument {
    let block = values.withUnsafeBytes { source in
      let block = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(source.count, 1), alignment: MemoryLayout<T>.alignment)
      block.copyMemory(from: source)
      return block
    }
    blocks.append(block)
    return ct_argument(
      tag: tag, integer: Int64(values.count), real: 0, pointer: UnsafeRawPointer(block.baseAddress))
  }
}
