internal import OrderedCollections

/// Net2WiderNet: named widths, or all of them, to new sizes.
public struct Widen: Hashable, Sendable {
  /// A size, or a factor of the old one.
  public enum Goal: Hashable, Sendable {
    case size(Int)
    case factor(Double)
  }

  public var widths: [String: Goal]
  /// Every width that can grow by this factor: `free` ones rounded, `uniform` ones by its whole
  /// part.
  public var all: Double?
  public var symmetry: Symmetry
  public var mapping: UnitMapping

  public init(
    widths: [String: Goal] = [:], all: Double? = nil, symmetry: Symmetry = .antithetic,
    mapping: UnitMapping = .balanced
  ) {
    self.widths = widths
    self.all = all
    self.symmetry = symmetry
    self.mapping = mapping
  }

  func applied(to network: Network, draw: Draw) throws(NetworkError) -> Network {
    let inferred = try Widths(of: network)
    var maps: [Int: UnitMap] = [:]
    for (index, size) in try WideningGoals(widths: widths, all: all).newSizes(in: inferred) {
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
    guard widths[width.name] == nil else {
      throw .copiesOnly(width.name, symmetry: symmetry.name)
    }
    return .antithetic
  }
}

/// What a growth asks of which widths, and what of it can be.
struct WideningGoals {
  var widths: [String: Widen.Goal]
  var all: Double?

  /// New sizes by the width's index; refused when a named width is pinned, would shrink, or needs
  /// equal copies and does not get them.
  func newSizes(in inferred: Widths) throws(NetworkError) -> [Int: Int] {
    var sizes: [Int: Int] = [:]
    if let all {
      guard all.isFinite, all > 1, all <= 1024 else {
        throw .invalidValue("all", found: "\(all)", expected: "a factor above 1, such as 1.5x")
      }
      for (index, width) in inferred.all.enumerated() where !width.uses.isEmpty {
        let size = Self.size(of: width, grownBy: all)
        if size > width.size { sizes[index] = size }
      }
    }
    for (name, goal) in widths {
      let index = try inferred.index(of: name)
      sizes[index] = try Self.size(of: inferred.all[index], for: goal)
    }
    guard !sizes.isEmpty else { throw .nothingToGrow }
    return sizes
  }

  private static func size(of width: Width, grownBy factor: Double) -> Int {
    switch width.freedom {
    case .free: Int((Double(width.size) * factor).rounded())
    case .uniform: width.size * Int(factor)
    case .pinned: width.size
    }
  }

  private static func size(of width: Width, for goal: Widen.Goal) throws(NetworkError) -> Int {
    if case .pinned(let reasons) = width.freedom {
      throw .pinnedWidth(width.name, reasons: reasons.map(\.description))
    }
    let size: Int
    switch goal {
    case .size(let given): size = given
    case .factor(let factor):
      guard factor.isFinite, factor <= 1024 else {
        throw .invalidValue(width.name, found: "\(factor)x", expected: "a factor above 1")
      }
      size = Int((Double(width.size) * factor).rounded())
    }
    guard size > width.size else {
      throw .notGrowing(what: "width \"\(width.name)\"", from: "\(width.size)", to: "\(size)")
    }
    guard size < 1 << 24 else {
      throw .invalidValue(width.name, found: "\(size)", expected: "fewer than \(1 << 24) units")
    }
    if case .uniform(let reasons) = width.freedom, size % width.size != 0 {
      throw .unevenSize(
        width.name, size: width.size, asked: size, reasons: reasons.map(\.description))
    }
    return size
  }
}

/// The baseline of growing without care: old weights stay, new entries are drawn as in a new
/// network, and the function is lost (the paper's §3.1, “random pad”).
public struct RandomPad: Hashable, Sendable {
  public var widths: [String: Widen.Goal]
  public var all: Double?

  public init(widths: [String: Widen.Goal] = [:], all: Double? = nil) {
    self.widths = widths
    self.all = all
  }

  func applied(to network: Network, draw: Draw) throws(NetworkError) -> Network {
    let inferred = try Widths(of: network)
    let sizes = try WideningGoals(widths: widths, all: all).newSizes(in: inferred)
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
