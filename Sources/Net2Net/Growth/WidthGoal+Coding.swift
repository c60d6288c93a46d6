// Goals and filters as plans hold them:
//
//     widths: {conv1: 64, conv2: 1.5x}
//     all: 1.5x                      # or targetParameters: 20M, targetMacs: 4G
//     roundTo: 8
//     only: [layer3.*, layer4.*]
//     except: fc

extension WidthGoal {
  static let keys =
    ["widths", "all", "targetParameters", "targetMacs", "roundTo"] + NameFilter.keys

  init(in container: StrictContainer, _ place: String) throws {
    self.init(
      widths: try container.value("widths", "names with sizes") ?? [:],
      all: try Widen.Goal.factor(in: container, place),
      budget: CostBudget(
        parameters: try Self.count("targetParameters", in: container, place),
        multiplyAdds: try Self.count("targetMacs", in: container, place)),
      multiple: try container.value("roundTo", "a whole number such as 8"),
      filter: try NameFilter(in: container))
  }

  func encode(in container: inout KeyedEncodingContainer<StrictContainer.Key>) throws {
    if !widths.isEmpty { try container.encode(widths, forKey: .init("widths")) }
    if let all { try container.encode("\(all)x", forKey: .init("all")) }
    try container.encodeIfPresent(budget.parameters, forKey: .init("targetParameters"))
    try container.encodeIfPresent(budget.multiplyAdds, forKey: .init("targetMacs"))
    try container.encodeIfPresent(multiple, forKey: .init("roundTo"))
    try filter.encode(in: &container)
  }

  private static func count(
    _ key: String, in container: StrictContainer, _ place: String
  ) throws -> Int? {
    let expected = "a number such as 20M or 350k"
    if let count = try? container.value(key, expected, as: Int.self), count > 0 { return count }
    guard let text = try container.value(key, expected, as: String.self) else { return nil }
    guard let count = CostBudget.count(text) else {
      throw NetworkError.invalidValue("\(place): \(key)", found: text, expected: expected)
    }
    return count
  }
}

extension NameFilter {
  static let keys = ["only", "except"]

  init(in container: StrictContainer) throws {
    let expected = "patterns such as layer3.*"
    self.init(
      only: try container.list("only", expected) ?? [],
      except: try container.list("except", expected) ?? [])
  }

  func encode(in container: inout KeyedEncodingContainer<StrictContainer.Key>) throws {
    if !only.isEmpty { try container.encode(only, forKey: .init("only")) }
    if !except.isEmpty { try container.encode(except, forKey: .init("except")) }
  }
}

extension Widen.Goal: Codable {
  /// `64` or `1.5x`.
  public init?(_ text: String) {
    if text.hasSuffix("x"), let factor = Double(text.dropLast()) {
      self = .factor(factor)
    } else if let size = Int(text) {
      self = .size(size)
    } else {
      return nil
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let size = try? container.decode(Int.self) {
      self = .size(size)
      return
    }
    let text = (try? container.decode(String.self)) ?? ""
    guard let goal = Self(text) else {
      throw NetworkError.invalidValue(
        "size", found: text.isEmpty ? "something else" : text,
        expected: "a size such as 64 or a factor such as 1.5x")
    }
    self = goal
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .size(let size): try container.encode(size)
    case .factor(let factor): try container.encode("\(factor)x")
    }
  }

  /// A factor for all widths, written `1.5x` or 1.5.
  fileprivate static func factor(
    in container: StrictContainer, _ place: String
  ) throws -> Double? {
    let expected = "a factor such as 1.5x"
    if let number = try? container.value("all", expected, as: Double.self) { return number }
    guard let text = try container.value("all", expected, as: String.self) else { return nil }
    guard case .factor(let factor)? = Self(text) else {
      throw NetworkError.invalidValue("\(place): all", found: text, expected: expected)
    }
    return factor
  }
}
