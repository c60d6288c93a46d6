internal import Foundation
internal import Net2Net
internal import Net2NetFiles
internal import OrderedCollections

/// A checkpoint as a folder: `network.onnx`, `progress.json`, and `optimizer.safetensors`, in which
/// each tensor's name begins with what it is of its parameter (`momentum/…`); `value/…` is the
/// parameter itself, where the network's file holds it rounded.
extension Checkpoint {
  private static let value = "value"
  private static let weightCoefficient = "inherited weight"
  private static let gradientCoefficient = "inherited gradient"

  /// Writes the three files into `folder`, which an `AtomicDirectory` makes whole or not at all.
  public func write(into folder: String) throws {
    try network.converted(to: storedType)
      .writeONNX(to: "\(folder)/network.onnx", overwriting: false)
    try StateDictionary(tensors(), metadata: try metadata())
      .writeSafetensors(to: "\(folder)/optimizer.safetensors", overwriting: false)
    try AtomicFile.write(
      try json(progress) + "\n", to: "\(folder)/progress.json", overwriting: false)
  }

  private func tensors() -> OrderedDictionary<String, Tensor> {
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for parameter in network.parameters.values
    where parameter.elementType.isFloatingPoint && parameter.elementType != storedType {
      tensors["\(Self.value)/\(parameter.name)"] = parameter.tensor()
    }
    for (moment, ofParameters) in optimizer.moments.sorted(by: { $0.key.rawValue < $1.key.rawValue }
    ) {
      for (name, tensor) in ofParameters { tensors["\(moment.rawValue)/\(name)"] = tensor }
    }
    for (name, tensor) in optimizer.inherited?.weightCoefficients ?? [:] {
      tensors["\(Self.weightCoefficient)/\(name)"] = tensor
    }
    for (name, tensor) in optimizer.inherited?.gradientCoefficients ?? [:] {
      tensors["\(Self.gradientCoefficient)/\(name)"] = tensor
    }
    return tensors
  }

  /// The optimizer's counts.
  private struct Counts: Codable {
    var steps: Int
    var births: [String: Int]
    var began: Int?
    var relaxation: Int?
  }

  private static let countsKey = "optimizer"

  private func metadata() throws -> OrderedDictionary<String, String> {
    let counts = Counts(
      steps: optimizer.steps,
      births: Dictionary(uniqueKeysWithValues: optimizer.births.map { ($0, $1) }),
      began: optimizer.inherited?.began, relaxation: optimizer.inherited?.relaxation)
    return [Self.countsKey: try json(counts)]
  }

  /// - Throws: ``TrainingError/damagedRun(file:expected:found:)``, `FilesError`.
  public init(folder: String) throws {
    self.init(
      network: try Network(onnx: "\(folder)/network.onnx"), optimizer: OptimizerState(),
      progress: try decoded(
        RunProgress.self, from: "\(folder)/progress.json", as: "the progress of a run"))
    let file = "\(folder)/optimizer.safetensors"
    let state = try StateDictionary(safetensors: file)
    try readCounts(state, file)
    for (name, tensor) in state.tensors { try read(name, tensor, file) }
  }

  private mutating func readCounts(_ state: StateDictionary, _ file: String) throws {
    let text = state.metadata[Self.countsKey] ?? ""
    guard let counts = try? JSONDecoder().decode(Counts.self, from: Data(text.utf8)) else {
      throw TrainingError.damagedRun(
        file: "\(file): metadata \"\(Self.countsKey)\"", expected: "the optimizer's counts",
        found: text.isEmpty ? "nothing" : text)
    }
    optimizer.steps = counts.steps
    for (name, birth) in counts.births.sorted(by: { $0.key < $1.key }) {
      optimizer.births[name] = birth
    }
    if let began = counts.began {
      optimizer.inherited = InheritedSteps(began: began, relaxation: counts.relaxation)
    }
  }

  private mutating func read(_ name: String, _ tensor: Tensor, _ file: String) throws {
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, let parameter = network.parameters[parts[1]] else {
      throw damaged(file, name, "one of the network's parameters", "no such parameter")
    }
    guard parameter.shape == tensor.shape else {
      throw damaged(file, name, "\(parameter.shape)", "\(tensor.shape)")
    }
    switch parts[0] {
    case Self.value: network.setParameter(Parameter(name: parts[1], tensor: tensor))
    case Self.weightCoefficient where optimizer.inherited != nil:
      optimizer.inherited?.weightCoefficients[parts[1]] = tensor
    case Self.gradientCoefficient where optimizer.inherited != nil:
      optimizer.inherited?.gradientCoefficients[parts[1]] = tensor
    default:
      guard let moment = OptimizerState.Moment(rawValue: parts[0]) else {
        throw damaged(file, name, "value, momentum, mean or variance", parts[0])
      }
      optimizer.moments[moment, default: [:]][parts[1]] = tensor
    }
  }

  private func damaged(
    _ file: String, _ tensor: String, _ expected: String, _ found: String
  ) -> TrainingError {
    .damagedRun(file: "\(file): tensor \"\(tensor)\"", expected: expected, found: found)
  }
}
