internal import Foundation
internal import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

/// Measures the natural gradients of layers on a few batches.
struct GradientMeasurement {
  let data: DataSet
  let batches: [Batch]
  /// The same examples with labels drawn from the network's predictions.
  private let drawn: [Batch]
  private let options: GrowthAdvice.Options

  init(
    of network: Network, on data: DataSet, batches: [Batch], _ options: GrowthAdvice.Options
  ) throws {
    self.data = data
    self.batches = batches
    self.options = options
    let classifier = try Classifier(
      network, for: data, precision: options.precision, device: options.device)
    let draw = Draw(seed: options.candidates.seed).derived(for: "labels")
    var drawn: [Batch] = []
    for (index, batch) in batches.enumerated() {
      let logits = try withInferenceMode { () throws(EngineError) in
        try classifier.logits(batch, mode: .trainingWithoutDropout).tensor()
      }
      let labels = Self.labels(logits, draw.derived(for: "\(index)"))
      drawn.append(Batch(inputs: batch.inputs, targets: labels))
    }
    self.drawn = drawn
  }

  /// A class for each example, from softmax(logits).
  private static func labels(_ logits: Tensor, _ draw: Draw) -> Tensor {
    let classes = logits.shape[1]
    let values = logits.doubles()
    let labels = (0..<logits.shape[0]).map { example -> Int64 in
      let own = values[example * classes..<(example + 1) * classes]
      let largest = own.max() ?? 0
      let weights = own.map { exp($0 - largest) }
      var rest = draw.uniform(example) * weights.reduce(0, +)
      for (index, weight) in weights.enumerated() {
        rest -= weight
        if rest < 0 { return Int64(index) }
      }
      return Int64(classes - 1)
    }
    return Tensor(labels, shape: [labels.count])
  }

  func gradient(of network: Network, _ layers: [WeightedLayer]) throws -> NaturalGradient {
    let types = try network.validate()
    let classifier = try Classifier(
      network, for: data, precision: options.precision, device: options.device,
      probing: layers.map(\.output))
    var moments = layers.map(LayerMoments.init)
    for (batch, drawn) in zip(batches, drawn) {
      try addGradients(batch, classifier, types, &moments)
      try addFactors(drawn, classifier, types, &moments)
    }
    var result = NaturalGradient(batches: batches.count)
    try withoutGradients { () throws(EngineError) in
      for layer in moments { try layer.add(to: &result, damping: options.damping) }
    }
    return result
  }

  private func addGradients(
    _ batch: Batch, _ classifier: Classifier, _ types: ValueTypes, _ moments: inout [LayerMoments]
  ) throws(EngineError) {
    let probes = try probes(moments, types, batch.count, recorded: false)
    let logits = try classifier.logits(batch, mode: .trainingWithoutDropout, probes: probes)
    try classifier.crossEntropy(logits, batch, .mean).backward()
    let parameters = classifier.compiled.trainedParameters
    for index in moments.indices {
      try moments[index].addGradients { name throws(EngineError) in
        guard let gradient = try parameters[name]?.gradient else {
          throw .failed(
            operation: "back-propagation", node: nil, message: "\"\(name)\" has no gradient")
        }
        return gradient
      }
    }
    for parameter in parameters.values { try parameter.setGradient(nil) }
  }

  private func addFactors(
    _ batch: Batch, _ classifier: Classifier, _ types: ValueTypes, _ moments: inout [LayerMoments]
  ) throws(EngineError) {
    let probes = try probes(moments, types, batch.count, recorded: true)
    var inputs: [String: TorchTensor] = [:]
    let wanted = Set(moments.map(\.layer.input))
    let logits = try withoutActuallyEscaping({ (name: String, value: TorchTensor) in
      if wanted.contains(name) { inputs[name] = value }
    }) { observe throws(EngineError) in
      try classifier.logits(
        batch, mode: .trainingWithoutDropout, probes: probes, observing: observe)
    }
    try classifier.crossEntropy(logits, batch, .mean).backward()
    try withoutGradients { () throws(EngineError) in
      for index in moments.indices {
        let layer = moments[index].layer
        guard let input = inputs[layer.input], let gradient = try probes[layer.output]?.gradient
        else { continue }
        try moments[index].addInput(input.detached())
        // Of the mean loss, to be that of each example's own. Where an example has several targets,
        // the squares of its gradients add up to those of a mean target times their number.
        let targets = Double(batch.targets.elementCount) / Double(batch.count)
        try moments[index].addOutput(
          gradient.scaled(by: Double(batch.count) * targets.squareRoot()), examples: batch.count)
      }
    }
    for parameter in classifier.compiled.trainedParameters.values {
      try parameter.setGradient(nil)
    }
  }

  private func probes(
    _ moments: [LayerMoments], _ types: ValueTypes, _ count: Int, recorded: Bool
  ) throws(EngineError) -> [String: TorchTensor] {
    var probes: [String: TorchTensor] = [:]
    for layer in moments.map(\.layer) {
      guard let type = types[layer.output] else { continue }
      let zeros = try Factors.zeros(
        .ints(type.shape(batch: count).sizes), .elementType(options.precision.elementType),
        .absent, .device(options.device))
      if recorded { try zeros.setRequiresGradient(true) }
      probes[layer.output] = zeros
    }
    return probes
  }
}
