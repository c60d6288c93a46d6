internal import Dispatch

extension Rewrite {
  /// The new values, computed in double and rounded once. On all cores: elements are independent
  /// of one another, so the bytes do not depend on how many there are.
  func evaluated(on old: Tensor, as type: ElementType) -> Tensor {
    guard Self.isPrepared(as: type) else {
      return evaluated(on: old, as: .float64).converted(to: type)
    }
    let prepared = prepared(on: old, as: type)
    let storage = TensorBytes(byteCount: prepared.elementCount * type.byteCount) { bytes in
      nonisolated(unsafe) let target = bytes
      concurrently(prepared.pieceCount, elements: prepared.elementCount) { pieces in
        for piece in pieces {
          let range = prepared.piece(piece)
          prepared.write(
            range,
            to: UnsafeMutableRawBufferPointer(
              rebasing: target[
                range.lowerBound * type.byteCount..<range.upperBound * type.byteCount]))
        }
      }
    }
    return Tensor(
      elementType: type, shape: outputShape(from: old.shape), storage: storage)
  }

  /// True for the types that rewrites are computed in without a detour.
  static func isPrepared(as type: ElementType) -> Bool { type == .float32 || type == .float64 }

  /// - Precondition: ``isPrepared(as:)`` the type.
  func prepared(on old: Tensor, as type: ElementType) -> PreparedRewrite {
    if axes.contains(where: \.hasMeans), outputShape(from: old.shape).elementCount > 0 {
      let (rewrite, extended) = appendingMeans(to: old)
      return PreparedRewrite(rewrite, on: extended, as: type)
    }
    let isFast = Self.isPrepared(as: old.elementType)
    return PreparedRewrite(self, on: isFast ? old : old.converted(to: .float64), as: type)
  }
}

/// A rewrite and the values that it starts from: the new elements can be written in any order and
/// by several threads at once.
struct PreparedRewrite: Sendable {
  let elementCount: Int
  private let rows: RewriteRows
  private let old: Tensor
  private let type: ElementType

  /// - Precondition: both types are float32 or float64.
  fileprivate init(_ rewrite: Rewrite, on old: Tensor, as type: ElementType) {
    let shape = rewrite.outputShape(from: old.shape)
    elementCount = shape.elementCount
    self.old = old
    self.type = type
    rows = RewriteRows(
      rewrite, oldShape: old.shape, newShape: shape,
      deviation: rewrite.needsDeviation ? old.standardDeviation : 0)
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

  func write(_ elements: Range<Int>, to new: UnsafeMutableRawBufferPointer) {
    switch (old.elementType, type) {
    case (.float64, .float64): write(elements, from: Double.self, to: new, Double.self)
    case (.float64, _): write(elements, from: Double.self, to: new, Float.self)
    case (_, .float64): write(elements, from: Float.self, to: new, Double.self)
    default: write(elements, from: Float.self, to: new, Float.self)
    }
  }

  private func write<Old: RewrittenElement, New: RewrittenElement>(
    _ elements: Range<Int>, from _: Old.Type, to new: UnsafeMutableRawBufferPointer, _: New.Type
  ) {
    old.withUnsafeBytes { old in
      // Without old elements nothing is read, so any address will do.
      guard let target = new.bindMemory(to: New.self).baseAddress,
        let source = old.baseAddress ?? UnsafeRawPointer(new.baseAddress)
      else { return }
      rows.write(elements, from: source, Old.self, to: target)
    }
  }
}

extension Rewrite {
  fileprivate var needsDeviation: Bool {
    if noise != nil { return true }
    guard case .likeOld = fresh else { return false }
    return axes.contains { $0.entries.contains(where: \.isFresh) }
  }
}

extension Tensor {
  /// Population standard deviation over the elements of a float tensor, or over some 65,000 to
  /// 130,000 of them, evenly spread: its use is to size noise.
  fileprivate var standardDeviation: Double {
    elementType == .float32 ? standardDeviation(Float.self) : standardDeviation(Double.self)
  }

  private func standardDeviation<Element: RewrittenElement>(_: Element.Type) -> Double {
    let step = elementCount >> 16 | 1
    let count = (elementCount + step - 1) / step
    return withUnsafeBytes { bytes in
      guard count > 0, let elements = bytes.baseAddress else { return 0 }
      var (sum, squares) = (0.0, 0.0)
      for index in stride(from: 0, to: elementCount, by: step) {
        let value = Element.load(elements, index)
        sum += value
        squares += value * value
      }
      let mean = sum / Double(count)
      return max(squares / Double(count) - mean * mean, 0).squareRoot()
    }
  }
}

/// Runs `body` over pieces of 0 ..< count, on all cores when there is enough to do.
func concurrently(_ count: Int, elements: Int, _ body: @Sendable (Range<Int>) -> Void) {
  guard count > 0, elements > 0 else { return }
  guard elements >= 1 << 16 else { return body(0..<count) }
  let pieces = min(count, 64)
  DispatchQueue.concurrentPerform(iterations: pieces) { piece in
    body(count * piece / pieces..<count * (piece + 1) / pieces)
  }
}

/// The two types in which rewrites are computed fast.
protocol RewrittenElement: BitwiseCopyable, Sendable {
  static func load(_ bytes: UnsafeRawPointer, _ index: Int) -> Double
  init(rounding value: Double)
}

extension Float: RewrittenElement {
  @inline(__always)
  static func load(_ bytes: UnsafeRawPointer, _ index: Int) -> Double {
    Double(bytes.loadUnaligned(fromByteOffset: index &* 4, as: Float.self))
  }
  @inline(__always)
  init(rounding value: Double) { self = Float(value) }
}

extension Double: RewrittenElement {
  @inline(__always)
  static func load(_ bytes: UnsafeRawPointer, _ index: Int) -> Double {
    bytes.loadUnaligned(fromByteOffset: index &* 8, as: Double.self)
  }
  @inline(__always)
  init(rounding value: Double) { self = value }
}
