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

  static let exactSymmetries: [Symmetry] = [.antithetic, .zero, .pairs, .unequal, .equal]

  @Test("each width, one by one", arguments: subjects)
  func eachWidth(_ subject: Subject) throws {
    let teacher = try subject.network()
    let widths = try Widths(of: teacher).all.filter { !$0.uses.isEmpty }
    for width in widths {
      let size: Int
      switch width.freedom {
      case .free: size = width.size + max(1, width.size / 2)
      case .uniform: size = width.size * 2
      case .pinned: continue
      }
      let growth = Growth.widen(Widen(widths: [width.name: .size(size)]))
      try expectSame(teacher, by: [growth], "\(subject.name), \(width.name) → \(size)")
    }
  }

  @Test("all widths together, by every symmetry and map", arguments: subjects)
  func allWidths(_ subject: Subject) throws {
    let teacher = try subject.network()
    let isUniform = try Widths(of: teacher).all.contains { $0.freedom.name == "uniform" }
    for symmetry in Self.exactSymmetries {
      for mapping in UnitMapping.allCases {
        let widen = Widen(all: isUniform ? 2 : 1.6, symmetry: symmetry, mapping: mapping)
        try expectSame(
          teacher, by: [.widen(widen)], "\(subject.name), \(symmetry.name), \(mapping.rawValue)")
      }
    }
  }

  @Test("each site, one by one", arguments: subjects)
  func eachSite(_ subject: Subject) throws {
    let teacher = try subject.network()
    for site in try teacher.sites() {
      let growth = Growth.deepen(Deepen(after: [site.name], batchNorm: false))
      try expectSame(teacher, by: [growth], "\(subject.name), behind \(site.name)")
    }
  }

  @Test("every gaining site at once, in pairs of kernels too", arguments: subjects)
  func allSites(_ subject: Subject) throws {
    let teacher = try subject.network()
    let isOneDimensional = try teacher.sites().contains { $0.spatialSizes.count == 1 }
    for kernels in [[[3]], isOneDimensional ? [[3], [5]] : [[1, 3], [3, 1]]] {
      let growth = Growth.deepen(Deepen(all: true, kernels: kernels, batchNorm: false))
      try expectSame(teacher, by: [growth], "\(subject.name), \(kernels)")
    }
  }

  @Test("a calibrated batch norm behind each inserted convolution", arguments: subjects)
  func batchNormInEvaluation(_ subject: Subject) throws {
    let teacher = try subject.network()
    let plan = GrowthPlan(growths: [.deepen(Deepen(all: true, batchNorm: true))])
    let student = try teacher.grown(by: plan, calibration: Self.standardStatistics).network
    #expect(try difference(teacher, student, .float64, .evaluation) <= Self.exact)
  }

  @Test("every residual block repeated", arguments: subjects)
  func residualBlocks(_ subject: Subject) throws {
    let teacher = try subject.network()
    for block in try teacher.residualBlocks() {
      let growth = Growth.repeatBlock(RepeatBlock(block: block.name, times: 3))
      try expectSame(teacher, by: [growth], "\(subject.name), \(block.name)")
    }
  }

  @Test("residual blocks in a row repeated as one", arguments: subjects)
  func rowsOfResidualBlocks(_ subject: Subject) throws {
    let teacher = try subject.network()
    let names = try teacher.residualBlocks().map(\.name)
    for (first, last) in zip(names, names.dropFirst()) {
      let growth = Growth.repeatBlock(RepeatBlock(block: first, through: last, times: 3))
      do {
        try expectSame(teacher, by: [growth], "\(subject.name), \(first) through \(last)")
      } catch NetworkError.notGrowable {
        // Between them the stream gets smaller, or there is another layer.
        continue
      }
    }
  }

  @Test("every layer of dense blocks repeated", arguments: subjects)
  func joinedBranches(_ subject: Subject) throws {
    let teacher = try subject.network()
    for branch in try teacher.joinedBranches() {
      let growth = Growth.repeatBlock(RepeatBlock(block: branch.name, times: 3))
      try expectSame(teacher, by: [growth], "\(subject.name), \(branch.name)")
    }
  }

  @Test("every block deepened at all sites, then repeated", arguments: subjects)
  func deepenedBlocks(_ subject: Subject) throws {
    let teacher = try subject.network()
    let blocks = try teacher.residualBlocks().map(\.name) + teacher.joinedBranches().map(\.name)
    guard !blocks.isEmpty else { return }
    let repeats = blocks.map { Growth.repeatBlock(RepeatBlock(block: $0)) }
    try expectSame(
      teacher, by: [.deepen(Deepen(all: true, batchNorm: false))] + repeats, subject.name)
  }

  @Test("every kernel grown", arguments: subjects)
  func kernels(_ subject: Subject) throws {
    let teacher = try subject.network()
    for node in teacher.graph.nodes {
      guard case .convolution = node.operation, let weight = teacher.parameters[node.inputs[1]]
      else { continue }
      let kernel = weight.shape.sizes.dropFirst(2).map { $0 + 2 }
      try expectSame(
        teacher, by: [.growKernel(GrowKernel(node: node.name, kernel: kernel))],
        "\(subject.name), \(node.name)")
    }
  }

  @Test("wider, deeper and wider again", arguments: subjects)
  func chained(_ subject: Subject) throws {
    let teacher = try subject.network()
    try expectSame(
      teacher,
      by: [
        .widen(Widen(all: 2, mapping: .random)), .deepen(Deepen(all: true, batchNorm: false)),
        .widen(Widen(all: 2, symmetry: .unequal)),
      ], subject.name)
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
