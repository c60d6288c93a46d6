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

  public init() {}

  /// The largest relative difference in float64 that counts as rounding.
  public static let exactTolerance = 1e-12

  /// Runs both networks on `inputs`, or on drawn ones (``drawnInputs(for:)``).
  public func compare(
    teacher: Network, student: Network, inputs: [String: Tensor]? = nil
  ) throws(EngineError) -> VerificationReport {
    let inputs = inputs ?? drawnInputs(for: teacher)
    var comparisons: [VerificationReport.Comparison] = []
    for precision in [Precision.float32, .float64] {
      let teacher = try CompiledNetwork(teacher, precision: precision, device: device)
      let student = try CompiledNetwork(student, precision: precision, device: device)
      for mode in VerificationMode.allCases {
        comparisons += try compare(teacher, student, inputs: inputs, mode: mode)
      }
    }
    var report = VerificationReport(comparisons: comparisons, firstDifferences: [])
    for mode in VerificationMode.allCases where report.grade(in: mode) == .approximate {
      let search = DifferenceSearch(teacher: teacher, student: student, device: device)
      if let found = try search.first(inputs: inputs, mode: mode) {
        report.firstDifferences.append(found)
      }
    }
    return report
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
      let measured = found.flatMap {
        Difference(of: $0, from: expected, leading: comparesLeadingEntries)
      }
      return VerificationReport.Comparison(
        output: output.name, mode: mode, precision: teacher.precision,
        teacherShape: expected.shape, studentShape: found?.shape, difference: measured)
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
