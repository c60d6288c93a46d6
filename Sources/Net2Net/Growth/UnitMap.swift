/// Student unit → teacher unit for one width, with what each copy is worth to readers.
///
/// The first units are the teacher's, in their order; the paper's g with g(j) = j for j < n.
struct UnitMap: Hashable, Sendable {
  struct Unit: Hashable, Sendable {
    /// The old unit whose carriers, and unless fresh whose writers, the new unit takes over.
    var source: Int
    /// Written at random rather than copied.
    var isFresh = false
    /// Written as the mean of all old units, and read as a fresh one.
    var isMean = false
    /// Units with the same key are drawn alike.
    var drawKey: Int
    /// What writers multiply the old weight by: 1 unless copies are isometric.
    var scale = 1.0
    /// What readers multiply the old weight by; for a fresh unit, the drawn one.
    var share: Double
  }

  /// A width that grows has fewer units than this: each takes memory.
  static let unitLimit = 1 << 24

  let oldSize: Int
  private(set) var units: [Unit]

  var newSize: Int { units.count }

  /// Units that copy, or that are drawn and read so that they cancel.
  init(from oldSize: Int, to newSize: Int, mapping: UnitMapping, symmetry: Symmetry, draw: Draw) {
    self.oldSize = oldSize
    let isPaired = symmetry == .pairs
    units = (0..<newSize).map { new in
      guard new >= oldSize else { return Unit(source: new, drawKey: new, share: 1) }
      // Pairs take over the same old unit's carriers, or they would not be alike.
      let number = isPaired ? (new - oldSize) / 2 : new - oldSize
      let source =
        mapping == .balanced ? number % oldSize : draw.integer(number, below: oldSize)
      return Unit(source: source, drawKey: new, share: 1)
    }
    switch symmetry {
    case .antithetic, .noise, .equal: shareEqually()
    case .unequal: shareUnequally(draw.derived(for: "shares"))
    case .zero: makeFresh { _ in 0 }
    case .pairs: pairFreshUnits()
    }
  }

  /// As many copies of every unit as there is room for, and means for the rest, of which two and
  /// two are read with opposite signs and one left over with 0.
  static func meanFilled(
    from oldSize: Int, to newSize: Int, symmetry: Symmetry, draw: Draw
  ) -> UnitMap {
    let copied = newSize / oldSize * oldSize
    var map = UnitMap(
      from: oldSize, to: copied, mapping: .balanced, symmetry: symmetry, draw: draw)
    let paired = (newSize - copied) / 2 * 2
    map.units += (0..<newSize - copied).map { index in
      Unit(
        source: 0, isMean: true, drawKey: copied + index / 2 * 2,
        share: index >= paired ? 0 : index.isMultiple(of: 2) ? 1 : -1)
    }
    return map
  }

  /// Copies that are written and read with the same s_j, Σ s_j² = 1 over the copies of a unit;
  /// the s_j differ unless the symmetry is to leave copies equal.
  static func isometric(
    from oldSize: Int, to newSize: Int, mapping: UnitMapping, symmetry: Symmetry, draw: Draw
  ) -> UnitMap {
    var map = UnitMap(
      from: oldSize, to: newSize, mapping: mapping, symmetry: .equal, draw: draw)
    let scales = draw.derived(for: "scales")
    var squares = [Double](repeating: 0, count: oldSize)
    for index in map.units.indices {
      let scale = symmetry.scalesCopiesAlike ? 1 : 0.5 + scales.uniform(index)
      map.units[index].scale = scale
      squares[map.units[index].source] += scale * scale
    }
    for index in map.units.indices {
      map.units[index].scale /= squares[map.units[index].source].squareRoot()
      map.units[index].share = map.units[index].scale
    }
    return map
  }

  /// New units that are read as they are drawn: growths that do not keep the function, and
  /// widths that nobody reads.
  static func fresh(from oldSize: Int, to newSize: Int) -> UnitMap {
    UnitMap(
      oldSize: oldSize,
      units: (0..<newSize).map {
        Unit(source: min($0, oldSize - 1), isFresh: $0 >= oldSize, drawKey: $0, share: 1)
      })
  }

  /// New units in place of all old ones, fewer or more, read as they are drawn.
  static func renewed(from oldSize: Int, to newSize: Int) -> UnitMap {
    UnitMap(
      oldSize: oldSize,
      units: (0..<newSize).map {
        Unit(source: min($0, oldSize - 1), isFresh: true, drawKey: $0, share: 1)
      })
  }

  private init(oldSize: Int, units: [Unit]) {
    self.oldSize = oldSize
    self.units = units
  }

  /// How many units copy each old one.
  var copies: [Int] {
    var copies = [Int](repeating: 0, count: oldSize)
    for unit in units where !unit.isMean { copies[unit.source] += 1 }
    return copies
  }

  private mutating func shareEqually() {
    let copies = copies
    for index in units.indices { units[index].share = 1 / Double(copies[units[index].source]) }
  }

  /// Shares drawn from ½ … 1½ and scaled to sum to 1 over the copies of a unit.
  private mutating func shareUnequally(_ draw: Draw) {
    var sums = [Double](repeating: 0, count: oldSize)
    for index in units.indices {
      units[index].share = 0.5 + draw.uniform(index)
      sums[units[index].source] += units[index].share
    }
    for index in units.indices { units[index].share /= sums[units[index].source] }
  }

  private mutating func makeFresh(share: (Int) -> Double) {
    for index in units.indices where index >= oldSize {
      units[index].isFresh = true
      units[index].share = share(index)
    }
  }

  /// Twos are drawn alike and read with +1 and −1; one left over is read with 0.
  private mutating func pairFreshUnits() {
    let first = oldSize
    let paired = (newSize - first) / 2 * 2
    makeFresh { index in
      guard index < first + paired else { return 0 }
      return (index - first).isMultiple(of: 2) ? 1 : -1
    }
    for index in units.indices where index >= oldSize {
      units[index].drawKey = oldSize + (index - oldSize) / 2 * 2
    }
  }

  /// The entries of a parameter axis that is exactly this width. Where the role is not among
  /// `freshRoles`, a fresh unit takes over what its source has.
  func entries(for role: AxisRole, freshRoles: Set<AxisRole>) -> [Rewrite.Entry] {
    units.enumerated().map { index, unit in
      if unit.isMean, role != .reader {
        return Rewrite.Entry(averaging: Array(0..<oldSize), drawKey: unit.drawKey)
      }
      let isFresh = unit.isMean || unit.isFresh && freshRoles.contains(role)
      return Rewrite.Entry(
        source: isFresh ? nil : unit.source, coefficient: coefficient(of: unit, role),
        gradientCoefficient: gradientCoefficient(of: unit, role), weight: unit.scale,
        drawKey: unit.drawKey, isLaterCopy: index >= oldSize)
    }
  }

  private func coefficient(of unit: Unit, _ role: AxisRole) -> Double {
    switch role {
    case .writer: unit.scale
    case .reader: unit.share
    case .carrier: 1
    }
  }

  /// Gradients pass through the transpose: what makes a unit is felt as much as the unit is read,
  /// what reads it sees the unit as it was written.
  private func gradientCoefficient(of unit: Unit, _ role: AxisRole) -> Double {
    guard !unit.isFresh, !unit.isMean else { return 0 }
    return switch role {
    case .writer: unit.share
    case .reader: unit.scale
    case .carrier: unit.scale * unit.share
    }
  }
}
