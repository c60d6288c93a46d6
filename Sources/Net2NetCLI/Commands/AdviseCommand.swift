import ArgumentParser
import Net2Net
import Net2NetFiles
import Net2NetTraining

struct AdviseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise",
    abstract: "Say which width, site or block a network would gain most from growing.",
    discussion: """
      Each candidate is grown by itself and its gradients are measured on a few batches. The \
      ranking goes by how much it adds to the squared norm of the gradient, |g|², for each \
      multiply-add that it adds: a step of gradient descent at the rate r takes r · |g|² off the \
      loss. Beside it stands the change of the loss, in nats, that the best step of a quadratic \
      model would bring, with its spread over batches. Both are forecasts. Examples:

        net2net advise runs/teacher/network.onnx --data fashion-mnist
        net2net advise teacher.onnx --data fashion-mnist --only 'layer3.*' --top 5
        net2net advise teacher.onnx --data fashion-mnist --max-parameters 20k --json
      """)

  @Argument(help: "An ONNX file.")
  var network: String

  @Option(help: "The data set whose training samples are looked at.")
  var data: String

  @Option(help: "How many of the best to show; all unless given.")
  var top: Int?

  @OptionGroup var names: FilterOptions

  @Option(help: "How many batches to look at, 3 or more.")
  var batches = 8

  @Option(help: "Samples a batch.")
  var batchSize = 128

  @Option(help: "By how much each width would grow, such as 1.5x.")
  var factor = "1.5x"

  @Option(help: "Leave out what would end at more parameters than this: 20M, 350k.")
  var maxParameters: String?

  @Option(help: "Leave out what would end at more multiply-adds than this: 4G.")
  var maxMacs: String?

  @Option(help: "What is added to the curvature of each direction, relative to its scale.")
  var damping = GrowthAdvice.Options().damping

  @Option(help: "What samples, labels and new units are drawn from.")
  var seed: UInt64 = 0

  @OptionGroup var engine: EngineOptions

  @Flag(help: "Print JSON for other programs.")
  var json = false

  func validate() throws {
    _ = try dataSpecification(data)
    if let top, top < 1 { throw ValidationError("top: 1 or more expected, \(top) found") }
    do { try options().validate() } catch let error as TrainingError {
      throw ValidationError("\(error)")
    }
  }

  func run() throws {
    let network = try Network(onnx: network)
    var options = try options()
    options.device = try engine.prepared()
    let set = try dataSet(data)
    let advice = try GrowthAdvice(of: network, on: set, options)
    let shown = ShownAdvice(
      advice, file: self.network, data: data, noun: set.samplesNoun, seed: seed, top: top)
    print(json ? try Net2NetFiles.json(shown) : shown.text)
  }

  private func options() throws -> GrowthAdvice.Options {
    guard case .factor(let factor)? = Widen.Goal(factor), factor > 1 else {
      throw ValidationError("factor \"\(self.factor)\": a factor above 1 expected, such as 1.5x")
    }
    return GrowthAdvice.Options(
      candidates: GrowthCandidates.Options(
        factor: factor,
        budget: CostBudget(
          parameters: try count("max-parameters", maxParameters),
          multiplyAdds: try count("max-macs", maxMacs)),
        filter: names.filter, seed: seed),
      batches: batches, batchSize: batchSize, damping: damping)
  }

  private func count(_ option: String, _ text: String?) throws -> Int? {
    try text.map {
      guard let count = CostBudget.count($0) else {
        throw ValidationError("\(option) \"\($0)\": a number expected, such as 20M or 350k")
      }
      return count
    }
  }
}

/// What `advise` prints.
private struct ShownAdvice: Encodable {
  struct Candidate: Encodable {
    var rank: Int
    var kind: GrowthCandidate.Kind
    var name: String
    var addedParameters: Int
    var addedMultiplyAdds: Int
    var squaredGradientNorm: Double
    var gradientPerMultiplyAdd: Double
    var expectedDecrease: Double
    var deviation: Double
    /// The command line that carries it out.
    var command: String
  }

  struct Unscored: Encodable {
    var kind: GrowthCandidate.Kind
    var name: String
    var reason: String
  }

  var data: String
  /// What an example is: images, rows, …
  var noun: String
  var examples: Int
  var ranking: [Candidate]
  var unscored: [Unscored]

  init(
    _ advice: GrowthAdvice, file: String, data: String, noun: String, seed: UInt64, top: Int?
  ) {
    self.data = data
    self.noun = noun
    examples = advice.examples
    ranking = advice.ranking.prefix(top ?? .max).enumerated().map { index, score in
      let candidate = score.candidate
      return Candidate(
        rank: index + 1, kind: candidate.kind, name: candidate.name,
        addedParameters: candidate.addedParameters,
        addedMultiplyAdds: candidate.addedMultiplyAdds,
        squaredGradientNorm: score.squaredGradientNorm,
        gradientPerMultiplyAdd: score.gradientPerMultiplyAdd,
        expectedDecrease: score.expectedDecrease, deviation: score.deviation,
        command: candidate.growth.command(on: file, data: data, seed: seed))
    }
    unscored = advice.unscored.map {
      Unscored(kind: $0.kind, name: $0.name, reason: $0.reason)
    }
  }

  var text: String {
    var table = TextTable(
      ">rank", "kind", "candidate", ">parameters", ">multiply-adds", ">|g|²",
      ">|g|² a M multiply-adds", ">loss", ">±")
    for candidate in ranking {
      table.add(
        String(candidate.rank), candidate.kind.rawValue, candidate.name,
        "+" + Figures.grouped(candidate.addedParameters),
        "+" + Figures.scaled(candidate.addedMultiplyAdds),
        Figures.fixed(candidate.squaredGradientNorm, decimals: 4),
        Figures.fixed(candidate.gradientPerMultiplyAdd * 1e6, decimals: 4),
        Figures.fixed(-candidate.expectedDecrease, decimals: 4),
        Figures.fixed(candidate.deviation, decimals: 4))
    }
    var others = TextTable("kind", "candidate", "because")
    for candidate in unscored {
      others.add(candidate.kind.rawValue, candidate.name, candidate.reason)
    }
    return [
      ranking.isEmpty
        ? "No candidate has a score"
        : "Gain of the squared gradient, and expected change of the loss, from \(Figures.grouped(examples)) \(noun) of \(data)\n"
          + table.text(indent: 2),
      unscored.isEmpty ? nil : "Not scored\n" + others.text(indent: 2),
      ranking.first.map { "To carry out the best\n  \($0.command)" },
    ].compactMap(\.self).joined(separator: "\n\n")
  }
}

extension Growth {
  /// For candidates, which are about one thing.
  fileprivate func command(on file: String, data: String, seed: UInt64) -> String {
    let words: [String]
    switch self {
    case .widen(let widen):
      let widths = widen.goal.widths.map { name, goal in
        switch goal {
        case .size(let size): "\(name)=\(size)"
        case .factor(let factor): "\(name)=\(Figures.factor(factor))"
        }
      }
      words =
        ["widen", file, "-o", "student.onnx"] + widths.flatMap { ["--width", $0] }
        + ["--symmetry", widen.symmetry.name]
    case .deepen(let deepen):
      words =
        ["deepen", file, "-o", "student.onnx"] + deepen.after.flatMap { ["--after", $0] }
        + deepen.kernels.filter { !$0.isEmpty }.flatMap { ["--kernel", KernelSize.text($0)] }
        + ["--data", data]
    case .repeatBlock(let growth):
      words = [
        "deepen", file, "-o", "student.onnx", "--repeat", "\(growth.block)=\(growth.times)",
      ]
    case .growKernel, .addClasses, .replaceClasses, .randomPad, .randomInit:
      preconditionFailure("no candidate is such a growth")
    }
    let seeded = words + (seed == 0 ? [] : ["--seed", "\(seed)"])
    return "net2net " + seeded.map(\.shellWord).joined(separator: " ")
  }
}
