internal import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

/// Where a loss that is no number comes from.
struct Divergence: CustomStringConvertible {
  /// The first parameter that holds something that is no number.
  private(set) var parameter: String?
  /// The first node whose results do.
  private(set) var node: String?
  /// The first sample whose loss is none, as an index of the training split.
  private(set) var sample: Int?

  /// - Parameter samples: the indices of the batch's samples in the training split.
  init(
    of classifier: Classifier, on batch: Batch, samples: [Int]
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
      let place = losses.firstIndex { !$0.isFinite }
      // A parameter that is no number makes every sample's loss none.
      if parameter == nil {
        sample = place.flatMap { samples.indices.contains($0) ? samples[$0] : nil }
      }
    }
    node = first.map(classifier.node)
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
