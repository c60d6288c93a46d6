/// A chain of rewrites and the values that it starts from: the new elements can be written in any
/// order and by several threads at once.
struct PreparedRewrite: Sendable {
  let shape: Shape
  private let rows: RewriteRows
  private let old: Tensor
  private let type: ElementType

  var elementCount: Int { shape.elementCount }

  /// - Parameters:
  ///   - rewrites: first to last.
  ///   - old: what the first of them changes, of any type.
  ///   - type: floating-point.
  init(_ rewrites: [Rewrite], on old: Tensor, as type: ElementType) {
    var (rewrites, old) = (rewrites[...], old)
    // A mean reads many elements: it is taken once and put after those that there are.
    while let index = rewrites.firstIndex(where: { $0.axes.contains(where: \.hasMeans) }) {
      let before = Rewrite.evaluated(Array(rewrites[..<index]), on: old, as: .float64)
      guard rewrites[index].outputShape(from: before.shape).elementCount > 0 else { break }
      let (rewrite, extended) = rewrites[index].appendingMeans(to: before)
      (rewrites, old) = ([rewrite] + rewrites[(index + 1)...], extended)
    }
    if !old.elementType.isFloatingPoint { old = old.converted(to: .float64) }
    self.old = old
    self.type = type
    let last = rewrites.flatMap { $0.axes.map(\.axis) }.max() ?? 0
    var (layers, shape): ([RewriteLayer], Shape) = ([], old.shape)
    for rewrite in rewrites {
      let deviation =
        rewrite.needsDeviation
        ? Self.deviation(of: layers, on: old, shape, last: last) : 0
      layers.append(
        RewriteLayer(rewrite, oldShape: shape, last: last, deviation: deviation))
      shape = rewrite.outputShape(from: shape)
    }
    rows = RewriteRows(layers, oldShape: old.shape, last: last)
    self.shape = shape
  }

  /// Of the values after the first rewrites of a chain. What nothing has changed yet is one row.
  private static func deviation(
    of layers: [RewriteLayer], on old: Tensor, _ shape: Shape, last: Int
  ) -> Double {
    let rows = RewriteRows(layers, oldShape: old.shape, last: layers.isEmpty ? 0 : last)
    return PreparedRewrite(rows, shape, old).standardDeviation
  }

  /// In double.
  private init(_ rows: RewriteRows, _ shape: Shape, _ old: Tensor) {
    (self.rows, self.shape, self.old, type) = (rows, shape, old, .float64)
  }

  /// Small enough to stay in a core's cache between being computed and being used.
  private static let pieceSize = 1 << 16

  /// Whole rows where they are short.
  private var pieceSize: Int {
    let width = max(rows.width, 1)
    return width < Self.pieceSize ? Self.pieceSize / width * width : Self.pieceSize
  }

  var pieceCount: Int { (elementCount + pieceSize - 1) / pieceSize }

  func piece(_ index: Int) -> Range<Int> {
    index * pieceSize..<min((index + 1) * pieceSize, elementCount)
  }

  /// All elements, on all cores: they are independent of one another, so the bytes do not depend
  /// on how many there are.
  func tensor() -> Tensor {
    let storage = TensorBytes(byteCount: elementCount * type.byteCount) { bytes in
      nonisolated(unsafe) let target = bytes
      concurrently(pieceCount, elements: elementCount) { pieces in
        for index in pieces {
          let range = piece(index)
          write(
            range,
            to: UnsafeMutableRawBufferPointer(
              rebasing: target[
                range.lowerBound * type.byteCount..<range.upperBound * type.byteCount]))
        }
      }
    }
    return Tensor(elementType: type, shape: shape, storage: storage)
  }

  func write(_ elements: Range<Int>, to new: UnsafeMutableRawBufferPointer) {
    switch old.elementType {
    case .float32: write(elements, from: Float.self, to: new)
    case .float16: write(elements, from: Float16Bits.self, to: new)
    case .bfloat16: write(elements, from: BFloat16Bits.self, to: new)
    default: write(elements, from: Double.self, to: new)
    }
  }

  private func sample(_ samples: Range<Int>, step: Int, to new: UnsafeMutableRawBufferPointer) {
    switch old.elementType {
    case .float32: sample(samples, step, from: Float.self, to: new)
    case .float16: sample(samples, step, from: Float16Bits.self, to: new)
    case .bfloat16: sample(samples, step, from: BFloat16Bits.self, to: new)
    default: sample(samples, step, from: Double.self, to: new)
    }
  }

  private func sample<Old: RewrittenElement>(
    _ samples: Range<Int>, _ step: Int, from _: Old.Type, to new: UnsafeMutableRawBufferPointer
  ) {
    withElements(to: new, Double.self) { old, new in
      rows.sample(samples, step: step, from: old, Old.self, to: new)
    }
  }

  private func write<Old: RewrittenElement>(
    _ elements: Range<Int>, from _: Old.Type, to new: UnsafeMutableRawBufferPointer
  ) {
    switch type {
    case .float32: write(elements, from: Old.self, to: new, Float.self)
    case .float16: write(elements, from: Old.self, to: new, Float16Bits.self)
    case .bfloat16: write(elements, from: Old.self, to: new, BFloat16Bits.self)
    default: write(elements, from: Old.self, to: new, Double.self)
    }
  }

  private func write<Old: RewrittenElement, New: RewrittenElement>(
    _ elements: Range<Int>, from _: Old.Type, to new: UnsafeMutableRawBufferPointer, _: New.Type
  ) {
    withElements(to: new, New.self) { old, new in
      rows.write(elements, from: old, Old.self, to: new)
    }
  }

  private func withElements<New: RewrittenElement>(
    to new: UnsafeMutableRawBufferPointer, _: New.Type,
    _ body: (UnsafeRawPointer, UnsafeMutablePointer<New>) -> Void
  ) {
    old.withUnsafeBytes { old in
      // Without old elements nothing is read, so any address will do.
      guard let target = new.bindMemory(to: New.self).baseAddress,
        let source = old.baseAddress ?? UnsafeRawPointer(new.baseAddress)
      else { return }
      body(source, target)
    }
  }

  /// Population standard deviation over the elements, or over some 65,000 to 130,000 of them,
  /// evenly spread: its use is to size noise.
  private var standardDeviation: Double {
    let step = elementCount >> 16 | 1
    let count = (elementCount + step - 1) / step
    guard count > 0 else { return 0 }
    let sampled = TensorBytes(byteCount: count * 8) { bytes in
      nonisolated(unsafe) let target = bytes
      concurrently(count, elements: count) { samples in
        sample(
          samples, step: step,
          to: UnsafeMutableRawBufferPointer(
            rebasing: target[samples.lowerBound * 8..<samples.upperBound * 8]))
      }
    }
    var (sum, squares) = (0.0, 0.0)
    for value in sampled.buffer.bindMemory(to: Double.self) {
      sum += value
      squares += value * value
    }
    let mean = sum / Double(count)
    return max(squares / Double(count) - mean * mean, 0).squareRoot()
  }
}

extension Rewrite {
  /// The values after a chain of rewrites, first to last: computed in double, rounded once.
  static func evaluated(_ rewrites: [Rewrite], on old: Tensor, as type: ElementType) -> Tensor {
    guard !rewrites.isEmpty else { return old.converted(to: type) }
    guard type.isFloatingPoint else {
      return evaluated(rewrites, on: old, as: .float64).converted(to: type)
    }
    return PreparedRewrite(rewrites, on: old, as: type).tensor()
  }

  fileprivate var needsDeviation: Bool {
    if noise != nil { return true }
    guard case .likeOld = fresh else { return false }
    return axes.contains { $0.entries.contains(where: \.isFresh) }
  }
}
