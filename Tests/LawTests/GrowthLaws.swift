import Net2Net
import Net2NetTorch
import OrderedCollections
import TestSupport
import Testing

/// Laws of growth, over every fixture and every built-in architecture: whatever can grow keeps
/// its function. Differences are taken here, not by the library's own verification.
@Suite("Growth keeps the function", .requiresTorch)
struct GrowthLaws {
  /// float64 sums in another order: a few units in the last place over some thousand terms.
  static let exact = 1e-12
  /// float32 rounding of weights and sums.
  static let singlePrecision = 1e-5

  static let subjects: [Subject] =
    Fixture.all.map { fixture in Subject(name: fixture.name) { try fixture.network() } }
    + Architecture.allCases.map { architecture in
      Subject(name: architecture.rawValue) {
        try architecture.network(
          ArchitectureOptions(
            inputShape: architecture == .gpt ? [6] : [1, 28, 28],
            classes: architecture == .gpt ? 20 : 10, widthFactor: 0.25)
        ).withDrawnConstants(seed: 3)
      }
    }

  static let exactSymmetries = Symmetry.names.compactMap { try? Symmetry(name: $0) }
    .filter { !Growth.widen(Widen(all: 2, symmetry: $0)).isApproximate }

  @Test("what can grow keeps the function", arguments: GrowthLaw.allCases, subjects)
  func kept(_ law: GrowthLaw, _ subject: Subject) throws {
    let teacher = try subject.network()
    for instance in try law.instances(in: teacher) {
      try expectSame(teacher, by: instance.growths, "\(subject.name), \(instance.name)")
    }
  }

  /// A law over the pieces of a network says nothing of one that has none.
  @Test("each law has networks to hold in", arguments: GrowthLaw.allCases)
  func exercised(_ law: GrowthLaw) throws {
    let counts = try Self.subjects.map { try law.instances(in: $0.network()).count }
    let count = counts.reduce(0, +)
    print("law \(law): \(count) growths of \(counts.count { $0 > 0 }) networks")
    #expect(count >= law.leastCount, "\(law)")
  }

  @Test("a calibrated batch norm after each inserted convolution", arguments: subjects)
  func batchNormInEvaluation(_ subject: Subject) throws {
    let teacher = try subject.network()
    let plan = GrowthPlan(growths: [.deepen(Deepen(all: true, batchNorm: true))])
    let student = try teacher.grown(by: plan, calibration: Self.standardStatistics).network
    #expect(try difference(teacher, student, .float64, .evaluation) <= Self.exact)
  }

  @Test("new classes leave the old logits alone", arguments: subjects)
  func newClasses(_ subject: Subject) throws {
    let teacher = try subject.network()
    let student = try teacher.grown(
      by: GrowthPlan(growths: [.addClasses(AddClasses(count: 2))])
    ).network
    #expect(try difference(teacher, student, .float64, .evaluation) <= Self.exact)
  }

  @Test("the paper's noise changes the function, and by little")
  func noiseIsApproximate() throws {
    let teacher = try Architecture.convnet.network().withDrawnConstants(seed: 3)
    let student = try teacher.grown(
      by: GrowthPlan(growths: [.widen(Widen(all: 2, symmetry: .noise))])
    ).network
    let found = try difference(teacher, student, .float64, .evaluation)
    #expect(found > 1e-4 && found < 0.3)
  }

  @Test("random pad and random initialisation do not keep the function", arguments: subjects)
  func baselinesDiffer(_ subject: Subject) throws {
    let teacher = try subject.network()
    for growth in [Growth.randomPad(RandomPad(all: 2)), .randomInit(RandomInit())] {
      let student = try teacher.grown(by: GrowthPlan(seed: 4, growths: [growth])).network
      #expect(try difference(teacher, student, .float64, .evaluation) > 1e-3)
    }
  }

  @Test("a receipt's steps replay bit for bit, also from a plan that went through JSON")
  func replay() throws {
    try expectReplay(
      Architecture.resnet.network(ArchitectureOptions(widthFactor: 0.25)),
      by: [
        .widen(Widen(all: 1.5, mapping: .random)), .deepen(Deepen(all: true)),
        .repeatBlock(RepeatBlock(block: "stage1.block1")),
      ])
  }

  @Test("a repeated layer of a dense block is drawn alike when its receipt is replayed")
  func replayBranch() throws {
    try expectReplay(
      try #require(Fixture.named("dense block")).network(),
      by: [.repeatBlock(RepeatBlock(block: "layer1", times: 3)), .widen(Widen(all: 1.5))])
  }

  private func expectReplay(_ teacher: Network, by growths: [Growth]) throws {
    let plan = GrowthPlan(seed: 9, growths: growths)
    let grown = try teacher.grown(by: plan, calibration: Self.standardStatistics)
    let replayed = try teacher.replaying(try throughJSON(grown.steps), seed: plan.seed)
    #expect(replayed.graph == grown.network.graph)
    for (name, parameter) in grown.network.parameters {
      let bytes = parameter.tensor().withUnsafeBytes { Array($0) }
      #expect(replayed.parameters[name]?.tensor().withUnsafeBytes { Array($0) } == bytes)
    }
  }

  // MARK: Measuring

  private func expectSame(
    _ teacher: Network, by growths: [Growth], _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let student = try teacher.grown(by: GrowthPlan(seed: 21, growths: growths)).network
    for mode in [RunMode.evaluation, .trainingWithoutDropout] {
      let double = try difference(teacher, student, .float64, mode)
      #expect(double <= Self.exact, "\(what), \(mode), float64", sourceLocation: sourceLocation)
      let single = try difference(teacher, student, .float32, mode)
      #expect(
        single <= Self.singlePrecision, "\(what), \(mode), float32",
        sourceLocation: sourceLocation)
    }
  }

  /// Largest absolute difference of the teacher's outputs over the largest of them.
  private func difference(
    _ teacher: Network, _ student: Network, _ precision: Precision, _ mode: RunMode
  ) throws -> Double {
    let inputs = teacher.randomInputs(batch: 4, seed: 17)
    let expected = try CompiledNetwork(teacher, precision: precision).run(inputs, mode: mode)
    let found = try CompiledNetwork(student, precision: precision).run(inputs, mode: mode)
    var worst = 0.0
    for (name, old) in expected {
      let new = try #require(found[name])
      let (oldColumns, newColumns) = (old.shape.sizes.last ?? 1, new.shape.sizes.last ?? 1)
      let (oldValues, newValues) = (old.doubles(), new.doubles())
      let scale = oldValues.map(abs).max() ?? 0
      for index in oldValues.indices {
        let other = newValues[index / oldColumns * newColumns + index % oldColumns]
        guard other.isFinite, scale > 0 else { return .infinity }
        worst = max(worst, abs(oldValues[index] - other) / scale)
      }
    }
    return worst
  }

  /// Any statistics keep the function in evaluation mode; these are those of nothing.
  private static func standardStatistics(
    _ network: Network, _ values: [String]
  ) throws -> [String: ChannelStatistics] {
    let types = try network.validate()
    return Dictionary(
      uniqueKeysWithValues: values.map { value in
        let channels = types[value]?.dimensions[1].size ?? 0
        return (
          value,
          ChannelStatistics(
            mean: (0..<channels).map { Double($0) * 0.1 },
            variance: (0..<channels).map { 0.5 + Double($0) * 0.2 })
        )
      })
  }
}

struct Subject: Sendable, CustomTestStringConvertible {
  let name: String
  let network: @Sendable () throws -> Network

  init(name: String, network: @escaping @Sendable () throws -> Network) {
    self.name = name
    self.network = network
  }

  var testDescription: String { name }
}

extension Network {
  /// Sizes that a run tells are one larger for each axis further in, so that none is mistaken for
  /// another.
  func shape(_ type: TensorType, batch: Int) -> Shape {
    var sizes: [String: Int] = [:]
    for input in graph.inputs {
      for case (let axis, .symbolic(let name)) in input.type.dimensions.enumerated() {
        sizes[name] = batch + axis
      }
    }
    return Shape(type.dimensions.map { $0.size { sizes[$0] ?? batch } })
  }

  func randomInputs(batch: Int, seed: UInt64) -> [String: Tensor] {
    let draw = Draw(seed: seed)
    return Dictionary(
      uniqueKeysWithValues: graph.inputs.map { input in
        let noise = draw.derived(for: input.name)
        let isReal = input.type.elementType.isFloatingPoint
        return (
          input.name,
          Tensor(
            elementType: input.type.elementType, shape: shape(input.type, batch: batch)
          ) { isReal ? noise.normal($0) : Double(noise.integer($0, below: 2)) }
        )
      })
  }
}
