public import Net2Net

/// A network that the model has been, or may become. It never changes.
public struct Version: Hashable, Sendable, Codable, Identifiable {
  /// From 1, in the order of adding.
  public let number: Int
  /// The version it was made from; nil for what was imported.
  public let parent: Int?
  public let origin: Origin
  /// The examples that had arrived when it had learnt, by their numbers; nil where it has learnt
  /// from none of them.
  public let examples: Range<Int>?
  /// What was measured of it when it was added, by name.
  public let metrics: [String: Double]
  public let cost: Cost
  /// Of its ONNX file, and what the file is named by.
  public let sha256: String
  public let created: Timestamp

  public var id: Int { number }
}

/// What made a version.
public struct Origin: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    case `import`, training, growth
  }

  public let kind: Kind
  /// The file that was imported.
  public let source: String?
  /// As it was given; the receipt has it resolved.
  public let plan: GrowthPlan?
  public let receipt: Receipt?
  /// What was drawn from, by purpose.
  public let seeds: [String: UInt64]

  private init(
    _ kind: Kind, source: String? = nil, plan: GrowthPlan? = nil, receipt: Receipt? = nil,
    seeds: [String: UInt64] = [:]
  ) {
    self.kind = kind
    self.source = source
    self.plan = plan
    self.receipt = receipt
    self.seeds = seeds
  }

  public static func imported(from source: String) -> Origin { Origin(.import, source: source) }

  public static func training(seeds: [String: UInt64]) -> Origin {
    Origin(.training, seeds: seeds)
  }

  /// A growth, and what was trained after it.
  public static func growth(
    plan: GrowthPlan, receipt: Receipt, seeds: [String: UInt64] = [:]
  ) -> Origin {
    Origin(.growth, plan: plan, receipt: receipt, seeds: seeds)
  }
}

/// What is told of a version that is to be added; the registry finds out the rest.
public struct VersionDraft: Hashable, Sendable {
  public var parent: Int?
  public var origin: Origin
  public var examples: Range<Int>?
  public var metrics: [String: Double]

  public init(
    parent: Int? = nil, origin: Origin, examples: Range<Int>? = nil,
    metrics: [String: Double] = [:]
  ) {
    self.parent = parent
    self.origin = origin
    self.examples = examples
    self.metrics = metrics
  }
}
