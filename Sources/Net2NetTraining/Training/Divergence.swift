internal import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

/// Where a NaN or infinite loss comes from.
struct Divergence: CustomStringConvertible {
  /// The first parameter that holds NaN or infinity.
  private(set) var parameter: String?
  /// The first node whose results do.
  private(set) var node: String?
  /// The first sample whose loss is none, as an index of the training split.
  private(set) var sample: Int?

  /// - Parameter samples: the indices of the batch's samples in the training split.
  init(
    of classifier: Classifier, on batch: Batch, samples: [Int], among ranks: Ranks = .alone
  ) throws(EngineError) {
    parameter = try classifier.network().parameters.values.first {
      $0.elementType.isFloatingPoint && !$0.tensor().isFinite
    }?.name
    var first: String?
    try withoutGradients { () throws(EngineError) in
      let logits = try classifier.logits(batch, mode: .trainingWithoutDropout) {
        (value, tensor) throws(EngineError) in
        if first == nil, tensor.isFloatingPoint, !(try tensor.tensor().isFinite) { first = value }
      }
      let losses = try classifier.crossEntropy(logits, batch, .none).tensor().doubles()
      // One for each target; samples may have several.
      let place = losses.firstIndex { !$0.isFinite }
        .map { $0 / max(losses.count / max(batch.count, 1), 1) }
      // A parameter that is NaN or infinite makes every sample's loss so.
      if parameter == nil {
        sample = place.flatMap { samples.indices.contains($0) ? samples[$0] : nil }
      }
    }
    node = first.map(classifier.node)
    try combine(with: ranks, classifier)
  }

  /// What the first rank that has found something has found; parameters are the same on all.
  private mutating func combine(
    with ranks: Ranks, _ classifier: Classifier
  ) throws(EngineError) {
    guard ranks.size > 1 else { return }
    let nodes = classifier.nodeNames
    let place = node.flatMap { nodes.firstIndex(of: $0) }
    let found = try ranks.gathered(
      [Double(sample ?? -1), Double(place ?? nodes.count)], "looking for what is NaN or infinite")
    sample = found.lazy.map { Int($0[0]) }.first { $0 >= 0 }
    let earliest = found.map { Int($0[1]) }.min() ?? nodes.count
    if nodes.indices.contains(earliest) { node = nodes[earliest] }
  }

  var description: String {
    let places = [
      sample.map { "training sample \($0)" }, parameter.map { "parameter \"\($0)\"" },
      node.map { "layer \"\($0)\"" },
    ].compactMap(\.self)
    return places.isEmpty ? "an unknown place" : places.joined(separator: ", ")
  }
}

extension Tensor {
  /// No element is infinite or not a number.
  var isFinite: Bool { doubles().allSatisfy(\.isFinite) }
}
