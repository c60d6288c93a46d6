public import Net2Net

extension CompiledNetwork {
  /// Mean and population variance of each channel (axis 1) of named values, in evaluation mode
  /// over all the batches: what a batch norm inserted there must start with.
  ///
  /// - Throws: ``EngineError/unknownValue(_:)`` for a name that is no value of the graph or has
  ///   no channel axis.
  public func channelStatistics(
    of values: [String], over batches: some Sequence<[String: Tensor]>
  ) throws(EngineError) -> [String: ChannelStatistics] {
    var moments: [String: Moments] = [:]
    for batch in batches {
      try withInferenceMode { () throws(EngineError) in
        var inputs: [String: TorchTensor] = [:]
        for (name, input) in batch { inputs[name] = try TorchTensor(borrowing: input) }
        _ = try forward(inputs, mode: .evaluation) { (name, value) throws(EngineError) in
          guard values.contains(name), value.rank >= 2 else { return }
          let measured = try Moments(of: value)
          moments[name] = moments[name]?.combined(with: measured) ?? measured
        }
      }
    }
    if let missing = values.first(where: { moments[$0] == nil }) { throw .unknownValue(missing) }
    return moments.mapValues {
      ChannelStatistics(mean: $0.mean, variance: $0.variance)
    }
  }
}

/// Mean and population variance of the channels of `count` elements each. Parts are combined
/// without sums of squares, which would cancel (Chan, Golub, LeVeque 1979).
private struct Moments {
  var count: Double
  var mean: [Double]
  var variance: [Double]

  init(of value: TorchTensor) throws(EngineError) {
    let shape = value.shape
    let others = [0] + (2..<shape.rank)
    let double = try value.converted(to: value.device ?? .cpu, as: .float64)
    let results = try ATen.varianceAndMean.results(
      [.tensor(double), .ints(others), .int(0)])
    count = Double(shape.elementCount / max(shape[1], 1))
    variance = try results[0].tensor().doubles()
    mean = try results[1].tensor().doubles()
  }

  func combined(with other: Moments) -> Moments {
    var result = self
    result.count = count + other.count
    let share = other.count / result.count
    for channel in mean.indices {
      let step = other.mean[channel] - mean[channel]
      result.mean[channel] = mean[channel] + step * share
      result.variance[channel] =
        variance[channel] * (1 - share) + other.variance[channel] * share
        + step * step * share * (1 - share)
    }
    return result
  }
}
