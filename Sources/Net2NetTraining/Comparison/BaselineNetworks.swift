// The networks that growing is compared with.
internal import Foundation
internal import Net2Net
internal import Net2NetFiles
internal import OrderedCollections

extension NetworkChoice {
  func network(for data: DataSet, seed: UInt64) throws -> Network {
    switch self {
    case .file(let file): try Network(onnx: file)
    case .built(let architecture, let widthFactor, let depth):
      try architecture.network(
        ArchitectureOptions(
          inputShape: data.sampleShape, classes: data.classes.count, widthFactor: widthFactor,
          depth: depth, seed: seed))
    }
  }
}

extension Network {
  /// Grown where parameters that were there stay as they were, and everything else is drawn as in
  /// a new network (the paper's “random pad”). Widths are padded (``RandomPad``); what other growths
  /// bring in has the values of a new network instead of an identity's.
  func randomlyPadded(by plan: GrowthPlan) throws -> Network {
    var network = self
    for (index, growth) in plan.growths.enumerated() {
      let seed = Draw(seed: plan.seed).derived(for: "pad").bits(index)
      if let padding = growth.padding {
        network = try network.grown(by: GrowthPlan(seed: seed, growths: [.randomPad(padding)]))
          .network
        continue
      }
      let grown = try network.grown(by: GrowthPlan(seed: seed, growths: [growth])) {
        try GrowthSchedule.standardStatistics(of: $1, in: $0)
      }.network
      let drawn = try grown.randomlyInitialised(seed: seed)
      let old = network.parameters
      network = grown
      for parameter in drawn.parameters.values where old[parameter.name] == nil {
        network.setParameter(parameter)
      }
    }
    return network.evaluated()
  }

  /// Everything as in a new network.
  func randomlyInitialised(seed: UInt64) throws -> Network {
    try grown(by: GrowthPlan(seed: seed, growths: [.randomInit(RandomInit())])).network.evaluated()
  }

  /// With the values that `other`, a network of as many parameters of the same shapes in the same
  /// order of use, has for them: an architecture's own first weights.
  ///
  /// - Throws: `TrainingError.networkMismatch` naming the first that differs.
  func initialised(like other: Network) throws -> Network {
    let (own, others) = (parametersInOrderOfUse, other.parametersInOrderOfUse)
    var network = self
    for (parameter, source) in zip(own, others) {
      guard parameter.shape == source.shape else {
        throw TrainingError.networkMismatch(
          part: "the first weights for \"\(parameter.name)\" of the baseline from scratch",
          expected: "\(parameter.shape), as the student has,",
          found: "\(source.shape), \"\(source.name)\"")
      }
      network.setParameter(
        Parameter(
          name: parameter.name,
          tensor: source.tensor().converted(to: parameter.elementType)))
    }
    guard own.count == others.count else {
      throw TrainingError.networkMismatch(
        part: "the baseline from scratch", expected: "\(own.count) parameters, as the student has,",
        found: "\(others.count)")
    }
    return network
  }

  private var parametersInOrderOfUse: [Parameter] {
    let used = OrderedSet(graph.nodes.flatMap(\.inputs))
    return used.compactMap { parameters[$0] }.filter {
      $0.elementType.isFloatingPoint && !$0.isLiteral
    }
  }
}

extension Grown {
  /// Every block that was repeated with the weights of its original, those too that an exact repetition
  /// sets to zero: stacking, block by block (Du et al., *Stacking Your Transformers*, arXiv 2405.15319,
  /// repeat whole stacks).
  func stacked() -> Network {
    var stacked = network
    let history = steps.compactMap(\.origins).reduce(Origins()) { $0.followed(by: $1) }
    for (name, parameter) in network.parameters {
      // A layer of a dense block has more inputs than the one that it was made like.
      guard case .copied(let original, _, _) = history.parameters[name],
        let source = network.parameters[original], source.shape == parameter.shape
      else { continue }
      stacked.setParameter(Parameter(name: name, tensor: source.tensor()))
    }
    return stacked
  }
}

extension Growth {
  /// The same new widths with drawn numbers; nil for a growth of something else.
  fileprivate var padding: RandomPad? {
    switch self {
    case .widen(let growth): RandomPad(growth.goal)
    case .randomPad(let growth): growth
    case .deepen, .repeatBlock, .growKernel, .addClasses, .replaceClasses, .randomInit: nil
    }
  }
}
