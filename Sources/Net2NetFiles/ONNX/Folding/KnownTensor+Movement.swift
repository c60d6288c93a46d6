internal import Net2Net

/// Everything that only moves elements: each result is a shape and, for each of its elements, the
/// index of the element that it is.
extension KnownTensor {
  private func moved(to shape: Shape, _ indices: [Int]) -> KnownTensor? {
    KnownTensor(elementType, shape, elements.picked(indices))
  }

  /// Indices of the elements of a tensor, by the place along each axis that `place` names.
  private func moved(
    to result: Shape, _ place: (_ coordinates: [Int], _ axis: Int) -> Int
  ) -> KnownTensor? {
    guard Self.follows(result) else { return nil }
    let strides = shape.strides
    var coordinates = [Int](repeating: 0, count: result.rank)
    var indices: [Int] = []
    indices.reserveCapacity(result.elementCount)
    for _ in 0..<result.elementCount {
      indices.append(
        shape.sizes.indices.reduce(0) { $0 + strides[$1] * place(coordinates, $1) })
      coordinates.advance(in: result)
    }
    return moved(to: result, indices)
  }

  /// The axis counted from the front.
  private func resolved(_ axis: Int, rank: Int? = nil) -> Int? {
    countedFromFront(axis, of: rank ?? shape.rank)
  }

  /// Entries of an axis, counted from its front; nil where one of them does not exist.
  private func entries(_ named: [Int], of axis: Int) -> [Int]? {
    let entries = named.compactMap { countedFromFront($0, of: shape[axis]) }
    return entries.count == named.count ? entries : nil
  }

  /// One size may be −1, for what is left; 0 repeats the size of before unless `zeroIsSize`.
  func reshaped(to target: [Int], zeroIsSize: Bool = false) -> KnownTensor? {
    guard target.count <= Shape.largestRank, target.filter({ $0 == -1 }).count <= 1,
      target.allSatisfy({ $0 >= -1 })
    else { return nil }
    var sizes = target
    for (axis, size) in target.enumerated() where size == 0 && !zeroIsSize {
      guard axis < shape.rank else { return nil }
      sizes[axis] = shape[axis]
    }
    if let open = sizes.firstIndex(of: -1) {
      sizes[open] = 1
      guard let known = Shape(sizes).checkedElementCount, known > 0,
        shape.elementCount.isMultiple(of: known)
      else { return nil }
      sizes[open] = shape.elementCount / known
    }
    return KnownTensor(elementType, Shape(sizes), elements)
  }

  /// Without the axes, or without all axes of size 1.
  func squeezed(_ axes: [Int]) -> KnownTensor? {
    let places = axes.compactMap { resolved($0) }
    guard places.count == axes.count, places.allSatisfy({ shape[$0] == 1 }) else { return nil }
    let removed = axes.isEmpty ? shape.sizes.indices.filter { shape[$0] == 1 } : places
    let kept = shape.sizes.indices.filter { !removed.contains($0) }
    return KnownTensor(elementType, Shape(kept.map { shape[$0] }), elements)
  }

  /// With an axis of size 1 at each of the result's `axes`.
  func unsqueezed(_ axes: [Int]) -> KnownTensor? {
    guard axes.count <= Shape.largestRank else { return nil }
    let rank = shape.rank + axes.count
    let places = Set(axes.compactMap { resolved($0, rank: rank) })
    guard places.count == axes.count else { return nil }
    var sizes = shape.sizes
    for place in places.sorted() { sizes.insert(1, at: place) }
    return KnownTensor(elementType, Shape(sizes), elements)
  }

  func transposed(_ permutation: [Int]?) -> KnownTensor? {
    let order = permutation ?? Array((0..<shape.rank).reversed())
    guard order.sorted() == Array(0..<shape.rank) else { return nil }
    var place = order
    for (axis, source) in order.enumerated() { place[source] = axis }
    return moved(to: Shape(order.map { shape[$0] })) { $0[place[$1]] }
  }

  /// The entries of `axis` that `indices` name, in the shape of `indices`.
  func gathered(at indices: KnownTensor, axis: Int) -> KnownTensor? {
    guard let axis = resolved(axis),
      let entries = indices.integers.flatMap({ self.entries($0, of: axis) })
    else { return nil }
    let inserted = axis..<axis + indices.shape.rank
    var sizes = shape.sizes
    sizes.replaceSubrange(axis...axis, with: indices.shape.sizes)
    let strides = indices.shape.strides
    return moved(to: Shape(sizes)) { coordinates, source in
      if source < axis { return coordinates[source] }
      if source > axis { return coordinates[source + inserted.count - 1] }
      return entries[inserted.reduce(0) { $0 + coordinates[$1] * strides[$1 - axis] }]
    }
  }

  /// At each place of `indices`, the entry of `axis` that the index there names.
  func gatheredElements(at indices: KnownTensor, axis: Int) -> KnownTensor? {
    guard let axis = resolved(axis), indices.shape.rank == shape.rank,
      shape.sizes.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= shape[$0] }),
      let entries = indices.integers.flatMap({ self.entries($0, of: axis) })
    else { return nil }
    let strides = indices.shape.strides
    return moved(to: indices.shape) { coordinates, source in
      guard source == axis else { return coordinates[source] }
      return entries[zip(coordinates, strides).reduce(0) { $0 + $1.0 * $1.1 }]
    }
  }

  /// Entries `start ..< end` of an axis, every `step`-th; bounds below zero count from the end, and
  /// bounds beyond the axis are those of the axis.
  func sliced(axis: Int, from start: Int, to end: Int, by step: Int = 1) -> KnownTensor? {
    guard let axis = resolved(axis), step != 0 else { return nil }
    let size = shape[axis]
    func bounded(_ bound: Int, _ lowest: Int, _ highest: Int) -> Int {
      max(min(bound < 0 ? bound + size : bound, highest), lowest)
    }
    let first = bounded(start, 0, step > 0 ? size : size - 1)
    let last = step > 0 ? bounded(end, 0, size) : bounded(end, -1, size - 1)
    let span = size == 0 ? 0 : max(step > 0 ? last - first : first - last, 0)
    let length = Int(clamping: step.magnitude)
    var sizes = shape.sizes
    sizes[axis] = span == 0 ? 0 : (span - 1) / length + 1
    return moved(to: Shape(sizes)) { $1 == axis ? first + $0[$1] * step : $0[$1] }
  }

  /// Repeated along axes of size 1, and along new ones in front.
  func expanded(to target: Shape) -> KnownTensor? {
    guard let result = shape.broadcast(with: target) else { return nil }
    return repeated(to: result)
  }

  /// - Precondition: `result` is the shape broadcast with another.
  func repeated(to result: Shape) -> KnownTensor? {
    guard result != shape else { return self }
    let added = result.rank - shape.rank
    return moved(to: result) { self.shape[$1] == 1 ? 0 : $0[$1 + added] }
  }

  /// With zeros below the diagonal of each matrix, or above it; `diagonal` counts columns to the
  /// right.
  func triangle(isUpper: Bool, from diagonal: Int) -> KnownTensor? {
    guard shape.rank >= 2, (-maximumSize...maximumSize).contains(diagonal),
      let zero = KnownTensor(.int64, [1], .integers([0]))?.cast(to: elementType),
      let all = Elements(joining: [elements, zero.elements])
    else { return nil }
    let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
    let indices = (0..<shape.elementCount).map { index in
      let offset = index % columns - index / columns % rows - diagonal
      return (isUpper ? offset >= 0 : offset <= 0) ? index : shape.elementCount
    }
    return KnownTensor(elementType, shape, all.picked(indices))
  }

  static func joined(_ pieces: [KnownTensor], axis: Int) -> KnownTensor? {
    guard let first = pieces.first, let axis = first.resolved(axis) else { return nil }
    func others(_ piece: KnownTensor) -> [Int] {
      var sizes = piece.shape.sizes
      if axis < sizes.count { sizes[axis] = 1 }
      return sizes
    }
    guard
      pieces.allSatisfy({ others($0) == others(first) && $0.elementType == first.elementType })
    else { return nil }
    var joined = first.shape
    joined[axis] = pieces.reduce(0) { $0 + $1.shape[axis] }
    guard follows(joined), let all = Elements(joining: pieces.map(\.elements)) else { return nil }
    let indices = rowByRow(pieces.filter { $0.shape.elementCount > 0 }, axis: axis)
    return KnownTensor(first.elementType, joined, all.picked(indices))
  }

  /// Indices among the elements of all pieces: what lies within the axis of each piece, one after
  /// the other, for each place along the axes before.
  ///
  /// - Parameter pieces: none without elements, so that each turn adds some.
  private static func rowByRow(_ pieces: [KnownTensor], axis: Int) -> [Int] {
    guard let first = pieces.first else { return [] }
    let rows = Shape(Array(first.shape.sizes[..<axis])).elementCount
    var parts: [(start: Int, length: Int)] = []
    var start = 0
    for piece in pieces {
      parts.append((start, piece.shape.elementCount / rows))
      start += piece.shape.elementCount
    }
    var indices: [Int] = []
    indices.reserveCapacity(start)
    for row in 0..<rows {
      for part in parts {
        let start = part.start + row * part.length
        indices.append(contentsOf: start..<start + part.length)
      }
    }
    return indices
  }

  /// With the slices that `indices` name replaced by those of `updates`.
  func scattered(at indices: KnownTensor, _ updates: KnownTensor) -> KnownTensor? {
    guard let places = indices.integers, let depth = indices.shape.sizes.last,
      depth <= shape.rank, updates.elementType == elementType,
      let all = Elements(joining: [elements, updates.elements])
    else { return nil }
    let sliceShape = Shape(Array(shape.sizes.dropFirst(depth)))
    let slice = sliceShape.elementCount
    guard updates.shape.sizes == indices.shape.sizes.dropLast() + sliceShape.sizes else {
      return nil
    }
    let strides = shape.strides
    var picked = Array(0..<shape.elementCount)
    for row in 0..<(depth == 0 ? 0 : places.count / depth) {
      var start = 0
      for axis in 0..<depth {
        guard let entry = countedFromFront(places[row * depth + axis], of: shape[axis]) else {
          return nil
        }
        start += entry * strides[axis]
      }
      for offset in 0..<slice {
        picked[start + offset] = shape.elementCount + row * slice + offset
      }
    }
    return KnownTensor(elementType, shape, all.picked(picked))
  }
}

extension KnownTensor.Elements {
  /// One after the other; as sizes where one of them has sizes.
  init?(joining pieces: [Self]) {
    var integers: [Int] = []
    var reals: [Double] = []
    var sizes: [Dimension] = []
    for piece in pieces {
      switch piece {
      case .integers(let values): integers += values
      case .reals(let values): reals += values
      case .sizes: break
      }
    }
    if pieces.reduce(0, { $0 + $1.count }) == integers.count {
      self = .integers(integers)
    } else if integers.isEmpty, pieces.reduce(0, { $0 + $1.count }) == reals.count {
      self = .reals(reals)
    } else {
      guard reals.isEmpty else { return nil }
      for piece in pieces {
        switch piece {
        case .integers(let values): sizes += values.map { .fixed($0) }
        case .sizes(let values): sizes += values
        case .reals: return nil
        }
      }
      self = .sizes(sizes)
    }
  }
}

extension Shape {
  /// The shape of an elementwise result; nil where sizes differ and neither is 1.
  func broadcast(with other: Shape) -> Shape? {
    let rank = max(self.rank, other.rank)
    var sizes: [Int] = []
    for axis in 0..<rank {
      let a = axis < rank - self.rank ? 1 : self[axis - rank + self.rank]
      let b = axis < rank - other.rank ? 1 : other[axis - rank + other.rank]
      guard a == b || a == 1 || b == 1 else { return nil }
      sizes.append(a == 1 ? b : a)
    }
    return Shape(sizes)
  }
}

extension [Int] {
  /// The next place in row-major order.
  fileprivate mutating func advance(in shape: Shape) {
    for axis in indices.reversed() {
      self[axis] += 1
      if self[axis] < shape[axis] { return }
      self[axis] = 0
    }
  }
}
