import Net2Net

extension CompiledNetwork {
  /// The graph's outputs by name, of a network compiled for evaluation.
  func evaluated(_ inputs: [String: TorchTensor]) throws(EngineError) -> [String: TorchTensor] {
    var symbols: [String: Int] = [:]
    try check(inputs, symbols: &symbols)
    let checked = try runSizes.checked(symbols)
    if let empty = checked.emptyOutputs { return try tensors(of: empty) }
    guard let parts, let batch = original.graph.inputs.first?.type.dimensions.first?.symbols.first,
      let samples = symbols[batch]
    else {
      try require(checked.evaluation)
      return try outputs(of: inputs, mode: .evaluation, symbols: symbols)
    }
    let threads = Engine.threads
    let ranges = parts.ranges(of: samples, threads: threads)
    guard ranges.count > 1 || parts.suitOneThread(samples) else {
      try require(checked.evaluation)
      return try outputs(of: inputs, mode: .evaluation, symbols: symbols)
    }
    let largest = ranges.map(\.count).max() ?? samples
    let part = try runSizes.checked(symbols.merging([batch: largest]) { $1 })
    try require(
      checked.evaluation.inParts(part.evaluation, atOnce: min(ranges.count, threads)))
    let (shared, known) = (inputs, symbols)
    let results = try mapAlone(ranges.count) { (index) throws(EngineError) in
      try withInferenceMode { () throws(EngineError) in
        try outputs(
          of: ranges.count == 1 ? shared : try shared.part(ranges[index]), mode: .evaluation,
          symbols: known.merging([batch: ranges[index].count]) { $1 })
      }
    }
    if results.count == 1 { return results[0] }
    var whole: [String: TorchTensor] = [:]
    for name in results[0].keys {
      whole[name] = try ATen.concatenate(.tensors(results.compactMap { $0[name] }), .int(0))
    }
    return whole
  }
}

extension [String: TorchTensor] {
  /// Some of the samples, without a copy.
  fileprivate func part(_ samples: Range<Int>) throws(EngineError) -> Self {
    var part: Self = [:]
    for (name, tensor) in self {
      part[name] = try ATen.slice(
        .tensor(tensor), .int(0), .int(samples.lowerBound), .int(samples.upperBound), .int(1))
    }
    return part
  }
}
