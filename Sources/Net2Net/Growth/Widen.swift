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
    for (index, size) in try goal.resolved(in: network).sizesToGrow(in: inferred) {
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
    case .meanFilled:
      return .meanFilled(from: width.size, to: size, symmetry: symmetry, draw: draw)
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
    guard !symmetry.makesCopies, width.freedom != .free || width.copying != .plain else {
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
    let sizes = try goal.resolved(in: network).sizesToGrow(in: inferred)
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
      renewed.record(.grown(from: name), ofParameter: name)
    }
    return renewed
  }
}
