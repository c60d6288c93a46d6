/// A chain of rewrites prepared for evaluation row by row, as one.
///
/// A row is everything along the last axis that changes, with the blocks of `inner` elements after
/// it. Along every axis the index maps of the chain are followed to the first tensor, so an element
/// is read once, and what each rewrite does to it is done in their order, in double: the same
/// operations, with the same roundings, as one tensor after another would take.
///
/// The columns of a row are cut once into runs that are treated alike and whose sources lie one
/// after another, so that the loops over elements are plain ones. Runs are often a few elements
/// long (every other unit may have copies), so going from one to the next must cost next to
/// nothing.
struct RewriteRows: Sendable {
  /// Elements of a row.
  let width: Int
  private let layers: [RewriteLayer]
  private let oldStrides: [Int]
  /// New sizes of the axes before the last that changes.
  private let outerSizes: [Int]
  private let runs: [Run]
  private let effects: [Effect]
  /// The copies of all effects, which say where theirs are.
  private let copies: [RewriteLayer.Copy]
  private let kept: [KeptDraws?]

  /// Neighbouring columns that are treated alike.
  private struct Run: Sendable {
    /// In elements from the start of the row.
    var elements: Range<Int>
    /// In the first tensor, unless fresh.
    var offset: Int
    /// The rewrites that take part: from the last one in which the columns are fresh, or all.
    var firstLayer: Int
    var isFresh: Bool
    /// Of ``effects``, one for each rewrite from the last back to `firstLayer`.
    var effects: Range<Int>
  }

  /// What one rewrite does to a run.
  private struct Effect: Hashable, Sendable {
    var coefficient: Double
    /// From the start of a row of the rewrite's tensor, where the run begins.
    var position: Int
    var drawOffset: Int
    var isRead: Bool
    var isNoisy: Bool
    var copies: Range<Int>
  }

  /// The noisy columns of a rewrite whose copies lie in one row: each is drawn once and then
  /// compared.
  private struct KeptDraws: Sendable {
    var width: Int
    /// Where the rewrite's draws begin in the memory of all.
    var start: Int
    var columns: [Range<Int>]
  }

  /// - Parameter layers: first to last, the first on a tensor of `oldShape`.
  init(_ layers: [RewriteLayer], oldShape: Shape, last: Int) {
    self.layers = layers
    oldStrides = oldShape.strides
    let newShape = layers.last?.shape ?? oldShape
    // Without elements there is nothing to prepare, however long the other axes are.
    guard newShape.elementCount > 0 else {
      (width, outerSizes, runs, effects, copies, kept) = (0, [], [], [], [], [])
      return
    }
    let inner = newShape.sizes.dropFirst(last + 1).reduce(1, *)
    outerSizes = Array(newShape.sizes.prefix(last))
    width = newShape[last] * inner
    var cutting = RunCutting(layers: layers, axis: last, inner: inner)
    for index in 0..<newShape[last] { cutting.add(index) }
    (runs, effects, copies) = (cutting.runs, cutting.effects, cutting.copies)
    kept = Self.keptDraws(layers, axis: last, inner: inner)
  }

  private static func keptDraws(_ layers: [RewriteLayer], axis: Int, inner: Int) -> [KeptDraws?] {
    var start = 0
    return layers.map { layer in
      let width = layer.shape[axis] * inner
      // A row too long for the caches is not worth it.
      guard layer.noise?.isWithinRow == true, width <= 1 << 16 else { return nil }
      var columns: [Range<Int>] = []
      for index in 0..<layer.shape[axis] where layer.step(axis, index).isNoisy {
        let elements = index * inner..<(index + 1) * inner
        if let end = columns.last?.upperBound, end == elements.lowerBound {
          columns[columns.count - 1] = columns[columns.count - 1].lowerBound..<elements.upperBound
        } else {
          columns.append(elements)
        }
      }
      defer { start += width }
      return KeptDraws(width: width, start: start, columns: columns)
    }
  }

  // MARK: Evaluation

  /// Small enough for the values of a run to stay in a core's nearest cache.
  private static let chunk = 2048

  /// Writes the elements of `range`; `new` is where the first of them goes.
  func write<Old: RewrittenElement, New: RewrittenElement>(
    _ range: Range<Int>, from old: UnsafeRawPointer, _: Old.Type,
    to new: UnsafeMutablePointer<New>
  ) {
    let drawCount = kept.reduce(0) { max($0, $1.map { $0.start + $0.width } ?? 0) }
    withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.chunk + drawCount) { memory in
      guard let values = memory.baseAddress else { return }
      let draws = values + Self.chunk
      var outer = OuterRow(layers.count)
      var start = range.lowerBound / width * width
      while start < range.upperBound {
        follow(row: start / width, into: &outer)
        keepDraws(of: &outer, in: draws)
        write(
          max(range.lowerBound - start, 0)..<min(range.upperBound - start, width), outer,
          from: old, Old.self, to: new + max(start - range.lowerBound, 0), values, draws)
        start += width
      }
    }
  }

  /// Writes every `step`th element, from the first of `samples` times `step` on.
  func sample<Old: RewrittenElement>(
    _ samples: Range<Int>, step: Int, from old: UnsafeRawPointer, _: Old.Type,
    to new: UnsafeMutablePointer<Double>
  ) {
    var outer = OuterRow(layers.count)
    var row = -1
    for (index, sample) in samples.enumerated() {
      let (next, column) = (sample * step).quotientAndRemainder(dividingBy: width)
      if next != row { follow(row: next, into: &outer) }
      row = next
      let run = runs[firstRun(after: column)]
      evaluate(
        run, outer, column - run.elements.lowerBound, 1, from: old, Old.self, new + index, nil)
    }
  }

  private func write<Old: RewrittenElement, New: RewrittenElement>(
    _ columns: Range<Int>, _ outer: borrowing OuterRow, from old: UnsafeRawPointer, _: Old.Type,
    to new: UnsafeMutablePointer<New>, _ values: UnsafeMutablePointer<Double>,
    _ draws: UnsafeMutablePointer<Double>?
  ) {
    for index in firstRun(after: columns.lowerBound)..<runs.count {
      let run = runs[index]
      guard run.elements.lowerBound < columns.upperBound else { break }
      let part = run.elements.clamped(to: columns)
      if Old.self == New.self, isUntouched(run, outer) {
        let offset = outer.offset &+ run.offset &+ part.lowerBound &- run.elements.lowerBound
        let size = MemoryLayout<New>.stride
        UnsafeMutableRawPointer(new + (part.lowerBound &- columns.lowerBound))
          .copyMemory(from: old + offset &* size, byteCount: part.count &* size)
        continue
      }
      var column = part.lowerBound
      while column < part.upperBound {
        let count = min(Self.chunk, part.upperBound &- column)
        let skipped = column &- run.elements.lowerBound
        let target = new + (column &- columns.lowerBound)
        evaluate(run, outer, skipped, count, from: old, Old.self, values, draws)
        New.store(values, count: count, to: target)
        column &+= count
      }
    }
  }

  /// Whether the run is as it is stored, which most of a student is.
  private func isUntouched(_ run: Run, _ outer: borrowing OuterRow) -> Bool {
    guard !run.isFresh, outer.freshLayer < 0 else { return false }
    let effects = run.effects.lowerBound &+ layers.count &- 1
    for layer in layers.indices {
      let effect = self.effects[effects &- layer]
      guard !effect.isNoisy, !outer.steps[layer].isNoisy,
        effect.coefficient == 1, outer.steps[layer].coefficient == 1
      else { return false }
    }
    return true
  }

  /// - Parameter skipped: elements of the run before the first that is asked for.
  @inline(__always)
  private func evaluate<Old: RewrittenElement>(
    _ run: Run, _ outer: borrowing OuterRow, _ skipped: Int, _ count: Int,
    from old: UnsafeRawPointer, _: Old.Type, _ values: UnsafeMutablePointer<Double>,
    _ draws: UnsafeMutablePointer<Double>?
  ) {
    let effects = run.effects.lowerBound &+ layers.count &- 1
    var layer = run.firstLayer
    if outer.freshLayer >= 0 || run.isFresh {
      let isRunFresh = run.isFresh && run.firstLayer >= outer.freshLayer
      layer = isRunFresh ? run.firstLayer : outer.freshLayer
      let effect = self.effects[effects &- layer]
      layers[layer].fresh.fill(
        values, count: count,
        from: outer.steps[layer].drawOffset &+ effect.drawOffset &+ skipped,
        times: outer.steps[layer].freshCoefficient(
          joinedWith: isRunFresh ? effect.coefficient : nil, isRead: effect.isRead))
      layer &+= 1
    } else {
      let offset = outer.offset &+ run.offset &+ skipped
      for k in 0..<count { values[k] = Old.load(old, offset &+ k) }
    }
    while layer < layers.count {
      let effect = self.effects[effects &- layer]
      let coefficient = outer.steps[layer].coefficient * effect.coefficient
      if coefficient != 1 { for k in 0..<count { values[k] *= coefficient } }
      if effect.isNoisy || outer.steps[layer].isNoisy {
        addNoise(layer, outer, effect, skipped, count, values, draws)
      }
      layer &+= 1
    }
  }

  private func addNoise(
    _ layer: Int, _ outer: borrowing OuterRow, _ effect: Effect, _ skipped: Int, _ count: Int,
    _ values: UnsafeMutablePointer<Double>, _ draws: UnsafeMutablePointer<Double>?
  ) {
    let column = effect.position &+ skipped
    let isOuter = outer.steps[layer].isNoisy
    let draws = draws.flatMap { draws in
      kept[layer].map { UnsafePointer(draws + $0.start + column) }
    }
    (isOuter ? outer.steps[layer].copies : copies).withUnsafeBufferPointer { copies in
      layers[layer].noise?.add(
        to: values, count: count, at: outer.steps[layer].position &+ column,
        copies: isOuter ? copies : UnsafeBufferPointer(rebasing: copies[effect.copies]),
        draws: draws)
    }
  }

  /// The first run that ends after `column`.
  private func firstRun(after column: Int) -> Int {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].elements.upperBound > column { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func keepDraws(of outer: inout OuterRow, in draws: UnsafeMutablePointer<Double>) {
    for (layer, kept) in kept.enumerated() {
      // Fresh rows are not read in this rewrite or before it.
      guard let kept, layer > outer.freshLayer, let noise = layers[layer].noise else { continue }
      let position = outer.steps[layer].position
      guard outer.drawnAt[layer] != position else { continue }
      outer.drawnAt[layer] = position
      for columns in kept.columns {
        for column in columns {
          draws[kept.start &+ column] = noise.draw.normal(position &+ column)
        }
      }
    }
  }

  // MARK: The axes before the last

  /// The steps of the axes before the last at one row, joined for each rewrite.
  private struct OuterRow: ~Copyable {
    var offset = 0
    /// The last rewrite in which the row is fresh; −1 where it is old in all.
    var freshLayer = -1
    var steps: [OuterStep]
    /// The row of which draws are kept, by rewrite.
    var drawnAt: [Int]

    init(_ count: Int) {
      steps = Array(repeating: OuterStep(), count: count)
      drawnAt = Array(repeating: -1, count: count)
    }
  }

  private struct OuterStep {
    var coefficient = 1.0
    var position = 0
    var drawOffset = 0
    var isNoisy = false
    /// All of the outer axes': none where the noise lies along the last.
    var copies: [RewriteLayer.Copy] = []
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

    mutating func join(_ step: RewriteLayer.Step) {
      position += step.position
      drawOffset += step.drawOffset
      coefficient *= step.coefficient
      guard step.source == nil else { return }
      if step.isRead {
        readFresh *= step.coefficient
      } else {
        writtenFresh = (writtenFresh ?? 1) * step.coefficient
      }
    }
  }

  private func follow(row: Int, into outer: inout OuterRow) {
    outer.offset = 0
    outer.freshLayer = -1
    for layer in layers.indices { outer.steps[layer] = OuterStep() }
    var rest = row
    for axis in outerSizes.indices.reversed() {
      let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: outerSizes[axis])
      follow(remainder, along: axis, into: &outer)
      rest = quotient
    }
  }

  private func follow(_ index: Int, along axis: Int, into outer: inout OuterRow) {
    var index = index
    for layer in layers.indices.reversed() {
      let step = layers[layer].step(axis, index)
      outer.steps[layer].join(step)
      if step.isNoisy {
        outer.steps[layer].isNoisy = true
        outer.steps[layer].copies = layers[layer].copies(of: index)
      }
      guard let source = step.source else {
        outer.freshLayer = max(outer.freshLayer, layer)
        return
      }
      index = source
    }
    outer.offset += index * oldStrides[axis]
  }

  // MARK: The last axis

  /// Cuts the columns into runs.
  private struct RunCutting {
    let layers: [RewriteLayer]
    let axis: Int
    let inner: Int
    private(set) var runs: [Run] = []
    private(set) var effects: [Effect] = []
    private(set) var copies: [RewriteLayer.Copy] = []

    init(layers: [RewriteLayer], axis: Int, inner: Int) {
      (self.layers, self.axis, self.inner) = (layers, axis, inner)
    }

    mutating func add(_ index: Int) {
      let (effectCount, copyCount) = (effects.count, copies.count)
      var source: Int? = index
      var firstLayer = layers.count
      while let index = source, firstLayer > 0 {
        firstLayer -= 1
        source = addEffect(of: layers[firstLayer], index)
      }
      let run = Run(
        elements: index * inner..<(index + 1) * inner, offset: (source ?? 0) * inner,
        firstLayer: firstLayer, isFresh: source == nil, effects: effectCount..<effects.count)
      if let last = runs.last, continues(run, last) {
        runs[runs.count - 1].elements = last.elements.lowerBound..<run.elements.upperBound
        effects.removeSubrange(effectCount...)
        copies.removeSubrange(copyCount...)
      } else {
        runs.append(run)
      }
    }

    private mutating func addEffect(of layer: RewriteLayer, _ index: Int) -> Int? {
      let step = layer.step(axis, index)
      let first = copies.count
      if step.isNoisy { copies += layer.copies(of: index) }
      effects.append(
        Effect(
          coefficient: step.coefficient, position: step.position, drawOffset: step.drawOffset,
          isRead: step.isRead, isNoisy: step.isNoisy, copies: first..<copies.count))
      return step.source
    }

    /// Whether a column's run goes on as the one before it would.
    private func continues(_ run: Run, _ last: Run) -> Bool {
      let count = last.elements.count
      guard run.isFresh == last.isFresh, run.firstLayer == last.firstLayer,
        run.isFresh || run.offset == last.offset + count
      else { return false }
      return zip(run.effects, last.effects).allSatisfy { next, first in
        let (next, first) = (effects[next], effects[first])
        return next.coefficient == first.coefficient && next.position == first.position + count
          && next.drawOffset == first.drawOffset + count && next.isRead == first.isRead
          && next.isNoisy == first.isNoisy && copies[next.copies] == copies[first.copies]
      }
    }
  }
}
