public import Net2Net
internal import Net2NetFiles

/// What a run was asked to do: `run.json`.
public struct RunDescription: Hashable, Sendable, Codable {
  /// A ``DataSpecification``, where the data came from one.
  public var data: String
  /// What was found there, so that other data is noticed.
  public var dataSummary: String
  /// SHA-256 of the samples and labels; nil in runs that were begun before contents were compared.
  public var dataDigest: String?
  /// SHA-256 of the network that the run began with, in hexadecimal.
  public var network: String
  public var options: TrainingOptions
  public var growth: GrowthSchedule

  public init(
    data: String, dataSummary: String = "", dataDigest: String? = nil, network: String = "",
    options: TrainingOptions, growth: GrowthSchedule = GrowthSchedule()
  ) {
    self.data = data
    self.dataSummary = dataSummary
    self.dataDigest = dataDigest
    self.network = network
    self.options = options
    self.growth = growth
  }
}

extension Trainer {
  /// - Parameter begun: of the run that is gone on with; its network is the one it began with.
  func description(begun: RunDescription?) throws -> RunDescription {
    RunDescription(
      data: data.name, dataSummary: data.summary, dataDigest: try data.digest().description,
      network: start == nil
        ? try Receipt.Summary(of: network).sha256 : begun?.network ?? "",
      options: options, growth: growth)
  }
}

extension DataSet {
  /// Numbers that tell one set of data from another.
  public var summary: String {
    "\(training.count) training and \(test.count) test samples of \(sampleShape), "
      + "\(classes.count) classes, \(preparation)"
      + (fingerprint.isEmpty ? "" : ", \(fingerprint)")
  }
}

extension RunDescription {
  /// - Throws: ``TrainingError/otherRun(part:expected:found:)`` where a run that is taken up would
  ///   go on with something else than it began with.
  public func check(data found: DataSet) throws {
    guard dataSummary == found.summary else {
      throw TrainingError.otherRun(
        part: "the data", expected: dataSummary, found: found.summary)
    }
    guard let dataDigest else { return }
    let digest = try found.digest().description
    guard dataDigest == digest else {
      throw TrainingError.otherRun(
        part: "the samples or labels of the data", expected: "SHA-256 \(dataDigest)",
        found: digest)
    }
  }

  public func check(network found: Network) throws {
    let hash = try Receipt.Summary(of: found).sha256
    guard hash == network else {
      throw TrainingError.otherRun(
        part: "the network", expected: "SHA-256 \(network)", found: hash)
    }
  }

  public func check(growth found: GrowthSchedule) throws {
    guard found.seed == growth.seed else {
      throw TrainingError.otherRun(
        part: "the plan's seed", expected: "\(growth.seed)", found: "\(found.seed)")
    }
    guard found.steps.count == growth.steps.count else {
      throw TrainingError.otherRun(
        part: "the plan", expected: "steps: \(growth.steps.count)",
        found: "\(found.steps.count)")
    }
    if let index = found.steps.indices.first(where: { found.steps[$0] != growth.steps[$0] }) {
      throw TrainingError.otherRun(
        part: "growth \(index + 1) of the plan",
        expected: try json(growth.steps[index], isOneLine: true),
        found: try json(found.steps[index], isOneLine: true))
    }
  }
}
