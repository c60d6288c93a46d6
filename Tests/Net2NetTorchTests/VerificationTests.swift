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
    #expect(report.description.contains("NaN or infinite in the student"))
    #expect(
      report.unlikeness(in: .evaluation, beyond: 1)
        == "in float32, output \"output\" is NaN or infinite in the student where it is finite in the "
        + "teacher")
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
    #expect(
      lines[0] == "output  mode        precision  max |Δ|                         relative")
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

/// What float64 alone does not show, and what nothing shows.
@Suite(.requiresTorch)
struct VerificationLimitTests {
  /// x · 2ᵏ for each k in turn.
  private func chain(_ exponents: [Int]) throws -> Network {
    var builder = NetworkBuilder(name: "chain", seed: 1)
    var value = builder.input([1])
    for _ in exponents { value = try builder.dense(value, features: 1) }
    var network = try builder.network(output: value)
    let weights = network.parameters.values.filter { $0.shape.rank == 2 }
    for (weight, exponent) in zip(weights, exponents) {
      let factor = Double(sign: .plus, exponent: exponent, significand: 1)
      network.setParameter(
        Parameter(
          name: weight.name,
          tensor: Tensor(elementType: .float32, shape: weight.shape, repeating: factor)))
    }
    return network
  }

  @Test func infinityInTheStudentAloneIsADifferenceInFloat32Too() throws {
    let (teacher, student) = (try chain([0, 0, 0, 0]), try chain([100, 100, -100, -100]))
    let report = try Verification().compare(teacher: teacher, student: student)
    // In float64, both are the same.
    #expect(report.largestDifference(in: .evaluation, .float64)?.maxRelative == 0)
    #expect(report.grade == .approximate)
    #expect(
      report.unlikeness(in: .evaluation, beyond: 1e-5)
        == "in float32, output \"output\" is NaN or infinite in the student where it is finite in the "
        + "teacher")
    let reverse = try Verification().compare(teacher: student, student: teacher)
    #expect(reverse.grade == .approximate)
    #expect(
      reverse.unlikeness(in: .evaluation, beyond: 1e-5)?.contains("infinite in the teacher") == true
    )
  }

  @Test func whereBothOverflowInFloat32Float64Decides() throws {
    let network = try chain([100, 100, -100, -100])
    let report = try Verification().compare(teacher: network, student: network)
    #expect(report.unlikeness(in: .evaluation, beyond: 0) == nil)
    #expect(report.grade == .exact || report.grade == .bitExact)
  }

  @Test func aComparisonOfNothingIsNoPass() throws {
    let network = try chain([0])
    let none = ["input": Tensor(elementType: .float32, shape: [0, 1], repeating: 0)]
    let said = sentence {
      _ = try Verification().compare(teacher: network, student: network, inputs: none)
    }
    #expect(
      said == "nothing was compared: the outputs \"output\" have no elements for these inputs; "
        + "compare on inputs that give some")
    var mute = network
    mute.graph.outputs = []
    #expect(
      sentence { _ = try Verification().compare(teacher: mute, student: mute) }
        == "nothing was compared: the networks have no outputs; compare on inputs that give some")
  }

  /// Convolved, averaged over all there is: neither how many nor how large is said anywhere else.
  private func pooled(_ sizes: [Net2Net.Dimension]) throws -> Network {
    var network = UnsuitableSizesTests.network(
      .convolution(Convolution()), weight: [4, 1, 3, 3], channels: 4)
    network.graph.inputs[0].type.dimensions = sizes
    network.graph.nodes[0].outputs = ["filtered"]
    network.graph.nodes.append(
      Node(
        name: "pool", operation: .pooling(Pooling(.average, kernel: nil)), inputs: ["filtered"],
        outputs: ["y"]))
    network.graph.outputs[0].type.dimensions = [sizes[0], 4, 1, 1]
    return network
  }

  @Test func fixedSizesThatNothingDependsOnAreDrawnSmall() throws {
    let many = Net2Net.Dimension.fixed(Int(Int32.max))
    for sizes in [[many, 1, 8, 8], [1, 1, many, 8]] as [[Net2Net.Dimension]] {
      let network = try pooled(sizes)
      let report = try Verification().compare(teacher: network, student: network)
      #expect(report.grade == .bitExact, "\(sizes)")
      #expect(report.comparisons[0].teacherShape.elementCount <= 32, "\(sizes)")
    }
    // Small enough: as they are declared.
    let report = try Verification().compare(
      teacher: try pooled([9, 1, 8, 8]), student: try pooled([9, 1, 8, 8]))
    #expect(report.comparisons[0].teacherShape == [9, 4, 1, 1])
  }

  @Test func fixedSizesThatSomethingDependsOnAreRefusedWithBothNumbers() throws {
    let count = Int(Int32.max)
    var network = try pooled([.fixed(count), 1, 8, 8])
    network.graph.nodes.append(
      Node(
        name: "rows", operation: .reshape(Reshape(target: [count, 4])), inputs: ["y"],
        outputs: ["z"]))
    network.graph.outputs = [ValueDeclaration("z", TensorType(.float32, [.fixed(count), 4]))]
    var verification = Verification()
    verification.memoryBudget = MemoryBudget(bytes: 1_000_000_000, reason: "the test allows")
    let said = sentence { _ = try verification.compare(teacher: network, student: network) }
    #expect(
      said == "about 1.1 TB of memory are needed, and the test allows 1.0 GB; the largest value is "
        + "\"x\" float32(2147483647, 1, 8, 8); take fewer samples at once, smaller ones or a smaller "
        + "network")
  }

  @Test func imagesOfAnySizeAreDrawnAsLargeAsTheNetworkNeeds() throws {
    let patches = UnsuitableSizesTests.patches
    #expect(try Verification().drawnInputs(for: patches)["x"]?.shape == [8, 1, 16, 16])
    let report = try Verification().compare(teacher: patches, student: patches)
    #expect(report.grade == .bitExact)
    #expect(
      try Verification().drawnInputs(for: UnsuitableSizesTests.steps)["x"]?.shape == [8, 1, 10, 11])
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
