/// One rewrite of a chain, prepared: what each new index of an axis takes from the tensor before.
struct RewriteLayer: Sendable {
  /// One new index of one axis.
  struct Step {
    /// The index in the tensor before; nil for a fresh one.
    var source: Int?
    var coefficient = 1.0
    /// In elements of the new tensor.
    var position: Int
    /// As `position`, but indices that are drawn alike have the same.
    var drawOffset: Int
    var isRead = false
    var isNoisy = false
  }

  /// A copy of the same old index, seen from one of them.
  struct Copy: Hashable, Sendable {
    /// How far away it lies, in elements of the new tensor.
    var distance: Int
    /// What part of its draw is taken off: the weights of both over Σ weight².
    var part: Double
  }

  let noise: RowNoise?
  let fresh: FreshValues
  /// Of the new tensor.
  let shape: Shape
  private let strides: [Int]
  /// By axis; nil where nothing changes.
  private let changes: [Rewrite.Axis?]
  private let copies: CopyGroups?

  /// - Parameters:
  ///   - last: the last axis that any rewrite of the chain changes.
  ///   - deviation: of the tensor before.
  init(_ rewrite: Rewrite, oldShape: Shape, last: Int, deviation: Double) {
    shape = rewrite.outputShape(from: oldShape)
    strides = shape.strides
    let changes = (0..<shape.rank).map { axis in rewrite.axes.first { $0.axis == axis } }
    self.changes = changes
    noise = RowNoise(rewrite.noise, last: last, deviation: deviation, draw: rewrite.draw)
    fresh = FreshValues(rewrite.fresh, deviation: deviation, draw: rewrite.draw)
    copies = noise?.centredAxis.flatMap { changes[$0] }.map(CopyGroups.init)
  }

  func step(_ axis: Int, _ index: Int) -> Step {
    let position = index * strides[axis]
    guard let change = changes[axis] else {
      return Step(source: index, position: position, drawOffset: position)
    }
    let entry = change.entries[index]
    let isNoisy =
      switch noise?.axis {
      case axis?:
        if let copies { copies.count(of: entry) > 1 } else { entry.isLaterCopy }
      default: false
      }
    return Step(
      source: entry.source, coefficient: entry.coefficient, position: position,
      drawOffset: entry.isFresh ? entry.drawKey * strides[axis] : position,
      isRead: change.role == .reader, isNoisy: isNoisy)
  }

  /// The copies that the noise of a noisy index is centred over; none where it is not centred.
  func copies(of index: Int) -> [Copy] {
    guard let copies, let axis = noise?.axis, let entries = changes[axis]?.entries else {
      return []
    }
    let members = copies.members(of: entries[index])
    let squares = members.reduce(0) { $0 + entries[$1].weight * entries[$1].weight }
    return members.map {
      Copy(
        distance: ($0 - index) * strides[axis],
        part: entries[index].weight * entries[$0].weight / squares)
    }
  }
}

/// Which new indices copy the same old one.
private struct CopyGroups: Sendable {
  /// Of the new indices, those of one old index side by side.
  private let members: [Int]
  private let starts: [Int]

  init(_ axis: Rewrite.Axis) {
    let oldSize = (axis.entries.lazy.compactMap(\.source).max() ?? -1) + 1
    var starts = [Int](repeating: 0, count: oldSize + 1)
    for entry in axis.entries { if let source = entry.source { starts[source + 1] += 1 } }
    for index in 0..<oldSize { starts[index + 1] += starts[index] }
    var next = starts
    var members = [Int](repeating: 0, count: starts[oldSize])
    for (index, entry) in axis.entries.enumerated() {
      guard let source = entry.source else { continue }
      members[next[source]] = index
      next[source] += 1
    }
    (self.members, self.starts) = (members, starts)
  }

  func members(of entry: Rewrite.Entry) -> ArraySlice<Int> {
    entry.source.map { members[starts[$0]..<starts[$0 + 1]] } ?? []
  }

  func count(of entry: Rewrite.Entry) -> Int { members(of: entry).count }
}

/// The noise of one rewrite.
struct RowNoise: Sendable {
  let axis: Int
  let isCentred: Bool
  /// The copies of an element lie in its own row.
  let isWithinRow: Bool
  let draw: Draw
  private let scale: Double

  var centredAxis: Int? { isCentred ? axis : nil }

  init?(_ noise: Rewrite.Noise?, last: Int, deviation: Double, draw: Draw) {
    self.draw = draw
    switch noise {
    case nil: return nil
    case .centred(let axis, let scale):
      (self.axis, self.scale, isCentred, isWithinRow) = (
        axis, scale * deviation, true, axis == last
      )
    case .onLaterCopies(let axis, let scale):
      (self.axis, self.scale, isCentred, isWithinRow) = (axis, scale * deviation, false, false)
    }
  }

  /// Adds to `count` values, which are the elements of the new tensor from `start` on.
  ///
  /// - Parameter draws: those of the elements, if they were kept.
  @inline(__always)
  func add(
    to values: UnsafeMutablePointer<Double>, count: Int, at start: Int,
    copies: UnsafeBufferPointer<RewriteLayer.Copy>, draws: UnsafePointer<Double>?
  ) {
    guard isCentred else {
      for k in 0..<count { values[k] += scale * draw.normal(start &+ k) }
      return
    }
    if let draws {
      centre(values, count, copies) { draws[$0] }
    } else {
      centre(values, count, copies) { draw.normal(start &+ $0) }
    }
  }

  /// A unit has mostly two copies, so their loop is the plain one; the sums are the same.
  @inline(__always)
  private func centre(
    _ values: UnsafeMutablePointer<Double>, _ count: Int,
    _ copies: UnsafeBufferPointer<RewriteLayer.Copy>, _ draw: (Int) -> Double
  ) {
    guard copies.count == 2 else {
      for k in 0..<count {
        var sum = 0.0
        for copy in copies { sum += copy.part * draw(k &+ copy.distance) }
        values[k] += scale * (draw(k) - sum)
      }
      return
    }
    let (own, other) = copies[0].distance == 0 ? (copies[0], copies[1]) : (copies[1], copies[0])
    for k in 0..<count {
      let drawn = draw(k)
      values[k] += scale * (drawn - (own.part * drawn + other.part * draw(k &+ other.distance)))
    }
  }
}

/// The values of fresh entries.
struct FreshValues: Sendable {
  private let constant: Double?
  private let deviation: Double
  private let draw: Draw

  init(_ fresh: Rewrite.Fresh, deviation: Double, draw: Draw) {
    self.draw = draw
    switch fresh {
    case .constant(let value): (constant, self.deviation) = (value, 0)
    case .normal(let standardDeviation): (constant, self.deviation) = (nil, standardDeviation)
    case .likeOld(let fallback):
      (constant, self.deviation) = (nil, deviation > 0 ? deviation : fallback)
    }
  }

  /// Fills `count` values with those that begin at `key`, times `factor`.
  @inline(__always)
  func fill(_ values: UnsafeMutablePointer<Double>, count: Int, from key: Int, times factor: Double)
  {
    if let constant {
      for k in 0..<count { values[k] = constant * factor }
    } else {
      for k in 0..<count { values[k] = draw.normal(key &+ k) * deviation * factor }
    }
  }
}
