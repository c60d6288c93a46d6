public import Net2Net

/// Compares what two networks compute, and states the grade that was *found*: in evaluation mode
/// and in training mode (batch statistics, no dropout, nothing updated), in float32 and float64.
///
/// Differences are the largest of any element, never sums: signed sums cancel, and averages hide
/// one wrong class among a thousand right ones.
public struct Verification: Sendable {
  /// Examples to draw where none are given. Training mode needs two or more.
  public var batchSize = 8
  /// Decides the drawn examples.
  public var seed: UInt64 = 0
  /// Where the student's outputs are larger, compares their leading entries: for a student with
  /// more classes than its teacher.
  public var comparesLeadingEntries = false
  public var device = Device.cpu
  /// Of runs; ``MemoryBudget/ofThisProcess()`` when nil.
  public var memoryBudget: MemoryBudget?

  public init() {}

  /// The largest relative difference in float64 that counts as rounding.
  public static let exactTolerance = 1e-12
  /// The largest in float32 that deep networks come to by rounding; beyond it, one of the two has
  /// weights of which float32 loses what they are for.
  public static let roundingTolerance = 1e-2

  /// Runs both networks on `inputs`, or on drawn ones (``drawnInputs(for:)``).
  ///
  /// - Throws: ``EngineError/nothingCompared(outputs:)`` where outputs have no elements, and as
  ///   ``CompiledNetwork`` does.
  public func compare(
    teacher: Network, student: Network, inputs: [String: Tensor]? = nil
  ) throws(EngineError) -> VerificationReport {
    if let inputs { return try compared(teacher, student, on: inputs) }
    let networks = try opened([teacher, student])
    return try compared(networks[0], networks[1], on: drawnInputs(for: networks[0]))
  }

  private func compared(
    _ teacher: Network, _ student: Network, on inputs: [String: Tensor]
  ) throws(EngineError) -> VerificationReport {
    var comparisons: [VerificationReport.Comparison] = []
    for precision in [Precision.float32, .float64] {
      let (teacher, student) = (
        try compiled(teacher, precision), try compiled(student, precision)
      )
      for mode in VerificationMode.allCases {
        comparisons += try compare(teacher, student, inputs: inputs, mode: mode)
      }
    }
    guard comparisons.contains(where: { $0.teacherShape.elementCount > 0 }) else {
      throw .nothingCompared(outputs: teacher.graph.outputs.map(\.name))
    }
    var report = VerificationReport(comparisons: comparisons, firstDifferences: [])
    for mode in VerificationMode.allCases where report.grade(in: mode) == .approximate {
      let search = DifferenceSearch(
        teacher: teacher, student: student, device: device, memoryBudget: memoryBudget)
      if let found = try search.first(inputs: inputs, mode: mode) {
        report.firstDifferences.append(found)
      }
    }
    return report
  }

  private func compiled(
    _ network: Network, _ precision: Precision
  ) throws(EngineError) -> CompiledNetwork {
    try CompiledNetwork(network, precision: precision, device: device, budget: memoryBudget)
  }

  private func compare(
    _ teacher: CompiledNetwork, _ student: CompiledNetwork, inputs: [String: Tensor],
    mode: VerificationMode
  ) throws(EngineError) -> [VerificationReport.Comparison] {
    let expected = try teacher.run(inputs, mode: mode.runMode)
    let found = try student.run(inputs, mode: mode.runMode)
    return teacher.original.graph.outputs.compactMap { output in
      guard let expected = expected[output.name] else { return nil }
      let found = found[output.name]
      let measured =
        found.map { Difference.measured(of: $0, from: expected, leading: comparesLeadingEntries) }
        ?? .failure(.missingOutput)
      var comparison = VerificationReport.Comparison(
        output: output.name, mode: mode, precision: teacher.precision,
        teacherShape: expected.shape, studentShape: found?.shape)
      switch measured {
      case .success(let difference): comparison.difference = difference
      case .failure(let reason): comparison.incomparable = reason
      }
      return comparison
    }
  }
}

/// The behaviours of a network that are compared.
public enum VerificationMode: String, Hashable, Sendable, Codable, CaseIterable {
  case evaluation, training

  var runMode: RunMode {
    switch self {
    case .evaluation: .evaluation
    case .training: .trainingWithoutDropout
    }
  }
}
