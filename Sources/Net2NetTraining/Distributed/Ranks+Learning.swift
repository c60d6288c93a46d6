internal import Net2Net
internal import Net2NetFiles
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

  /// Compares what all ranks hold, by hashes of the network and of what the optimizer remembers.
  ///
  /// - Throws: ``TrainingError/ranksDiffer(_:at:)``.
  func check(_ classifier: Classifier, _ optimizer: Optimizer, at moment: String) throws {
    guard size > 1 else { return }
    let network = try Digest(of: classifier.network(in: classifier.compiled.precision))
    let moments = try optimizer.state().moments.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { Digest(of: Array($0.value.values)) }
    let own = ([network] + moments).flatMap(\.words)
    let all = try gathered(own, "comparing networks at \(moment)")
    let others = all.indices.filter { all[$0] != all[0] }
    guard others.isEmpty else { throw TrainingError.ranksDiffer(others, at: moment) }
  }
}

extension Digest {
  /// 32 bits each, which a double holds.
  fileprivate var words: [Double] {
    let digits = Array(description)
    return stride(from: 0, to: digits.count, by: 8).map { start in
      Double(UInt32(String(digits[start..<start + 8]), radix: 16) ?? 0)
    }
  }
}
