internal import Net2Net
internal import Net2NetTorch
internal import OrderedCollections

/// A network as a classifier of a data set's samples: they go into its one input, and its one
/// output has a logit for each class; for each class at each place where samples are tokens.
final class Classifier {
  let compiled: CompiledNetwork
  private let original: Network
  private let input: String
  private let output: String
  /// The input is declared without axes of its own for channels, rows and columns.
  private let flattens: Bool

  /// - Throws: ``TrainingError/networkMismatch(part:expected:found:)``, and `EngineError` where
  ///   the network cannot be run.
  init(
    _ network: Network, for data: DataSet, precision: Precision = .float32, device: Device = .cpu,
    purpose: Purpose = .training, probing probed: [String] = [],
    normalizingAmong ranks: Ranks = .alone
  ) throws {
    original = network
    let network = network.endingInLogits
    let (inputs, outputs) = (network.graph.inputs, network.graph.outputs)
    guard inputs.count == 1, outputs.count == 1 else {
      throw TrainingError.networkMismatch(
        part: "the network", expected: "one input and one output",
        found: "\(inputs.count) and \(outputs.count)")
    }
    input = inputs[0].name
    output = outputs[0].name
    flattens = inputs[0].type.rank == 2
    try Self.checkInput(inputs[0], data)
    try Self.checkOutput(outputs[0], data)
    compiled = try CompiledNetwork(
      try network.probed(at: probed), precision: precision, device: device, purpose: purpose)
    compiled.ranks = ranks.group
  }

  private static func checkInput(
    _ input: ValueDeclaration, _ data: DataSet
  ) throws(TrainingError) {
    let shape = data.sampleShape
    let sizes = input.type.rank == 2 ? [shape.elementCount] : shape.sizes
    let expected = TensorType(
      data.training.elementType, [.symbolic("N")] + sizes.map(Dimension.fixed))
    let isSuited =
      input.type.rank == expected.rank
      && input.type.elementType.isFloatingPoint == expected.elementType.isFloatingPoint
      && zip(input.type.dimensions, expected.dimensions).dropFirst().allSatisfy {
        $0.size == nil || $0.size == $1.size
      }
    guard isSuited else {
      throw .networkMismatch(
        part: "the network's input \"\(input.name)\"",
        expected: "\(expected), for \(data.samplesNoun) \(shape),", found: "\(input.type)")
    }
  }

  private static func checkOutput(
    _ output: ValueDeclaration, _ data: DataSet
  ) throws(TrainingError) {
    let dimensions = output.type.dimensions
    let classes = data.classes.count
    let places = data.isText ? "\(data.sampleShape[0]), " : ""
    guard dimensions.count == (data.isText ? 3 : 2), let last = dimensions.last,
      last.size ?? classes >= classes
    else {
      throw .networkMismatch(
        part: "the network's output \"\(output.name)\"",
        expected: "(N, \(places)\(classes)), a number for each class,", found: "\(output.type)")
    }
  }

  /// (target, class): a row for each sample, or for each place of each, sample by sample.
  ///
  /// - Parameters:
  ///   - probes: zeros that are added to the values being probed, by the value's name.
  ///   - observe: is handed the inputs and every node's results, in order.
  func logits(
    _ batch: Batch, mode: RunMode, probes: [String: TorchTensor] = [:],
    observing observe: CompiledNetwork.Observer? = nil
  ) throws(EngineError) -> TorchTensor {
    let inputs =
      flattens
      ? batch.inputs.reshaped(to: [batch.count, batch.inputs.elementCount / batch.count])
      : batch.inputs
    var operands = [input: try TorchTensor(borrowing: inputs)]
    for (value, probe) in probes { operands[Network.probe(of: value)] = probe }
    let outputs = try compiled.forward(operands, mode: mode, observing: observe)
    guard let logits = outputs[output] else {
      throw .failed(operation: "running", node: nil, message: "\"\(output)\" was not computed")
    }
    guard logits.rank > 2 else { return logits }
    return try Operators.reshape(
      .tensor(logits), .ints([-1, logits.shape.sizes.last ?? 1]))
  }

  enum Reduction: Int {
    case none, mean
  }

  func crossEntropy(
    _ logits: TorchTensor, _ batch: Batch, _ reduction: Reduction, labelSmoothing: Double = 0
  ) throws(EngineError) -> TorchTensor {
    func loss(_ targets: Tensor) throws(EngineError) -> TorchTensor {
      let flat = targets.reshaped(to: [targets.elementCount])
      let targets = try TorchTensor(borrowing: flat).converted(to: compiled.device)
      return try Operators.crossEntropy(
        .tensor(logits), .tensor(targets), .absent, .int(reduction.rawValue), .int(-100),
        .double(labelSmoothing))
    }
    let own = try loss(batch.targets)
    guard let mixing = batch.mixing else { return own }
    // share · own + (1 − share) · partners, which is the loss of soft targets mixed alike.
    return try Operators.interpolation(
      .tensor(loss(mixing.partners)), .tensor(own), .double(mixing.share))
  }

  var nodeNames: [String] { original.graph.nodes.map(\.name) }

  /// The node that makes a value; the value itself where none does.
  func node(making value: String) -> String {
    original.graph.nodes.first { $0.outputs.contains(value) }?.name ?? value
  }

  /// The network as it was given, with the values its parameters have now.
  ///
  /// - Parameter precision: has its type where given, so that nothing is rounded; the types that
  ///   they came in otherwise.
  func network(in precision: Precision? = nil) throws(EngineError) -> Network {
    var network = original
    for parameter in try compiled.network(as: precision?.elementType).parameters.values {
      network.setParameter(parameter)
    }
    return network
  }
}

extension Network {
  /// Without a softmax at the very end: the loss contains it.
  var endingInLogits: Network {
    guard graph.outputs.count == 1, let last = graph.nodes.last,
      case .softmax(let softmax) = last.operation,
      [graph.outputs[0].type.rank - 1, -1].contains(softmax.axis),
      last.outputs == [graph.outputs[0].name]
    else { return self }
    var network = self
    network.graph.nodes.removeLast()
    network.graph.outputs[0].name = last.inputs[0]
    return network
  }
}
