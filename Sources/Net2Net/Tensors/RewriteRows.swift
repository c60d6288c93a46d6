/// A rewrite prepared for evaluation row by row.
///
/// A row is everything along the last axis that changes, with the blocks of `inner` elements
/// behind it. Its columns are cut once into runs that are treated alike and whose sources lie one
/// after another, so that the loops over elements are plain ones. Runs are often a few elements
/// long (every other unit may have copies), so a run holds no array: going from one to the next
/// must cost next to nothing.
struct RewriteRows: Sendable {
  /// Elements of a row.
  let width: Int
  private let outerSteps: [[Step]]
  private let runs: [Run]
  /// The copies of all runs, which say where theirs are.
  private let copies: [Copy]
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

    /// As the column of a run of `count` elements that began with `first` would go on.
    func continues(_ first: Step, after count: Int) -> Bool {
      coefficient == first.coefficient && isFresh == first.isFresh && isNoisy == first.isNoisy
        && copies == first.copies && (isFresh || offset == first.offset + count)
        && drawOffset == first.drawOffset + count
    }
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
    var offset: Int
    var coefficient: Double
    var drawOffset: Int
    var isFresh: Bool
    var isRead: Bool
    var isNoisy: Bool
    var copies: Range<Int>
  }

  init(_ rewrite: Rewrite, oldShape: Shape, newShape: Shape, deviation: Double) {
    noise = RowNoise(
      rewrite.noise, last: rewrite.axes.map(\.axis).max() ?? 0, deviation: deviation,
      draw: rewrite.draw)
    fresh = FreshValues(rewrite.fresh, deviation: deviation, draw: rewrite.draw)
    // Without elements there is nothing to prepare, however long the other axes are.
    guard newShape.elementCount > 0 else {
      (width, outerSteps, runs, copies) = (0, [], [], [])
      return
    }
    let last = rewrite.axes.map(\.axis).max() ?? 0
    let inner = newShape.sizes.dropFirst(last + 1).reduce(1, *)
    let steps = (0..<min(last + 1, newShape.rank)).map { axis in
      Self.steps(
        rewrite, axis: axis, oldStride: oldShape.strides[axis],
        newStride: newShape.strides[axis], size: newShape[axis])
    }
    outerSteps = Array(steps.dropLast())
    (runs, copies) = Self.runs(of: steps.last ?? [Step()], inner: inner)
    width = (steps.last?.count ?? 1) * inner
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

  private static func runs(of steps: [Step], inner: Int) -> ([Run], [Copy]) {
    var runs: [Run] = []
    var copies: [Copy] = []
    var first = Step()
    for (index, step) in steps.enumerated() {
      let elements = index * inner..<(index + 1) * inner
      if let run = runs.last, step.continues(first, after: run.elements.count) {
        runs[runs.count - 1].elements = run.elements.lowerBound..<elements.upperBound
        continue
      }
      first = step
      copies += step.copies
      runs.append(
        Run(
          elements: elements, offset: step.offset, coefficient: step.coefficient,
          drawOffset: step.drawOffset, isFresh: step.isFresh, isRead: step.isRead,
          isNoisy: step.isNoisy, copies: copies.count - step.copies.count..<copies.count))
    }
    return (runs, copies)
  }

  // MARK: Writing

  /// Writes the elements `range` of the new tensor to `new`, the first one at its beginning.
  ///
  /// - Precondition: `old` and `new` are not empty.
  func write<Old: RewrittenElement, New: RewrittenElement>(
    _ range: Range<Int>, from old: UnsafeRawPointer, _: Old.Type, to new: UnsafeMutablePointer<New>
  ) {
    let keepsDraws = keepsDraws
    withUnsafeTemporaryAllocation(of: Double.self, capacity: keepsDraws ? width : 1) { draws in
      var start = range.lowerBound / width * width
      while start < range.upperBound {
        if keepsDraws { fillDraws(draws, rowAt: start) }
        write(
          max(range.lowerBound - start, 0)..<min(range.upperBound - start, width), ofRowAt: start,
          from: old, Old.self, to: new + max(start - range.lowerBound, 0),
          draws: keepsDraws ? draws.baseAddress : nil)
        start += width
      }
    }
  }

  /// Writes some columns of the row that begins at element `start` of the new tensor.
  private func write<Old: RewrittenElement, New: RewrittenElement>(
    _ columns: Range<Int>, ofRowAt start: Int, from old: UnsafeRawPointer, _: Old.Type,
    to new: UnsafeMutablePointer<New>, draws: UnsafeMutablePointer<Double>?
  ) {
    let outer = outerStep(start / width)
    runs.withUnsafeBufferPointer { runs in
      (outer.isNoisy ? outer.copies : copies).withUnsafeBufferPointer { copies in
        for index in firstRun(behind: columns.lowerBound)..<runs.count {
          let run = runs[index]
          guard run.elements.lowerBound < columns.upperBound else { break }
          let part = run.elements.clamped(to: columns)
          let skipped = part.lowerBound &- run.elements.lowerBound
          let target = new + (part.lowerBound &- columns.lowerBound)
          if outer.isFresh || run.isFresh {
            let key = outer.drawOffset &+ run.drawOffset &+ skipped
            let factor = outer.freshCoefficient(
              joinedWith: run.isFresh ? run.coefficient : nil, isRead: run.isRead)
            for k in 0..<part.count { target[k] = New(rounding: fresh[key &+ k] * factor) }
            continue
          }
          let coefficient = outer.coefficient * run.coefficient
          let offset = outer.offset &+ run.offset &+ skipped
          guard let noise, outer.isNoisy || run.isNoisy else {
            for k in 0..<part.count {
              target[k] = New(rounding: coefficient * Old.load(old, offset &+ k))
            }
            continue
          }
          noise.shake(
            part.count, at: start &+ part.lowerBound,
            copies: UnsafeBufferPointer(rebasing: outer.isNoisy ? copies[...] : copies[run.copies]),
            draws: draws.map { $0 + part.lowerBound }
          ) { k, noise in
            target[k] = New(rounding: coefficient * Old.load(old, offset &+ k) + noise)
          }
        }
      }
    }
  }

  /// The first run that ends behind `column`.
  private func firstRun(behind column: Int) -> Int {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].elements.upperBound > column { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Where the copies lie in one row, each element is drawn once and then compared; a row too
  /// long for the caches is not worth it.
  private var keepsDraws: Bool { noise?.isWithinRow == true && width <= 1 << 16 }

  private func fillDraws(_ draws: UnsafeMutableBufferPointer<Double>, rowAt start: Int) {
    guard let noise else { return }
    for run in runs where run.isNoisy {
      for element in run.elements {
        draws.initializeElement(at: element, to: noise.draw.normal(start &+ element))
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
    /// All of the outer axes': none where the noise lies along the last.
    var copies: [Copy] = []
    private var writtenFresh: Double?
    private var readFresh = 1.0

    /// What a fresh value is multiplied by: a unit that is new says how it is written, whatever
    /// it reads; among old units, the new ones that they read say how they are read.
    ///
    /// - Parameter last: the coefficient of the last axis, where that is fresh too.
    func freshCoefficient(joinedWith last: Double?, isRead: Bool) -> Double {
      guard let last else { return writtenFresh ?? readFresh }
      return isRead ? writtenFresh ?? (readFresh * last) : (writtenFresh ?? 1) * last
    }

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

  /// Hands the noise of `count` elements from `start` on to `body`, by their number.
  ///
  /// - Parameter draws: those of the elements, if they were kept.
  @inline(__always)
  func shake(
    _ count: Int, at start: Int, copies: UnsafeBufferPointer<RewriteRows.Copy>,
    draws: UnsafePointer<Double>?, _ body: (Int, Double) -> Void
  ) {
    guard isCentred else {
      for k in 0..<count { body(k, scale * draw.normal(start &+ k)) }
      return
    }
    if let draws {
      centre(count, copies: copies, draw: { draws[$0] }, body)
    } else {
      centre(count, copies: copies, draw: { draw.normal(start &+ $0) }, body)
    }
  }

  /// A unit has mostly two copies, so their loop is the plain one; the sums are the same.
  @inline(__always)
  private func centre(
    _ count: Int, copies: UnsafeBufferPointer<RewriteRows.Copy>, draw: (Int) -> Double,
    _ body: (Int, Double) -> Void
  ) {
    guard copies.count == 2 else {
      for k in 0..<count {
        var sum = 0.0
        for copy in copies { sum += copy.part * draw(k &+ copy.distance) }
        body(k, scale * (draw(k) - sum))
      }
      return
    }
    let (first, second) = (copies[0], copies[1])
    let (isFirst, isSecond) = (first.distance == 0, second.distance == 0)
    for k in 0..<count {
      let other = draw(k &+ (isFirst ? second.distance : first.distance))
      let own = draw(k)
      let sum = first.part * (isFirst ? own : other) + second.part * (isSecond ? own : other)
      body(k, scale * (own - sum))
    }
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
