internal import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

extension Ranks {
  /// What adds the gradients of a network up; nil for a process by itself.
  func gradients(of classifier: Classifier) throws(EngineError) -> GradientBuckets? {
    guard let gradientGroup else { return nil }
    return try GradientBuckets(
      Array(classifier.compiled.trainedParameters.values), gradientGroup)
  }

  /// Gives running statistics, of which each rank has its own, their mean over all ranks.
  func averageStatistics(of classifier: Classifier) throws(EngineError) {
    let tensors = classifier.compiled.runningStatistics
    guard size > 1, !tensors.isEmpty else { return }
    let own = try tensors.map { (tensor) throws(EngineError) in try tensor.tensor() }
    var rest = try sums(own.flatMap { $0.doubles() }, "averaging running statistics")
      .map { $0 / Double(size) }[...]
    for (tensor, values) in zip(tensors, own) {
      let count = values.shape.elementCount
      let means = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
      let mean = Tensor(elementType: values.elementType, shape: values.shape) { means[$0] }
      try tensor.copy(from: TorchTensor(mean))
    }
  }
}
