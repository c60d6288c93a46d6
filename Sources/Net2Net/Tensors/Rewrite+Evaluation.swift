internal import Dispatch

extension Rewrite {
  /// The new values, computed in double and rounded once.
  ///
  /// The tensor is cut into rows along the last axis that changes; rows are independent of one
  /// another, so they are computed on all cores and the bytes do not depend on how many there are.
  func evaluated(on old: Tensor, as type: ElementType) -> Tensor {
    switch (old.elementType, type) {
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
    let statistics = needsDeviation ? standardDeviation(of: old, Old.self) : 0
    let layout = RowLayout(self, oldShape: old.shape, newShape: shape, deviation: statistics)
    let storage = TensorBytes(byteCount: shape.elementCount * type.byteCount) { bytes in
      old.withUnsafeBytes { oldBytes in
        nonisolated(unsafe) let source = oldBytes
        nonisolated(unsafe) let target = bytes.bindMemory(to: New.self)
        let chunks = min(layout.rowCount, 64)
        guard chunks > 0, shape.elementCount > 0 else { return }
        let work = { @Sendable (chunk: Int) in
          let first = layout.rowCount * chunk / chunks
          let last = layout.rowCount * (chunk + 1) / chunks
          for row in first..<last { layout.write(row, from: source, Old.self, to: target) }
        }
        if shape.elementCount < 1 << 15 {
          (0..<chunks).forEach(work)
        } else {
          DispatchQueue.concurrentPerform(iterations: chunks, execute: work)
        }
      }
    }
    return Tensor(elementType: type, shape: shape, storage: storage)
  }

  private var needsDeviation: Bool {
    if noise != nil { return true }
    guard case .likeOld = fresh else { return false }
    return axes.contains { $0.entries.contains { $0.source == nil } }
  }

  /// Population standard deviation over all elements, in a fixed order of summation.
  private func standardDeviation<Old: RewrittenElement>(of old: Tensor, _: Old.Type) -> Double {
    let count = old.elementCount
    guard count > 0 else { return 0 }
    return old.withUnsafeBytes { bytes in
      nonisolated(unsafe) let source = bytes
      let chunkSize = 1 << 16
      let chunks = (count + chunkSize - 1) / chunkSize
      let sums = [SIMD2<Double>](unsafeUninitializedCapacity: chunks) { buffer, initialized in
        nonisolated(unsafe) let partial = buffer
        DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
          var sum = SIMD2<Double>.zero
          for index in chunk * chunkSize..<min((chunk + 1) * chunkSize, count) {
            let value = Old.load(source, index)
            sum += SIMD2(value, value * value)
          }
          partial[chunk] = sum
        }
        initialized = chunks
      }
      let total = sums.reduce(.zero, +) / Double(count)
      return max(total.y - total.x * total.x, 0).squareRoot()
    }
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

/// A rewrite prepared for evaluation row by row.
private struct RowLayout: Sendable {
  /// One new index of one axis.
  struct Step: Sendable {
    /// Offset in the old tensor; meaningless when fresh.
    var offset = 0
    var coefficient = 1.0
    /// What this index adds to the position that a fresh entry is drawn at.
    var drawOffset = 0
    var isFresh = false
    var isNoisy = false
    /// Distances, in new elements, to the other copies of the same old index, itself included;
    /// empty where there are none.
    var copies: Range<Int> = 0..<0
  }

  let steps: [[Step]]
  let copyDistances: [Int]
  /// The last axis with steps; those behind it are copied as blocks of `inner` elements.
  let last: Int
  let inner: Int
  let rowCount: Int
  let isWriterAxis: [Bool]
  let noiseScale: Double
  let noiseAxis: Int?
  let isCentred: Bool
  let freshValue: Double?
  let freshDeviation: Double
  let draw: Draw

  init(_ rewrite: Rewrite, oldShape: Shape, newShape: Shape, deviation: Double) {
    last = rewrite.axes.map(\.axis).max() ?? 0
    inner = newShape.sizes.dropFirst(last + 1).reduce(1, *)
    rowCount = newShape.sizes.prefix(last).reduce(1, *)
    draw = rewrite.draw
    switch rewrite.noise {
    case .centred(let axis, let scale):
      (noiseAxis, noiseScale, isCentred) = (axis, scale * deviation, true)
    case .onLaterCopies(let axis, let scale):
      (noiseAxis, noiseScale, isCentred) = (axis, scale * deviation, false)
    case nil: (noiseAxis, noiseScale, isCentred) = (nil, 0, false)
    }
    switch rewrite.fresh {
    case .constant(let value): (freshValue, freshDeviation) = (value, 0)
    case .normal(let standardDeviation): (freshValue, freshDeviation) = (nil, standardDeviation)
    case .likeOld(let fallback):
      (freshValue, freshDeviation) = (nil, deviation > 0 ? deviation : fallback)
    }
    var isWriterAxis = [Bool](repeating: true, count: newShape.rank)
    var steps: [[Step]] = []
    var distances: [Int] = []
    let oldStrides = oldShape.strides
    let newStrides = newShape.strides
    for axis in 0..<min(last + 1, newShape.rank) {
      guard let change = rewrite.axes.first(where: { $0.axis == axis }) else {
        steps.append(
          (0..<newShape[axis]).map {
            Step(offset: $0 * oldStrides[axis], drawOffset: $0 * newStrides[axis])
          })
        continue
      }
      isWriterAxis[axis] = change.role != .reader
      steps.append(
        Self.steps(
          of: change, oldStride: oldStrides[axis], newStride: newStrides[axis],
          noise: rewrite.noise, distances: &distances))
    }
    self.steps = steps.isEmpty ? [[Step()]] : steps
    self.isWriterAxis = isWriterAxis
    copyDistances = distances
  }

  private static func steps(
    of change: Rewrite.Axis, oldStride: Int, newStride: Int, noise: Rewrite.Noise?,
    distances: inout [Int]
  ) -> [Step] {
    var centred = false
    var onLater = false
    switch noise {
    case .centred(change.axis, _): centred = true
    case .onLaterCopies(change.axis, _): onLater = true
    default: break
    }
    var copies: [Int: [Int]] = [:]
    if centred {
      for (index, entry) in change.entries.enumerated() {
        if let source = entry.source { copies[source, default: []].append(index) }
      }
    }
    return change.entries.enumerated().map { index, entry in
      var step = Step(
        offset: (entry.source ?? 0) * oldStride, coefficient: entry.coefficient,
        drawOffset: (entry.source == nil ? entry.drawKey : index) * newStride,
        isFresh: entry.source == nil)
      if centred, let source = entry.source, let group = copies[source], group.count > 1 {
        let start = distances.count
        distances += group.map { ($0 - index) * newStride }
        step.copies = start..<distances.count
        step.isNoisy = true
      }
      if onLater { step.isNoisy = entry.isLaterCopy }
      return step
    }
  }

  func write<Old: RewrittenElement, New: RewrittenElement>(
    _ row: Int, from old: UnsafeRawBufferPointer, _: Old.Type,
    to new: UnsafeMutableBufferPointer<New>
  ) {
    let outer = outerStep(row)
    let columns = steps[last]
    var index = row * columns.count * inner
    for column in columns {
      let step = outer.joined(with: column, columnWrites: isWriterAxis[last])
      if step.isFresh {
        for k in 0..<inner {
          new.initializeElement(at: index + k, to: New(rounding: fresh(step, k)))
        }
      } else if !step.isNoisy {
        let coefficient = step.coefficient
        for k in 0..<inner {
          new.initializeElement(
            at: index + k, to: New(rounding: coefficient * Old.load(old, step.offset + k)))
        }
      } else {
        for k in 0..<inner {
          let value = step.coefficient * Old.load(old, step.offset + k) + noise(step, index + k)
          new.initializeElement(at: index + k, to: New(rounding: value))
        }
      }
      index += inner
    }
  }

  private func fresh(_ step: JoinedStep, _ k: Int) -> Double {
    guard step.freshCoefficient != 0 else { return 0 }
    return step.freshCoefficient
      * (freshValue ?? draw.normal(step.drawOffset + k) * freshDeviation)
  }

  private func noise(_ step: JoinedStep, _ index: Int) -> Double {
    guard isCentred else { return noiseScale * draw.normal(index) }
    var sum = 0.0
    for copy in step.copies { sum += draw.normal(index + copyDistances[copy]) }
    return noiseScale * (draw.normal(index) - sum / Double(step.copies.count))
  }

  /// The steps of all axes before the last, joined.
  private func outerStep(_ row: Int) -> JoinedStep {
    var joined = JoinedStep()
    var rest = row
    for axis in (0..<last).reversed() {
      let (quotient, index) = rest.quotientAndRemainder(dividingBy: steps[axis].count)
      joined = joined.joined(with: steps[axis][index], columnWrites: isWriterAxis[axis])
      rest = quotient
    }
    return joined
  }
}

/// The steps of several axes at one position.
private struct JoinedStep {
  var offset = 0
  var coefficient = 1.0
  var drawOffset = 0
  var isFresh = false
  var isNoisy = false
  var copies: Range<Int> = 0..<0
  private var writtenFresh: Double?
  private var readFresh = 1.0

  /// What a fresh value is multiplied by: a unit that is new says how it is written, whatever it
  /// reads; among old units, the new ones they read say how they are read.
  var freshCoefficient: Double { writtenFresh ?? readFresh }

  @inline(__always)
  func joined(with step: RowLayout.Step, columnWrites: Bool) -> JoinedStep {
    var joined = self
    joined.offset += step.offset
    joined.drawOffset += step.drawOffset
    joined.coefficient *= step.coefficient
    if step.isNoisy {
      joined.isNoisy = true
      joined.copies = step.copies
    }
    if step.isFresh {
      joined.isFresh = true
      if columnWrites {
        joined.writtenFresh = (writtenFresh ?? 1) * step.coefficient
      } else {
        joined.readFresh *= step.coefficient
      }
    }
    return joined
  }
}
