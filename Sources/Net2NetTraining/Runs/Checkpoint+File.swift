internal import Net2Net
internal import Net2NetFiles
internal import OrderedCollections

/// A checkpoint as a safetensors file: each tensor's name begins with what it is of its
/// parameter (`value/…`, `momentum/…`), and the numbers of steps are in the metadata.
extension Checkpoint {
  private static let value = "value"

  func write(to file: String) throws(FilesError) {
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for parameter in network.parameters.values {
      tensors["\(Self.value)/\(parameter.name)"] = parameter.tensor()
    }
    for (moment, ofParameters) in optimizer.moments {
      for (name, tensor) in ofParameters { tensors["\(moment.rawValue)/\(name)"] = tensor }
    }
    let metadata: OrderedDictionary = [
      "step": "\(step)", "optimizer steps": "\(optimizer.steps)",
    ]
    try StateDictionary(tensors, metadata: metadata)
      .writeSafetensors(to: file, overwriting: true)
  }

  /// Reads the values of a network's parameters, and what goes with them.
  init(network: Network, values file: String) throws {
    let state = try StateDictionary(safetensors: file)
    self.init(
      network: network,
      optimizer: OptimizerState(steps: try Self.count("optimizer steps", in: state, file)),
      step: try Self.count("step", in: state, file))
    for (name, tensor) in state.tensors {
      let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
      guard parts.count == 2, let parameter = network.parameters[parts[1]] else {
        throw damaged(file, name, "one of the network's parameters", "no such parameter")
      }
      guard parameter.shape == tensor.shape else {
        throw damaged(file, name, "\(parameter.shape)", "\(tensor.shape)")
      }
      if parts[0] == Self.value {
        self.network.setParameter(Parameter(name: parts[1], tensor: tensor))
      } else if let moment = OptimizerState.Moment(rawValue: parts[0]) {
        optimizer.moments[moment, default: [:]][parts[1]] = tensor
      } else {
        throw damaged(file, name, "value, momentum, mean or variance", parts[0])
      }
    }
  }

  private func damaged(
    _ file: String, _ tensor: String, _ expected: String, _ found: String
  ) -> TrainingError {
    .damagedRun(file: "\(file): tensor \"\(tensor)\"", expected: expected, found: found)
  }

  private static func count(
    _ key: String, in state: StateDictionary, _ file: String
  ) throws(TrainingError) -> Int {
    guard let text = state.metadata[key], let count = Int(text), count >= 0 else {
      throw .damagedRun(
        file: "\(file): metadata \"\(key)\"", expected: "a number of steps",
        found: state.metadata[key] ?? "nothing")
    }
    return count
  }
}
