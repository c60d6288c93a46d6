/// A rewrite prepared for evaluation row by row.
///
/// A row is everything along the last axis that changes, with the blocks of `inner` elements
/// behind it. Its columns are cut once into runs that are treated alike and whose sources lie one
/// after another, so that the loops over elements are plain ones.
struct RewriteRows: Sendable {
  let count: Int
  private let outerSteps: [[Step]]
  private let runs: [Run]
  /// Elements of a row.
  private let width: Int
  private let noise: RowNoise?
  private let fresh: FreshValues

  /// One new index of an axis before the last.
  private struct Step: Sendable {
    var offset = 0
    var coefficient = 1.0
    var drawOffset = 0
    var isFresh = false
    var isRead = false
    var copies: [Copy] = []
    var isNoisy = false
  }

  /// A copy of the same old index, seen from one of them.
  fileprivate struct Copy: Hashable, Sendable {
    /// How far away it lies, in elements.
    var distance: Int
    /// What part of its draw is taken off: the weights of both over Σ weight².
    var part: Double
  }

  /// Neighbouring columns that are treated alike.
  private struct Run: Sendable {
    /// In elements from the start of the row.
    var elements: Range<Int>
    var step: Step

    /// `next` does what this run's next column would.
    func isContinued(by next: Step) -> Bool {
      next.coefficient == step.coefficient && next.isFresh == step.isFresh
        && next.isNoisy == step.isNoisy && next.copies == step.copies
        && (next.isFresh || next.offset == step.offset + elements.count)
        && next.drawOffset == step.drawOffset + elements.count
    }
  }

  init(_ rewrite: Rewrite, oldShape: Shape, newShape: Shape, deviation: Double) {
    let last = rewrite.axes.map(\.axis).max() ?? 0
    let inner = newShape.sizes.dropFirst(last + 1).reduce(1, *)
    let steps = (0..<min(last + 1, newShape.rank)).map { axis in
      Self.steps(
        rewrite, axis: axis, oldStride: oldShape.strides[axis],
        newStride: newShape.strides[axis], size: newShape[axis])
    }
    count = newShape.sizes.prefix(last).reduce(1, *)
    outerSteps = Array(steps.dropLast())
    runs = Self.runs(of: steps.last ?? [Step()], inner: inner)
    width = (steps.last?.count ?? 1) * inner
    noise = RowNoise(rewrite.noise, last: last, deviation: deviation, draw: rewrite.draw)
    fresh = FreshValues(rewrite.fresh, deviation: deviation, draw: rewrite.draw)
  }

  private static func steps(
    _ rewrite: Rewrite, axis: Int, oldStride: Int, newStride: Int, size: Int
  ) -> [Step] {
    guard let change = rewrite.axes.first(where: { $0.axis == axis }) else {
      return (0..<size).map { Step(offset: $0 * oldStride, drawOffset: $0 * newStride) }
    }
    var copies: [Int: [Int]] = [:]
    if case .centred(axis, _)? = rewrite.noise {
      for (index, entry) in change.entries.enumerated() {
        if let source = entry.source { copies[source, default: []].append(index) }
      }
    }
    let isLaterNoisy =
      if case .onLaterCopies(axis, _)? = rewrite.noise { true } else { false }
    return change.entries.enumerated().map { index, entry in
      let group = entry.source.flatMap { copies[$0] } ?? []
      let squares = group.reduce(0) { $0 + change.entries[$1].weight * change.entries[$1].weight }
      return Step(
        offset: (entry.source ?? 0) * oldStride, coefficient: entry.coefficient,
        drawOffset: (entry.isFresh ? entry.drawKey : index) * newStride,
        isFresh: entry.isFresh, isRead: change.role == .reader,
        copies: group.count < 2
          ? []
          : group.map {
            Copy(
              distance: ($0 - index) * newStride,
              part: entry.weight * change.entries[$0].weight / squares)
          },
        isNoisy: group.count > 1 || isLaterNoisy && entry.isLaterCopy)
    }
  }

  private static func runs(of steps: [Step], inner: Int) -> [Run] {
    var runs: [Run] = []
    for (index, step) in steps.enumerated() {
      let elements = index * inner..<(index + 1) * inner
      if let run = runs.last, run.isContinued(by: step) {
        runs[runs.count - 1].elements = run.elements.lowerBound..<elements.upperBound
      } else {
        runs.append(Run(elements: elements, step: step))
      }
    }
    return runs
  }

  // MARK: Writing

  func write<Old: RewrittenElement, New: RewrittenElement>(
    _ rows: Range<Int>, from old: UnsafeRawBufferPointer, _: Old.Type,
    to new: UnsafeMutableBufferPointer<New>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: noise == nil ? 1 : width) { draws in
      for row in rows {
        let outer = outerStep(row)
        fillDraws(draws, row: row)
        for run in runs {
          write(run, of: row, under: outer, from: old, Old.self, to: new, draws: draws)
        }
      }
    }
  }

  private func write<Old: RewrittenElement, New: RewrittenElement>(
    _ run: Run, of row: Int, under outer: JoinedStep, from old: UnsafeRawBufferPointer,
    _: Old.Type, to new: UnsafeMutableBufferPointer<New>,
    draws: UnsafeMutableBufferPointer<Double>
  ) {
    let step = outer.joined(with: run.step)
    let start = row * width + run.elements.lowerBound
    let count = run.elements.count
    if step.isFresh {
      let (value, key) = (step.freshCoefficient, step.drawOffset)
      for k in 0..<count {
        new.initializeElement(at: start &+ k, to: New(rounding: fresh[key &+ k] * value))
      }
    } else if let noise, step.isNoisy {
      for k in 0..<count {
        let shaken =
          step.coefficient * Old.load(old, step.offset &+ k)
          + noise.value(at: start &+ k, column: run.elements.lowerBound &+ k, step.copies, draws)
        new.initializeElement(at: start &+ k, to: New(rounding: shaken))
      }
    } else {
      let (coefficient, offset) = (step.coefficient, step.offset)
      for k in 0..<count {
        new.initializeElement(
          at: start &+ k, to: New(rounding: coefficient * Old.load(old, offset &+ k)))
      }
    }
  }

  /// Where the copies lie in one row, each element is drawn once and then compared.
  private func fillDraws(_ draws: UnsafeMutableBufferPointer<Double>, row: Int) {
    guard let noise, noise.isWithinRow else { return }
    for run in runs where run.step.isNoisy {
      for element in run.elements {
        draws.initializeElement(at: element, to: noise.draw.normal(row &* width &+ element))
      }
    }
  }

  /// The steps of all axes before the last, joined.
  private func outerStep(_ row: Int) -> JoinedStep {
    var joined = JoinedStep()
    var rest = row
    for steps in outerSteps.reversed() {
      let (quotient, index) = rest.quotientAndRemainder(dividingBy: steps.count)
      joined = joined.joined(with: steps[index])
      rest = quotient
    }
    return joined
  }

  /// The steps of several axes at one position.
  private struct JoinedStep {
    var offset = 0
    var coefficient = 1.0
    var drawOffset = 0
    var isFresh = false
    var isNoisy = false
    var copies: [Copy] = []
    private var writtenFresh: Double?
    private var readFresh = 1.0

    /// What a fresh value is multiplied by: a unit that is new says how it is written, whatever
    /// it reads; among old units, the new ones that they read say how they are read.
    var freshCoefficient: Double { writtenFresh ?? readFresh }

    func joined(with step: Step) -> JoinedStep {
      var joined = self
      joined.offset += step.offset
      joined.drawOffset += step.drawOffset
      joined.coefficient *= step.coefficient
      if step.isNoisy {
        joined.isNoisy = true
        joined.copies = step.copies
      }
      guard step.isFresh else { return joined }
      joined.isFresh = true
      if step.isRead {
        joined.readFresh *= step.coefficient
      } else {
        joined.writtenFresh = (writtenFresh ?? 1) * step.coefficient
      }
      return joined
    }
  }
}

/// The noise of one rewrite.
private struct RowNoise: Sendable {
  let scale: Double
  let draw: Draw
  let isCentred: Bool
  /// The copies of an element lie in its own row.
  let isWithinRow: Bool

  init?(_ noise: Rewrite.Noise?, last: Int, deviation: Double, draw: Draw) {
    self.draw = draw
    switch noise {
    case nil: return nil
    case .centred(let axis, let scale):
      (self.scale, isCentred, isWithinRow) = (scale * deviation, true, axis == last)
    case .onLaterCopies(_, let scale):
      (self.scale, isCentred, isWithinRow) = (scale * deviation, false, false)
    }
  }

  /// At element `index` of the tensor, `column` of its row, whose copies lie at distances
  /// `copies`.
  @inline(__always)
  func value(
    at index: Int, column: Int, _ copies: [RewriteRows.Copy],
    _ draws: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    guard isCentred else { return scale * draw.normal(index) }
    var sum = 0.0
    if isWithinRow {
      for copy in copies { sum += copy.part * draws[column &+ copy.distance] }
      return scale * (draws[column] - sum)
    }
    for copy in copies { sum += copy.part * draw.normal(index &+ copy.distance) }
    return scale * (draw.normal(index) - sum)
  }
}

/// The values of fresh entries.
private struct FreshValues: Sendable {
  let constant: Double?
  let deviation: Double
  let draw: Draw

  init(_ fresh: Rewrite.Fresh, deviation: Double, draw: Draw) {
    self.draw = draw
    switch fresh {
    case .constant(let value): (constant, self.deviation) = (value, 0)
    case .normal(let standardDeviation): (constant, self.deviation) = (nil, standardDeviation)
    case .likeOld(let fallback):
      (constant, self.deviation) = (nil, deviation > 0 ? deviation : fallback)
    }
  }

  @inline(__always)
  subscript(index: Int) -> Double { constant ?? draw.normal(index) * deviation }
}
