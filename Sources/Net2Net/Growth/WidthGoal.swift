internal import OrderedCollections

/// What a growth asks of the widths of a network: new sizes for named ones, one factor for all
/// of them, or all of them as far as a whole network's cost allows.
public struct WidthGoal: Hashable, Sendable {
  public var widths: [String: Widen.Goal]
  /// Every chosen width by this factor: `free` ones rounded, `uniform` ones by its whole part.
  /// Where several are multiplied together along one axis (groups × channels of a group), only
  /// one of them grows, so that the axis grows by the factor and not by a power of it.
  public var all: Double?
  /// Instead of ``all``: the largest factor by which the network stays within them.
  public var budget: CostBudget
  /// Sizes that come from a factor are rounded so that the axes of parameters become multiples
  /// of this, as far as the width is free.
  public var multiple: Int?
  /// Which widths ``all`` and ``budget`` are about. A pattern is compared with a width's name
  /// and with the names of the parameters and modules that write it.
  public var filter: NameFilter

  public init(
    widths: [String: Widen.Goal] = [:], all: Double? = nil, budget: CostBudget = CostBudget(),
    multiple: Int? = nil, filter: NameFilter = NameFilter()
  ) {
    self.widths = widths
    self.all = all
    self.budget = budget
    self.multiple = multiple
    self.filter = filter
  }

  /// The goal with a budget replaced by the factor that meets it: a plan on paper, no weight
  /// moves.
  public func resolved(in network: Network) throws(NetworkError) -> WidthGoal {
    guard !budget.isEmpty else { return self }
    guard all == nil else {
      throw .invalidValue("all", found: "a target as well", expected: "either a factor or targets")
    }
    return try BudgetSearch(goal: self, network: network).resolved()
  }

  /// New sizes by the width's index; refused when a named width is pinned, would shrink, or needs
  /// equal copies and does not get them.
  func newSizes(in inferred: Widths) throws(NetworkError) -> [Int: Int] {
    try check()
    var sizes: [Int: Int] = [:]
    var named: Set<Int> = []
    for (name, goal) in widths {
      let index = try inferred.index(of: name)
      named.insert(index)
      sizes[index] = try size(of: index, for: goal, in: inferred)
    }
    if let all {
      for index in try chosen(in: inferred, besides: named) {
        let size = size(of: index, grownBy: all, in: inferred)
        if size > inferred.all[index].size { sizes[index] = size }
      }
    }
    guard !sizes.isEmpty else { throw .nothingToGrow }
    return sizes
  }

  /// The same for a growth that is carried out rather than thought of, and so takes memory for each
  /// unit.
  func sizesToGrow(in inferred: Widths) throws(NetworkError) -> [Int: Int] {
    let sizes = try newSizes(in: inferred)
    for (index, size) in sizes.sorted(by: { $0.key < $1.key }) where size >= UnitMap.unitLimit {
      throw .invalidValue(
        inferred.all[index].name, found: "\(size)",
        expected: "fewer than \(UnitMap.unitLimit) units")
    }
    return sizes
  }

  private func check() throws(NetworkError) {
    if let all, !all.isFinite || all <= 1 || all > Self.largestFactor {
      throw .invalidValue("all", found: "\(all)", expected: "a factor above 1, such as 1.5x")
    }
    if let multiple, !(1...65_536).contains(multiple) {
      throw .invalidValue("roundTo", found: "\(multiple)", expected: "1 to 65536, such as 8")
    }
    guard filter.isEmpty || all != nil || !budget.isEmpty else {
      throw .invalidValue(
        "only and except", found: "named widths alone",
        expected: "a factor for all widths, or a target, to choose for")
    }
  }

  static let largestFactor = 1024.0

  // MARK: Which

  /// Widths that grow with all, by index in order; of widths that one axis multiplies, one.
  private func chosen(
    in inferred: Widths, besides named: Set<Int>
  ) throws(NetworkError) -> [Int] {
    let names = inferred.all.map { $0.uses.isEmpty ? [] : $0.namesForPatterns }
    try filter.check(against: names.flatMap(\.self), "width")
    let candidates = inferred.all.indices.filter { index in
      !named.contains(index) && !inferred.all[index].uses.isEmpty
        && inferred.all[index].freedom.allowsGrowth && filter.chooses(names[index])
    }
    let left = leftBehind(Set(candidates), besides: named, in: inferred)
    return candidates.filter { !left.contains($0) }
  }

  /// Those of the candidates that stay because another factor of their axis grows: a named one,
  /// or else the outermost free one, or else the outermost.
  private func leftBehind(
    _ candidates: Set<Int>, besides named: Set<Int>, in inferred: Widths
  ) -> Set<Int> {
    var growing = named
    var staying: Set<Int> = []
    for use in inferred.all.flatMap(\.uses) {
      let layout = inferred.layout(of: use.parameter, axis: use.axis)
      for segment in layout?.segments ?? [] {
        let factors = AxisLayout([segment]).widths
        let eligible = factors.filter { candidates.contains($0) && !staying.contains($0) }
        guard factors.count > 1, !eligible.isEmpty else { continue }
        let first =
          factors.first { growing.contains($0) }
          ?? eligible.first { inferred.all[$0].freedom == .free } ?? eligible[0]
        growing.insert(first)
        staying.formUnion(eligible.filter { !growing.contains($0) })
      }
    }
    return staying
  }

  // MARK: How far

  private func size(of index: Int, grownBy factor: Double, in inferred: Widths) -> Int {
    let width = inferred.all[index]
    guard width.freedom == .free else { return width.size * Int(factor) }
    return rounded(Double(width.size) * factor, index, inferred)
  }

  private func size(
    of index: Int, for goal: Widen.Goal, in inferred: Widths
  ) throws(NetworkError) -> Int {
    let width = inferred.all[index]
    if case .pinned = width.freedom {
      throw .pinnedWidth(width.name, reasons: width.freedom.sentences)
    }
    let size: Int
    switch goal {
    case .size(let given): size = given
    case .factor(let factor):
      guard factor.isFinite, factor <= Self.largestFactor else {
        throw .invalidValue(width.name, found: "\(factor)x", expected: "a factor above 1")
      }
      let exact = Double(width.size) * factor
      size = width.freedom == .free ? rounded(exact, index, inferred) : Int(exact.rounded())
    }
    guard size > width.size else {
      throw .notGrowing(what: "width \"\(width.name)\"", from: "\(width.size)", to: "\(size)")
    }
    guard size < UnitMap.unitLimit else {
      throw .invalidValue(
        width.name, found: "\(size)", expected: "fewer than \(UnitMap.unitLimit) units")
    }
    if case .uniform = width.freedom, size % width.size != 0 {
      throw .unevenSize(
        width.name, size: width.size, asked: size, reasons: width.freedom.sentences)
    }
    return size
  }

  /// To the nearest number of units that makes the width's axes multiples of ``multiple``.
  private func rounded(_ size: Double, _ index: Int, _ inferred: Widths) -> Int {
    let step = Double(multiple.map { inferred.step(of: index, toward: $0) } ?? 1)
    return Int((size / step).rounded() * step)
  }
}

extension Freedom {
  fileprivate var allowsGrowth: Bool { if case .pinned = self { false } else { true } }
}

extension Width {
  /// Its own name, those of the parameters that write it, and those of their modules.
  var namesForPatterns: [String] {
    let parameters = uses.filter { $0.role == .writer }.map(\.parameter)
    return [name] + parameters
      + parameters.compactMap { parameter in
        parameter.lastIndex(of: ".").map { String(parameter[..<$0]) }
      }
  }
}

extension Widths {
  /// By how many units at a time a width grows for each of its parameter axes to grow by
  /// multiples of `multiple`: heads of 64 places each grow one by one.
  fileprivate func step(of index: Int, toward multiple: Int) -> Int {
    var step = 1
    for use in all[index].uses {
      for segment in layout(of: use.parameter, axis: use.axis)?.segments ?? [] {
        guard let place = segment.firstIndex(of: .width(index)) else { continue }
        var others = segment
        others.remove(at: place)
        let beside = AxisLayout.size(of: others) { all[$0].size }
        let needed = multiple / greatestCommonDivisor(multiple, beside)
        step = step / greatestCommonDivisor(step, needed) * needed
      }
    }
    return step
  }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return max(a, 1)
}
