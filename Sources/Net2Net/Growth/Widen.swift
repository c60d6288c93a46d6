internal import OrderedCollections

/// Net2WiderNet: named widths, or all of them, to new sizes.
public struct Widen: Hashable, Sendable {
  /// A size, or a factor of the old one.
  public enum Goal: Hashable, Sendable {
    case size(Int)
    case factor(Double)
  }

  public var goal: WidthGoal
  public var symmetry: Symmetry
  public var mapping: UnitMapping

  public init(
    _ goal: WidthGoal, symmetry: Symmetry = .antithetic, mapping: UnitMapping = .balanced
  ) {
    self.goal = goal
    self.symmetry = symmetry
    self.mapping = mapping
  }

  public init(
    widths: [String: Goal] = [:], all: Double? = nil, symmetry: Symmetry = .antithetic,
    mapping: UnitMapping = .balanced
  ) {
    self.init(WidthGoal(widths: widths, all: all), symmetry: symmetry, mapping: mapping)
  }

  func applied(to network: Network, draw: Draw) throws(NetworkError) -> Network {
    let inferred = try Widths(of: network)
    var maps: [Int: UnitMap] = [:]
    for (index, size) in try goal.resolved(in: network).newSizes(in: inferred) {
      maps[index] = try map(of: inferred.all[index], to: size, draw)
    }
    return try WidthGrowth(
      widths: inferred, maps: maps, style: .copies(symmetry), draw: draw
    ).applied(to: network)
  }
}

extension Widen {
  private func map(of width: Width, to size: Int, _ draw: Draw) throws(NetworkError) -> UnitMap {
    let draw = draw.derived(for: width.name)
    let symmetry = try symmetry(for: width)
    let mapping = width.freedom == .free ? mapping : .balanced
    switch width.copying {
    case .plain:
      return UnitMap(
        from: width.size, to: size, mapping: mapping, symmetry: symmetry, draw: draw)
    case .isometric:
      return .isometric(
        from: width.size, to: size, mapping: mapping, symmetry: symmetry, draw: draw)
    }
  }

  /// Where only copies keep the function, fresh units are not for a width named to have them; a
  /// growth of all widths takes copies there.
  private func symmetry(for width: Width) throws(NetworkError) -> Symmetry {
    guard !symmetry.makesCopies, width.freedom != .free || width.copying == .isometric else {
      return symmetry
    }
    guard goal.widths[width.name] == nil else {
      throw .copiesOnly(width.name, symmetry: symmetry.name)
    }
    return .antithetic
  }
}

/// The baseline of growing without care: old weights stay, new entries are drawn as in a new
/// network, and the function is lost (the paper's §3.1, “random pad”).
public struct RandomPad: Hashable, Sendable {
  public var goal: WidthGoal

  public init(_ goal: WidthGoal) { self.goal = goal }

  public init(widths: [String: Widen.Goal] = [:], all: Double? = nil) {
    self.init(WidthGoal(widths: widths, all: all))
  }

  func applied(to network: Network, draw: Draw) throws(NetworkError) -> Network {
    let inferred = try Widths(of: network)
    let sizes = try goal.resolved(in: network).newSizes(in: inferred)
    var maps: [Int: UnitMap] = [:]
    for (index, size) in sizes {
      maps[index] = .fresh(from: inferred.all[index].size, to: size)
    }
    return try WidthGrowth(widths: inferred, maps: maps, style: .initialised, draw: draw)
      .applied(to: network)
  }
}

/// The baseline of starting anew: every trained parameter and statistic as in a new network.
public struct RandomInit: Hashable, Sendable {
  public init() {}

  func applied(to network: Network, draw: Draw) throws(NetworkError) -> Network {
    let inferred = try Widths(of: network)
    var renewed = network
    let kinds = network.kindsOfParameters
    for (name, parameter) in network.parameters {
      let filling: Filling
      switch Initialization(of: name, kinds[name], shape: parameter.shape, widths: inferred) {
      case .constant(let value): filling = .constant(value)
      case .normal(let deviation):
        filling = .normal(standardDeviation: deviation, draw.derived(for: name))
      case nil: continue
      }
      renewed.setParameter(
        Parameter(
          name: name, elementType: parameter.elementType, shape: parameter.shape,
          filling: filling))
    }
    return renewed
  }
}

/// New output classes. The old logits stay as they are; the new ones start at zero.
public struct AddClasses: Hashable, Sendable {
  public var count: Int
  /// The graph output that lists the classes along its last axis; the only one unless given.
  public var output: String?

  public init(count: Int, output: String? = nil) {
    self.count = count
    self.output = output
  }

  func applied(to network: Network, draw: Draw) throws(NetworkError) -> Network {
    guard count > 0, count < 1 << 24 else {
      throw .invalidValue("count", found: "\(count)", expected: "1 or more")
    }
    let inferred = try Widths(of: network)
    let index = try classWidth(of: network, inferred)
    let width = inferred.all[index]
    let others = width.freedom.reasons.filter {
      if case .graphOutput = $0 { false } else { true }
    }
    guard others.isEmpty else {
      throw .pinnedWidth(width.name, reasons: others.map(\.description))
    }
    let map = UnitMap.fresh(from: width.size, to: width.size + count)
    return try WidthGrowth(widths: inferred, maps: [index: map], style: .zeroed, draw: draw)
      .applied(to: network)
  }

  private func classWidth(of network: Network, _ inferred: Widths) throws(NetworkError) -> Int {
    let names = network.graph.outputs.map(\.name)
    let name = output ?? names.first ?? ""
    guard names.contains(name), output != nil || names.count == 1 else {
      throw .unknownChoice("output", name, known: names)
    }
    let rank = inferred.types[name]?.rank ?? 0
    guard rank > 0, let layout = inferred.layout(of: name, axis: rank - 1),
      let width = layout.soleWidth
    else {
      throw .invalidValue(
        "output", found: name, expected: "an output whose last axis is one width")
    }
    return width
  }
}
