import Foundation
import Net2Net
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

@Suite(.requiresTorch)
struct VerificationTests {
  private let teacher: Network
  private let verification = Verification()

  init() throws { teacher = try GradientTests.residualNetwork() }

  private func changed(_ name: String, by change: (Double) -> Double) throws -> Network {
    let parameter = try #require(teacher.parameters[name])
    let values = parameter.tensor().doubles().map(change)
    var network = teacher
    network.setParameter(
      Parameter(
        name: name, tensor: Tensor(elementType: .float32, shape: parameter.shape) { values[$0] })
    )
    return network
  }

  @Test func aCopyIsBitExact() throws {
    let report = try verification.compare(teacher: teacher, student: teacher)
    #expect(report.grade == .bitExact)
    #expect(report.grade(in: .training) == .bitExact)
    #expect(report.firstDifferences.isEmpty)
    // One output, two modes, two precisions.
    #expect(report.comparisons.count == 4)
  }

  @Test func antitheticWideningIsExactInBothModes() throws {
    let student = try teacher.grown(
      by: GrowthPlan(seed: 3, growths: [.widen(Widen(all: 1.5, symmetry: .antithetic))])
    ).network
    let report = try verification.compare(teacher: teacher, student: student)
    #expect(report.grade == .exact, "\(report)")
    #expect(report.grade(in: .training) == .exact, "\(report)")
    let single = try #require(report.largestDifference(in: .evaluation, .float32))
    #expect(single.maxAbsolute > 0)
    #expect(single.maxRelative < 1e-5)
  }

  @Test func aChangedWeightIsFoundAtItsNode() throws {
    let report = try verification.compare(
      teacher: teacher, student: try changed("conv2.weight") { $0 * 1.001 })
    #expect(report.grade == .approximate)
    let first = try #require(report.firstDifferences.first)
    #expect(first.mode == .evaluation)
    #expect(first.node == "conv2")
    // 1.001 in float32 is within 1e-7 of it.
    #expect(abs((first.difference?.maxRelative ?? 0) - 1e-3) < 1e-5)
  }

  @Test func aFaultInAWidenedLayerIsFoundThere() throws {
    var student = try teacher.grown(
      by: GrowthPlan(seed: 3, growths: [.widen(Widen(all: 1.5))])
    ).network
    let bias = try #require(student.parameters["bn1.bias"])
    var values = bias.tensor().doubles()
    values[0] += 0.5
    student.setParameter(
      Parameter(
        name: bias.name,
        tensor: Tensor(elementType: .float32, shape: bias.shape) { [values] in values[$0] })
    )
    let report = try verification.compare(teacher: teacher, student: student)
    #expect(report.firstDifferences.first?.node == "bn1", "\(report)")
  }

  @Test func runningStatisticsMatterInEvaluationModeOnly() throws {
    let report = try verification.compare(
      teacher: teacher, student: try changed("bn1.running_var") { $0 * 2 })
    #expect(report.grade == .approximate)
    #expect(report.grade(in: .training) == .bitExact)
  }

  @Test func aMissingNumberIsADifference() throws {
    let broken = try changed("fc1.bias") { _ in .nan }
    let report = try verification.compare(teacher: teacher, student: broken)
    #expect(report.grade == .approximate)
    #expect(report.comparisons.allSatisfy { $0.difference == nil })
    #expect(report.firstDifferences.first?.node == "fc1")
    #expect(report.description.contains("not a number"))
    // Not even a broken network is equal to itself.
    let itself = try verification.compare(teacher: broken, student: broken)
    #expect(itself.grade == .approximate)
  }

  @Test func newClassesAreComparedOnlyWhenAsked() throws {
    let student = try teacher.grown(
      by: GrowthPlan(seed: 3, growths: [.addClasses(AddClasses(count: 2))])
    ).network
    let refused = try verification.compare(teacher: teacher, student: student)
    #expect(refused.grade == .approximate)
    #expect(refused.description.contains("shapes (8, 5) and (8, 7)"))
    var leading = verification
    leading.comparesLeadingEntries = true
    let report = try leading.compare(teacher: teacher, student: student)
    #expect(report.grade != .approximate, "\(report)")
  }

  @Test func aReportSurvivesJSONAndPrintsATable() throws {
    let report = try verification.compare(
      teacher: teacher, student: try changed("fc1.bias") { _ in .nan })
    let decoded = try JSONDecoder().decode(
      VerificationReport.self, from: JSONEncoder().encode(report))
    #expect(decoded == report)
    let lines = report.description.split(separator: "\n")
    #expect(lines.count == 7)
    #expect(lines[0] == "output  mode        precision  max |Δ|       relative")
    #expect(lines[5].hasPrefix("evaluation: approximate; first difference at node \"fc1\""))
    #expect(report.findings.allSatisfy { $0.maxAbsoluteDifference == .greatestFiniteMagnitude })
  }

  @Test func givenInputsAreUsed() throws {
    let zeros = Tensor(elementType: .float32, shape: [3, 3, 6, 6]) { _ in 0 }
    // Only bias-free weights differ, which zeros do not see.
    let report = try verification.compare(
      teacher: teacher, student: try changed("conv1.weight") { $0 * 2 }, inputs: ["input": zeros])
    #expect(report.grade == .bitExact)
    #expect(report.comparisons[0].teacherShape == [3, 5])
  }
}

@Suite(.requiresTorch)
struct ChannelStatisticsTests {
  /// y = x, so that statistics of `y` can be checked by hand.
  private func identity() throws -> CompiledNetwork {
    let type = TensorType(.float32, [.symbolic("N"), 2])
    let graph = Graph(
      name: "identity", inputs: [ValueDeclaration("x", type)],
      outputs: [ValueDeclaration("y", type)],
      nodes: [Node(name: "y", operation: .identity(Identity()), inputs: ["x"], outputs: ["y"])])
    return try CompiledNetwork(Network(graph: graph, parameters: []))
  }

  @Test func batchesOfAnySizeAreOnePopulation() throws {
    // Channel 0: 1, 3, 5, 7 with mean 4, variance 5. Channel 1: always 2.
    let batches: [[String: Tensor]] = [
      ["x": Tensor([1, 2, 3, 2, 5, 2] as [Float], shape: [3, 2])],
      ["x": Tensor([7, 2] as [Float], shape: [1, 2])],
    ]
    let statistics = try identity().channelStatistics(of: ["y"], over: batches)
    #expect(statistics["y"]?.mean == [4, 2])
    #expect(statistics["y"]?.variance == [5, 0])
  }

  @Test func anUnknownValueIsNamed() throws {
    let engine = try identity()
    #expect(throws: EngineError.unknownValue("z")) {
      try engine.channelStatistics(
        of: ["z"], over: [["x": Tensor([1, 2] as [Float], shape: [1, 2])]])
    }
    #expect(EngineError.unknownValue("z").description.contains("\"z\""))
  }
}
