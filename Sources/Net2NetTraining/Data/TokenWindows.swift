internal import Net2Net

/// Stretches of a text, its bytes as tokens 0…255; the target of each place is the byte behind it.
/// Bytes stay in the file until a batch needs them, where it is large enough to be mapped.
struct TokenWindows: Samples {
  let bytes: TensorBytes
  /// Where the first window begins.
  let start: Int
  let count: Int
  /// Tokens a window.
  let context: Int
  /// From the beginning of one window to that of the next.
  let stride: Int

  /// The windows that lie in `part` whole, with the target of their last place.
  init(_ bytes: TensorBytes, part: Range<Int>, context: Int, stride: Int) {
    self.bytes = bytes
    self.context = context
    self.stride = stride
    start = part.lowerBound
    count = part.count > context ? (part.count - 1 - context) / stride + 1 : 0
  }

  private init(_ other: TokenWindows, count: Int) {
    bytes = other.bytes
    start = other.start
    context = other.context
    stride = other.stride
    self.count = count
  }

  var shape: Shape { [context] }
  var elementType: ElementType { .int64 }
  var isCostly: Bool { false }

  func prefix(_ length: Int) -> any Samples { TokenWindows(self, count: length) }

  var preparation: SamplePreparation { .none }

  func prepared(
    as preparation: SamplePreparation, in name: String
  ) throws(TrainingError) -> any Samples {
    guard preparation == .none else {
      throw .inconsistentData(
        name, part: "samples", expected: preparation.samplesNoun, found: "text")
    }
    return self
  }

  func write(
    _ index: Int, into target: UnsafeMutableRawBufferPointer, _ change: Augmentation.Change
  ) {
    copy(from: start + index * stride, into: target.bindMemory(to: Int64.self))
  }

  func targets(of indices: ArraySlice<Int>) -> Tensor? {
    let storage = TensorBytes(byteCount: indices.count * context * 8) { bytes in
      let target = bytes.bindMemory(to: Int64.self)
      for (slot, index) in indices.enumerated() {
        copy(
          from: start + index * stride + 1,
          into: UnsafeMutableBufferPointer(
            rebasing: target[slot * context..<(slot + 1) * context]))
      }
    }
    return Tensor(elementType: .int64, shape: [indices.count, context], storage: storage)
  }

  private func copy(from place: Int, into target: UnsafeMutableBufferPointer<Int64>) {
    for (offset, byte) in bytes.buffer[place..<place + context].enumerated() {
      target[offset] = Int64(byte)
    }
  }
}
