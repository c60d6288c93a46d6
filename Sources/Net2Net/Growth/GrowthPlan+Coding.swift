// Plans as text. A plan in YAML:
//
//     seed: 7
//     growths:
//       - widen: {widths: {conv1: 64, conv2: 1.5x}, symmetry: antithetic, strength: 0.5}
//       - widen: {targetParameters: 20M, roundTo: 8, except: fc}
//       - deepen: {after: [relu3], kernel: [1x7, 7x1], batchNorm: true}
//       - repeat: {block: block2, times: 2}
//
// Everything is checked here, whatever the file format; unknown keys name the nearest known one.

extension GrowthPlan: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(decoder, place: "plan", known: ["seed", "growths"])
    seed = try container.value("seed", "a whole number of 0 or more") ?? 0
    growths = try container.required("growths", "a list of growths")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try container.encode(seed, forKey: .init("seed"))
    try container.encode(growths, forKey: .init("growths"))
  }
}

extension Growth: Codable {
  /// The name under which a plan lists it.
  public var name: String { kind.rawValue }

  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "growth", known: Kind.allCases.map(\.rawValue))
    guard container.keys.count == 1, let name = container.keys.first,
      let kind = Kind(rawValue: name)
    else {
      throw NetworkError.invalidValue(
        "growth", found: "\(container.keys.count) keys",
        expected: "one key, such as widen, for each item of the list")
    }
    func settings<Settings: Decodable>(_ expected: String = "a dictionary") throws -> Settings {
      try container.required(name, expected)
    }
    switch kind {
    case .widen: self = .widen(try settings())
    case .deepen: self = .deepen(try settings())
    case .repeatBlock: self = .repeatBlock(try settings())
    case .growKernel: self = .growKernel(try settings())
    case .addClasses: self = .addClasses(try settings())
    case .replaceClasses: self = .replaceClasses(try settings())
    case .randomPad: self = .randomPad(try settings())
    case .randomInit: self = .randomInit(try settings("an empty dictionary, {}"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    let key = StrictContainer.Key(name)
    switch self {
    case .widen(let growth): try container.encode(growth, forKey: key)
    case .deepen(let growth): try container.encode(growth, forKey: key)
    case .repeatBlock(let growth): try container.encode(growth, forKey: key)
    case .growKernel(let growth): try container.encode(growth, forKey: key)
    case .addClasses(let growth): try container.encode(growth, forKey: key)
    case .replaceClasses(let growth): try container.encode(growth, forKey: key)
    case .randomPad(let growth): try container.encode(growth, forKey: key)
    case .randomInit(let growth): try container.encode(growth, forKey: key)
    }
  }
}

extension Widen: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "widen", known: WidthGoal.keys + ["symmetry", "strength", "map"])
    goal = try WidthGoal(in: container, "widen")
    symmetry = try Symmetry(
      name: container.value("symmetry", "a name") ?? "antithetic",
      strength: container.value("strength", "a number"))
    let map: String = try container.value("map", "balanced or random") ?? "balanced"
    guard let mapping = UnitMapping(rawValue: map) else {
      throw NetworkError.unknownChoice(
        "map", map, known: UnitMapping.allCases.map(\.rawValue))
    }
    self.mapping = mapping
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try goal.encode(in: &container)
    try container.encode(symmetry.name, forKey: .init("symmetry"))
    try container.encodeIfPresent(symmetry.strength, forKey: .init("strength"))
    try container.encode(mapping.rawValue, forKey: .init("map"))
  }
}

extension RandomPad: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(decoder, place: "randomPad", known: WidthGoal.keys)
    goal = try WidthGoal(in: container, "randomPad")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try goal.encode(in: &container)
  }
}

extension RandomInit: Codable {
  public init(from decoder: any Decoder) throws {
    _ = try StrictContainer(decoder, place: "randomInit", known: [])
  }

  public func encode(to encoder: any Encoder) throws {
    _ = encoder.container(keyedBy: StrictContainer.Key.self)
  }
}

extension Deepen: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "deepen",
      known: ["after", "all"] + NameFilter.keys + ["kernel", "batchNorm"])
    after = try container.list("after", "a list of sites") ?? []
    filter = try NameFilter(in: container)
    all = try container.value("all", "true or false") ?? false
    kernels = try KernelSize.list(in: container, "deepen") ?? [[3]]
    batchNorm = try container.value("batchNorm", "true or false")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    if !after.isEmpty { try container.encode(after, forKey: .init("after")) }
    if all { try container.encode(all, forKey: .init("all")) }
    try filter.encode(in: &container)
    try container.encode(kernels.map(KernelSize.text), forKey: .init("kernel"))
    try container.encodeIfPresent(batchNorm, forKey: .init("batchNorm"))
  }
}

extension GrowKernel: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "growKernel", known: ["node", "kernel"])
    node = try container.required("node", "a convolution's name")
    guard let kernel = try KernelSize.list(in: container, "growKernel")?.first else {
      throw NetworkError.invalidValue(
        "growKernel: kernel", found: "nothing", expected: "sizes such as 5x5")
    }
    self.kernel = kernel
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try container.encode(node, forKey: .init("node"))
    try container.encode(KernelSize.text(kernel), forKey: .init("kernel"))
  }
}

extension RepeatBlock: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "repeat", known: ["block", "through", "times"])
    block = try container.required("block", "a residual block's name")
    through = try container.value("through", "a residual block's name")
    times = try container.value("times", "a whole number of 2 or more") ?? 2
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try container.encode(block, forKey: .init("block"))
    try container.encodeIfPresent(through, forKey: .init("through"))
    try container.encode(times, forKey: .init("times"))
  }
}

extension AddClasses: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(decoder, place: "addClasses", known: ["count", "output"])
    count = try container.required("count", "a whole number of 1 or more")
    output = try container.value("output", "a graph output's name")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try container.encode(count, forKey: .init("count"))
    try container.encodeIfPresent(output, forKey: .init("output"))
  }
}

extension ReplaceClasses: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try StrictContainer(
      decoder, place: "replaceClasses", known: ["count", "output"])
    count = try container.required("count", "a whole number of 1 or more")
    output = try container.value("output", "a graph output's name")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictContainer.Key.self)
    try container.encode(count, forKey: .init("count"))
    try container.encodeIfPresent(output, forKey: .init("output"))
  }
}

/// Kernel sizes as people write them: `3x3`, `1x7`.
public enum KernelSize {
  public static func text(_ sizes: [Int]) -> String {
    sizes.map(String.init).joined(separator: "x")
  }

  public static func sizes(_ text: String) -> [Int]? {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    let sizes = parts.compactMap(\.self)
    return sizes.count == parts.count && !sizes.isEmpty ? sizes : nil
  }

  fileprivate static func list(
    in container: StrictContainer, _ place: String
  ) throws -> [[Int]]? {
    let expected = "sizes such as 3x3"
    guard let texts = try container.list("kernel", expected) else { return nil }
    return try texts.map { text in
      guard let sizes = sizes(text) else {
        throw NetworkError.invalidValue("\(place): kernel", found: text, expected: expected)
      }
      return sizes
    }
  }
}
