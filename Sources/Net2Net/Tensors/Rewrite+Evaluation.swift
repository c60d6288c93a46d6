internal import Dispatch

extension Rewrite {
  /// The new values, computed in double and rounded once.
  ///
  /// The tensor is cut into rows along the last axis that changes; rows are independent of one
  /// another, so they are computed on all cores and the bytes do not depend on how many there are.
  func evaluated(on old: Tensor, as type: ElementType) -> Tensor {
    guard !axes.contains(where: \.hasMeans) else {
      let (rewrite, extended) = appendingMeans(to: old)
      return rewrite.evaluated(on: extended, as: type)
    }
    return switch (old.elementType, type) {
    case (.float32, .float32): evaluated(on: old, Float.self, as: type, Float.self)
    case (.float32, .float64): evaluated(on: old, Float.self, as: type, Double.self)
    case (.float64, .float32): evaluated(on: old, Double.self, as: type, Float.self)
    case (.float64, .float64): evaluated(on: old, Double.self, as: type, Double.self)
    default:
      evaluated(on: old.converted(to: .float64), Double.self, as: .float64, Double.self)
        .converted(to: type)
    }
  }

  private func evaluated<Old: RewrittenElement, New: RewrittenElement>(
    on old: Tensor, _: Old.Type, as type: ElementType, _: New.Type
  ) -> Tensor {
    let shape = outputShape(from: old.shape)
    let rows = RewriteRows(
      self, oldShape: old.shape, newShape: shape,
      deviation: needsDeviation ? standardDeviation(of: old, Old.self) : 0)
    let storage = TensorBytes(byteCount: shape.elementCount * type.byteCount) { bytes in
      old.withUnsafeBytes { oldBytes in
        nonisolated(unsafe) let source = oldBytes
        nonisolated(unsafe) let target = bytes.bindMemory(to: New.self)
        concurrently(rows.count, elements: shape.elementCount) { range in
          rows.write(range, from: source, Old.self, to: target)
        }
      }
    }
    return Tensor(elementType: type, shape: shape, storage: storage)
  }

  private var needsDeviation: Bool {
    if noise != nil { return true }
    guard case .likeOld = fresh else { return false }
    return axes.contains { $0.entries.contains(where: \.isFresh) }
  }

  /// Population standard deviation over the elements, or over some 65,000 to 130,000 of them,
  /// evenly spread: its use is to size noise.
  private func standardDeviation<Old: RewrittenElement>(of old: Tensor, _: Old.Type) -> Double {
    let step = old.elementCount >> 16 | 1
    let count = (old.elementCount + step - 1) / step
    guard count > 0 else { return 0 }
    return old.withUnsafeBytes { bytes in
      var (sum, squares) = (0.0, 0.0)
      for index in stride(from: 0, to: old.elementCount, by: step) {
        let value = Old.load(bytes, index)
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
  static func load(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Double
  init(rounding value: Double)
}

extension Float: RewrittenElement {
  @inline(__always)
  static func load(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Double {
    Double(bytes.loadUnaligned(fromByteOffset: index &* 4, as: Float.self))
  }
  @inline(__always)
  init(rounding value: Double) { self = Float(value) }
}

extension Double: RewrittenElement {
  @inline(__always)
  static func load(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Double {
    bytes.loadUnaligned(fromByteOffset: index &* 8, as: Double.self)
  }
  @inline(__always)
  init(rounding value: Double) { self = value }
}
