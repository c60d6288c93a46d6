public import Net2Net
public import Net2NetTorch
internal import OrderedCollections

/// Which growth a network would gain most from: candidates in the order of what each
/// multiply-add that they add gives to the squared norm of the gradient.
///
/// Each candidate is grown, which changes no output, and the layers that it changes or adds are
/// compared with the same before the growth, by two measures.
///
/// - |g|², GradMax's criterion (Evci et al. 2022, arXiv 2201.05125): a step of gradient descent at
///   the rate η takes η|g|² off the loss, to first order. The ranking goes by it.
/// - ½ gᵀF⁻¹g, the natural expansion score (Mitchell et al. 2023, *Self Expanding Neural Networks*,
///   arXiv 2307.04526): the decrease by the best step of a quadratic model, in nats, which does not
///   depend on the scales of units. Where both were tried it foretold less (docs/results.md).
///
///     let advice = try GrowthAdvice(of: network, on: data)
///     if let best = advice.ranking.first { plan.growths.append(best.candidate.growth) }
public struct GrowthAdvice: Sendable {
  public struct Options: Hashable, Sendable {
    public var candidates: GrowthCandidates.Options
    /// Three or more: spread is told by leaving one out.
    public var batches: Int
    public var batchSize: Int
    /// Added to the diagonals of the factors' correlations.
    public var damping: Double
    public var precision: Precision
    public var device: Device

    public init(
      candidates: GrowthCandidates.Options = GrowthCandidates.Options(), batches: Int = 8,
      batchSize: Int = 128, damping: Double = 0.1, precision: Precision = .float32,
      device: Device = .cpu
    ) {
      self.candidates = candidates
      self.batches = batches
      self.batchSize = batchSize
      self.damping = damping
      self.precision = precision
      self.device = device
    }
  }

  public struct Score: Hashable, Sendable {
    public var candidate: GrowthCandidate
    /// Of the loss, in nats, by the best step of a quadratic model. Below zero where there is
    /// nothing to be had and chance has it so.
    public var expectedDecrease: Double
    /// Standard deviation of ``expectedDecrease``, by the jackknife over batches.
    public var deviation: Double
    /// |g|² of the student's changed layers less that of the teacher's.
    public var squaredGradientNorm: Double

    public var gradientPerMultiplyAdd: Double {
      squaredGradientNorm / Double(max(candidate.addedMultiplyAdds, 1))
    }
  }

  /// Best first, by ``Score/gradientPerMultiplyAdd``.
  public let ranking: [Score]
  /// Candidates for which no honest score can be computed, with the reason.
  public let unscored: [GrowthCandidates.Refusal]
  /// How many examples were looked at.
  public let examples: Int

  /// - Throws: ``TrainingError/option(_:expected:found:)``, `NetworkError` for options of
  ///   candidates, and whatever keeps the network from being run on the data.
  public init(of network: Network, on data: DataSet, _ options: Options = Options()) throws {
    try options.validate()
    let loader = BatchLoader(
      data.training, batchSize: options.batchSize,
      order: .shuffled(seed: options.candidates.seed))
    let batches = try Self.batches(of: loader, options.batches)
    guard batches.count >= 3 else {
      throw TrainingError.option(
        "batch size", expected: "at most \(data.training.count / 3), for three batches",
        found: "\(options.batchSize)")
    }
    let candidates = try GrowthCandidates(of: network, options.candidates)
    var ranking: [Score] = []
    var unscored = candidates.refused
    let scoring = try Scoring(network, data, batches, options)
    for candidate in candidates.all {
      switch try scoring.score(candidate) {
      case .success(let score): ranking.append(score)
      case .failure(let refusal):
        unscored.append(
          GrowthCandidates.Refusal(
            kind: candidate.kind, name: candidate.name, reason: refusal.reason))
      }
    }
    self.ranking = ranking.sorted { $0.gradientPerMultiplyAdd > $1.gradientPerMultiplyAdd }
    self.unscored = unscored
    examples = batches.reduce(0) { $0 + $1.count }
  }

  private static func batches(of loader: BatchLoader, _ count: Int) throws -> [Batch] {
    var sequence = loader.batches()
    var batches: [Batch] = []
    while batches.count < count, let batch = try sequence.next() { batches.append(batch) }
    return batches
  }
}

extension GrowthAdvice.Options {
  public func validate() throws(TrainingError) {
    try require(count: batches, atLeast: 3, "batches")
    try require(count: batchSize, "batch size")
    try require(damping > 0 && damping.isFinite, "damping", "a number above 0", damping)
  }
}

/// Why a candidate has no score.
private struct Unscored: Error {
  let reason: String
}

private struct Scoring {
  /// Factors of this size take seconds to invert.
  static let largestFactor = 6144

  let teacher: Network
  let batches: [Batch]
  let options: GrowthAdvice.Options
  private let measurement: GradientMeasurement

  init(
    _ teacher: Network, _ data: DataSet, _ batches: [Batch], _ options: GrowthAdvice.Options
  ) throws {
    self.teacher = teacher
    self.batches = batches
    self.options = options
    measurement = try GradientMeasurement(of: teacher, on: data, batches: batches, options)
  }

  func score(
    _ candidate: GrowthCandidate
  ) throws -> Result<GrowthAdvice.Score, Unscored> {
    let plan = GrowthPlan(seed: options.candidates.seed, growths: [candidate.growth])
    let student = try teacher.grown(by: plan, calibration: calibrated).network.evaluated()
    let layers: [WeightedLayer]
    do { layers = try Self.changedLayers(of: student, since: teacher) } catch {
      return .failure(error)
    }
    let nodes = Set(layers.map(\.node))
    let before = teacher.graph.nodes.filter { nodes.contains($0.name) }
      .compactMap { WeightedLayer($0, in: teacher) }
    let after = try measurement.gradient(of: student, layers)
    let gain = before.isEmpty ? after : after - (try measurement.gradient(of: teacher, before))
    let decrease = gain.expectedDecrease
    guard decrease.mean.isFinite, decrease.deviation.isFinite else {
      return .failure(Unscored(reason: "its gradients are not finite"))
    }
    return .success(
      GrowthAdvice.Score(
        candidate: candidate, expectedDecrease: decrease.mean, deviation: decrease.deviation,
        squaredGradientNorm: gain.squaredNorm))
  }

  private func calibrated(
    _ network: Network, _ values: [String]
  ) throws -> [String: ChannelStatistics] {
    guard let input = network.graph.inputs.first?.name else { return [:] }
    let compiled = try CompiledNetwork(
      network, precision: options.precision, device: options.device)
    return try compiled.channelStatistics(of: values, over: batches.map { [input: $0.inputs] })
  }

  /// Layers of the student with new weights, or weights of another shape. Vectors outside of these
  /// layers, such as a layer norm's, are left out: they are few.
  private static func changedLayers(
    of student: Network, since teacher: Network
  ) throws(Unscored) -> [WeightedLayer] {
    let readers = student.graph.readers
    let layers = student.graph.nodes.compactMap { WeightedLayer($0, in: student) }
    var changed: [WeightedLayer] = []
    for (name, parameter) in student.parameters
    where parameter.elementType.isFloatingPoint && parameter.shape.rank > 0
      && teacher.parameters[name]?.shape != parameter.shape
    {
      guard let layer = layers.first(where: { $0.weight == name || $0.bias == name }) else {
        guard parameter.shape.sizes.count(where: { $0 > 1 }) > 1 else { continue }
        throw Unscored(
          reason: "\"\(name)\" is no weight of a dense layer, matrix product, convolution of "
            + "images or embedding")
      }
      guard readers[name]?.count == 1 else {
        throw Unscored(reason: "\"\(name)\" is read by \(readers[name]?.count ?? 0) nodes")
      }
      guard layer.factorSize <= largestFactor else {
        throw Unscored(
          reason: "\"\(layer.weight)\" needs a matrix of \(layer.factorSize) rows to be inverted; "
            + "at most \(largestFactor) are")
      }
      if !changed.contains(where: { $0.node == layer.node }) { changed.append(layer) }
    }
    guard !changed.isEmpty else { throw Unscored(reason: "it changes no weight that is scored") }
    return changed
  }
}
