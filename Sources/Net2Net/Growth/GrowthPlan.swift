internal import OrderedCollections

/// An ordered list of growths and the seed that all their draws come from. A value: the same
/// plan on the same teacher gives the same bytes.
public struct GrowthPlan: Hashable, Sendable {
  public var seed: UInt64
  public var growths: [Growth]

  /// The most bytes that a growth may make a parameter of.
  static let largestParameter = 1 << 36

  public init(seed: UInt64 = 0, growths: [Growth]) {
    self.seed = seed
    self.growths = growths
  }
}

/// One change of a network.
public enum Growth: Hashable, Sendable {
  case widen(Widen)
  case deepen(Deepen)
  case repeatBlock(RepeatBlock)
  case growKernel(GrowKernel)
  case addClasses(AddClasses)
  case replaceClasses(ReplaceClasses)
  case randomPad(RandomPad)
  case randomInit(RandomInit)

  /// A growth without its settings. Raw values are the names under which plans list them.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case widen, deepen
    case repeatBlock = "repeat"
    case growKernel, addClasses, replaceClasses, randomPad, randomInit
  }

  public var kind: Kind {
    switch self {
    case .widen: .widen
    case .deepen: .deepen
    case .repeatBlock: .repeatBlock
    case .growKernel: .growKernel
    case .addClasses: .addClasses
    case .replaceClasses: .replaceClasses
    case .randomPad: .randomPad
    case .randomInit: .randomInit
    }
  }

  /// Whether the student is meant to compute the teacher's function. Baselines are not, nor are new
  /// classes in place of old ones, and the paper's noise only nearly so.
  public var preservesFunction: Bool {
    switch kind {
    case .widen, .deepen, .repeatBlock, .growKernel, .addClasses: true
    case .replaceClasses, .randomPad, .randomInit: false
    }
  }

  /// Whether a growth that preserves the function is known to change it a little.
  public var isApproximate: Bool {
    switch self {
    case .widen(let growth): growth.symmetry.isApproximate
    case .deepen, .repeatBlock, .growKernel, .addClasses, .replaceClasses, .randomPad, .randomInit:
      false
    }
  }

  /// Whether the student has outputs that its teacher has not, after those that both have.
  public var addsClasses: Bool {
    switch kind {
    case .addClasses: true
    case .widen, .deepen, .repeatBlock, .growKernel, .replaceClasses, .randomPad, .randomInit: false
    }
  }

  public var repeatsBlocks: Bool {
    switch kind {
    case .repeatBlock: true
    case .widen, .deepen, .growKernel, .addClasses, .replaceClasses, .randomPad, .randomInit: false
    }
  }

  /// The growth with targets for a whole network replaced by what they come to in this one.
  public func resolved(in network: Network) throws(NetworkError) -> Growth {
    switch self {
    case .widen(var growth):
      growth.goal = try growth.goal.resolved(in: network)
      return .widen(growth)
    case .randomPad(var growth):
      growth.goal = try growth.goal.resolved(in: network)
      return .randomPad(growth)
    case .deepen, .repeatBlock, .growKernel, .addClasses, .replaceClasses, .randomInit:
      return self
    }
  }

  /// Values whose statistics this growth needs from data.
  public func calibratedValues(in network: Network) throws(NetworkError) -> [String] {
    switch self {
    case .deepen(let growth): try growth.calibratedValues(in: network)
    case .widen, .repeatBlock, .growKernel, .addClasses, .replaceClasses, .randomPad, .randomInit:
      []
    }
  }

  fileprivate func applied(
    to network: Network, draw: Draw, calibration: [String: ChannelStatistics]
  ) throws(NetworkError) -> Network {
    switch self {
    case .widen(let growth): try growth.applied(to: network, draw: draw)
    case .deepen(let growth): try growth.applied(to: network, calibration: calibration)
    case .repeatBlock(let growth): try growth.applied(to: network, draw: draw)
    case .growKernel(let growth): try growth.applied(to: network)
    case .addClasses(let growth): try growth.applied(to: network, draw: draw)
    case .replaceClasses(let growth): try growth.applied(to: network, draw: draw)
    case .randomPad(let growth): try growth.applied(to: network, draw: draw)
    case .randomInit(let growth): try growth.applied(to: network, draw: draw)
    }
  }
}

/// Measures the channels of some values of a network on data.
public typealias Calibration = (Network, [String]) throws -> [String: ChannelStatistics]

/// What one growth of a plan did.
public struct GrowthStep: Hashable, Sendable, Codable {
  public struct ParameterChange: Hashable, Sendable, Codable {
    public var name: String
    /// Nil for a parameter that is new.
    public var oldShape: Shape?
    public var newShape: Shape

    public init(name: String, oldShape: Shape?, newShape: Shape) {
      self.name = name
      self.oldShape = oldShape
      self.newShape = newShape
    }
  }

  /// As ``Growth/resolved(in:)`` left it.
  public var growth: Growth
  /// Parameters whose shape changed, and new ones.
  public var changes: [ParameterChange]
  public var before: Cost
  public var after: Cost
  /// Statistics that went into inserted batch norms, by value: what a replay needs of the data.
  public var calibration: [String: ChannelStatistics]
  /// Where the step's student has its parameters and nodes from, relative to the step's own teacher.
  /// What has no entry is the same. Nil in a receipt of version 1, which does not say.
  public var origins: Origins?
}

/// A student and the steps that made it.
public struct Grown: Sendable {
  public var network: Network
  public var steps: [GrowthStep]

  /// Where the student has its parameters and nodes from, relative to the plan's teacher.
  public var origins: Origins { Origins(composing: steps.compactMap(\.origins)) }
}

extension Network {
  /// Carries out a plan. Nothing is computed yet: parameters get pending rewrites, so this is
  /// also the dry run.
  ///
  /// - Parameter calibration: asked when a growth inserts batch norms; nil refuses those.
  public func grown(
    by plan: GrowthPlan, calibration: Calibration? = nil
  ) throws -> Grown {
    var network = self
    var steps: [GrowthStep] = []
    for (index, asked) in plan.growths.enumerated() {
      let growth = try asked.resolved(in: network)
      let values = try growth.calibratedValues(in: network)
      let statistics = try values.isEmpty ? [:] : calibration?(network, values) ?? [:]
      network.recorded = Origins()
      var student = try growth.applied(
        to: network, draw: Draw(seed: plan.seed).derived(for: "growth \(index)"),
        calibration: statistics)
      let changes = student.changes(since: network)
      try student.checkSizes(of: changes)
      steps.append(
        GrowthStep(
          growth: growth, changes: changes,
          before: try network.cost(), after: try student.cost(), calibration: statistics,
          origins: student.recorded))
      student.recorded = Origins()
      network = student
    }
    return Grown(network: network, steps: steps)
  }

  /// What a plan would make of the network, for its sizes alone: batch norms that it inserts are
  /// calibrated to zeros.
  public func sketched(by plan: GrowthPlan) throws -> Network {
    try grown(by: plan) { network, values in
      let types = try ValueTypes(of: network)
      return Dictionary(
        uniqueKeysWithValues: values.map { value in
          let channels = types[value]?.dimensions.dropFirst().first?.size ?? 0
          let zeros = [Double](repeating: 0, count: channels)
          return (value, ChannelStatistics(mean: zeros, variance: zeros))
        })
    }.network
  }

  /// Carries out the steps of a receipt again, with the statistics that they recorded.
  public func replaying(_ steps: [GrowthStep], seed: UInt64) throws -> Network {
    var recorded = steps.map(\.calibration).filter { !$0.isEmpty }[...]
    let plan = GrowthPlan(seed: seed, growths: steps.map(\.growth))
    return try grown(by: plan) { _, _ in recorded.popFirst() ?? [:] }.network
  }

  /// Parameters are computed as wholes where they are run or compared.
  private func checkSizes(of changes: [GrowthStep.ParameterChange]) throws(NetworkError) {
    for change in changes {
      let size = parameters[change.name]?.elementType.byteCount ?? 1
      guard change.newShape.saturatedCount(times: [size]) > GrowthPlan.largestParameter else {
        continue
      }
      throw .notGrowable(
        what: "parameter \"\(change.name)\"",
        reason: "it would be \(change.newShape); up to 64 GiB are supported for one parameter")
    }
  }

  private func changes(since teacher: Network) -> [GrowthStep.ParameterChange] {
    parameters.values.compactMap { parameter in
      let old = teacher.parameters[parameter.name]?.shape
      guard old != parameter.shape else { return nil }
      return GrowthStep.ParameterChange(
        name: parameter.name, oldShape: old, newShape: parameter.shape)
    }
  }
}
