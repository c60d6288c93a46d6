public import Net2Net
internal import OrderedCollections

/// A grown network's parameters as the checkpoint of its teacher would hold them: under its
/// names, in its layouts and element types.
///
/// The way back to the program that trained the teacher: it builds the larger model and loads
/// them.
public struct GrownState: Sendable {
  public private(set) var parameters: [Parameter] = []
  /// What whoever loads it should know: tensors copied as they were, names that are new, choices
  /// among equal values.
  public private(set) var notes: [String] = []

  private let matching: ParameterMatching
  private let names: GrownNames
  private var taken: Set<String> = []

  /// - Parameters:
  ///   - student: the network to write; its parameters have the teacher's names, as growing and
  ///     training leave them.
  ///   - teacher: the network that holds the checkpoint's values.
  ///   - checkpoint: what the teacher was exported from.
  ///   - file: the checkpoint's, for errors.
  /// - Throws: ``FilesError/noCounterpart(file:parameter:reason:)`` where a parameter's values are
  ///   not in the checkpoint.
  public init(
    of student: Network, grownFrom teacher: Network, names checkpoint: StateDictionary,
    file: String
  ) throws(FilesError) {
    matching = ParameterMatching(of: teacher, to: checkpoint, file: file)
    names = GrownNames(of: student, teacher: teacher, matching: matching)
    for parameter in student.parameters.values {
      try add(parameter, student, teacher, checkpoint)
    }
    for name in matching.unusedTensors { try addUnused(name, checkpoint) }
    addBatchCounters(like: checkpoint)
    describe(student, teacher, checkpoint)
  }

  /// Writes a safetensors file, pending rewrites carried out one at a time.
  public func writeSafetensors(to file: String, overwriting: Bool = false) throws(FilesError) {
    try SafetensorsWriter(parameters, metadata: [:]).write(file, overwriting: overwriting)
  }

  /// As ``writeSafetensors(to:overwriting:)``, but the file has its name only once it is committed.
  package func stagedSafetensors(
    for file: String, overwriting: Bool
  ) throws(FilesError) -> AtomicFile {
    try SafetensorsWriter(parameters, metadata: [:]).staged(file, overwriting: overwriting)
  }

  // MARK: Parameters

  private mutating func add(
    _ parameter: Parameter, _ student: Network, _ teacher: Network, _ checkpoint: StateDictionary
  ) throws(FilesError) {
    guard !names.unknown.contains(parameter.name) || !parameter.elementType.isFloatingPoint else {
      throw noCounterpart(
        parameter,
        "the network with the file's values does not have it either, and the grown network's file "
          + "does not say where it came from (metadata \"net2net.origins\"); repeat the growth from "
          + "that network, or from its receipt")
    }
    let origin = names.origin(of: parameter.name)
    if let match = matching.matches[origin ?? parameter.name] {
      let name = names.name(of: parameter.name, like: match.tensor)
      let type = checkpoint.tensors[match.tensor]?.elementType ?? parameter.elementType
      guard let tensor = match.layout.tensor(for: parameter, named: name, as: type) else {
        throw noCounterpart(
          parameter,
          "its new shape \(parameter.shape) cannot be brought into the layout of "
            + "\"\(match.tensor)\"")
      }
      return try append(tensor, for: parameter)
    }
    if let old = teacher.parameters[origin ?? parameter.name] {
      try checkLeftOut(parameter, old, student, checkpoint)
    } else if parameter.elementType.isFloatingPoint, let name = names.inserted[parameter.name] {
      var renamed = parameter
      renamed.name = name
      try append(renamed, for: parameter)
    }
  }

  /// Tied weights come twice, and must have grown alike.
  private mutating func append(
    _ tensor: Parameter, for parameter: Parameter
  ) throws(FilesError) {
    guard !taken.insert(tensor.name).inserted else { return parameters.append(tensor) }
    guard let other = parameters.first(where: { $0.name == tensor.name }),
      other.shape == tensor.shape, other.tensor().hasSameBytes(as: tensor.tensor())
    else {
      throw noCounterpart(
        parameter, "it shares \"\(tensor.name)\" with another parameter, and they grew differently")
    }
  }

  /// What is in no tensor may be left out if it stays as it was and is no layer's weight (a mask, a
  /// table worked out from one), or is a bias of zeros that an exporter put in.
  private func checkLeftOut(
    _ parameter: Parameter, _ old: Parameter, _ student: Network, _ checkpoint: StateDictionary
  ) throws(FilesError) {
    guard parameter.elementType.isFloatingPoint else { return }
    let isUnchanged =
      parameter.shape == old.shape && parameter.tensor().hasSameBytes(as: old.tensor())
    if isUnchanged, !student.isLayersOwn(parameter.name) { return }
    if student.kind(ofParameter: parameter.name) == .bias, parameter.tensor().isZero { return }
    guard !matching.matches.isEmpty else {
      throw noCounterpart(
        parameter,
        "none of the network's parameters has values of this file; is it the checkpoint "
          + "that the network was exported from?")
    }
    if let folded = FoldedNormalization(of: old, in: checkpoint) {
      throw noCounterpart(parameter, folded.sentence)
    }
    throw noCounterpart(
      parameter,
      "no tensor has its values, \(old.shape): the exporter computed it from others, or "
        + "the file is another checkpoint; \(FoldedNormalization.remedy)")
  }

  private func noCounterpart(_ parameter: Parameter, _ reason: String) -> FilesError {
    .noCounterpart(file: matching.file, parameter: parameter.name, reason: reason)
  }

  // MARK: The rest of the checkpoint

  private mutating func addUnused(
    _ tensorName: String, _ checkpoint: StateDictionary
  ) throws(FilesError) {
    guard let tensor = checkpoint.tensors[tensorName] else { return }
    for name in names.names(ofUnused: tensorName) where !taken.contains(name) {
      parameters.append(try resized(Parameter(name: name, tensor: tensor), tensorName, checkpoint))
      taken.insert(name)
    }
  }

  /// Exporters leave biases of zeros out; beside a weight that grew they must have its new size.
  private func resized(
    _ unused: Parameter, _ tensor: String, _ checkpoint: StateDictionary
  ) throws(FilesError) -> Parameter {
    guard unused.shape.rank == 1,
      let old = tensor.module.flatMap({ checkpoint.tensors["\($0).weight"]?.shape.sizes.first }),
      let weight = unused.name.module.flatMap({ module in
        parameters.first { $0.name == "\(module).weight" }
      }),
      let new = weight.shape.sizes.first, new != old, unused.shape[0] == old
    else { return unused }
    guard unused.tensor().isZero else {
      throw .noCounterpart(
        file: matching.file, parameter: weight.name,
        reason: "it grew, and \"\(tensor)\" beside it is not in the network, so it could not")
    }
    return Parameter(
      name: unused.name, elementType: unused.elementType, shape: [new], filling: .constant(0))
  }

  private static let counter = "num_batches_tracked"

  /// PyTorch's batch norms count their batches; inserted ones have seen none.
  private mutating func addBatchCounters(like checkpoint: StateDictionary) {
    guard checkpoint.tensors.keys.contains(where: { $0.hasSuffix(".\(Self.counter)") }) else {
      return
    }
    for name in names.inserted.values.sorted() where name.hasSuffix(".running_var") {
      let counter = "\(name.module ?? name).\(Self.counter)"
      guard taken.insert(counter).inserted else { continue }
      parameters.append(Parameter(name: counter, tensor: Tensor([0] as [Int64], shape: [])))
    }
  }

  private mutating func describe(
    _ student: Network, _ teacher: Network, _ checkpoint: StateDictionary
  ) {
    let copied = matching.unusedTensors
    let counters = copied.filter { $0.hasSuffix(".\(Self.counter)") }.count
    if counters > 0 { notes.append("\(counters) counters of batches are copied as they were") }
    let others = copied.filter { !$0.hasSuffix(".\(Self.counter)") }
    if !others.isEmpty {
      notes.append("not in the network, so copied as they were: \(Self.list(others))")
    }
    if !matching.guessed.isEmpty {
      notes.append(
        "told apart by order alone, for their values are equal: \(Self.list(matching.guessed))")
    }
    let new = names.newModules
    if !new.isEmpty { notes.append("new: \(Self.list(new))") }
    let moved = names.movedModules.map { "\($0.from) is now \($0.to)" }
    if !moved.isEmpty { notes.append("moved along: \(Self.list(moved))") }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(6).joined(separator: ", ")
    return names.count > 6 ? "\(shown) and \(names.count - 6) more" : shown
  }
}

extension FoldedNormalization {
  static let remedy =
    "torch.onnx.export(model.eval(), …, dynamo=False, "
    + "training=torch.onnx.TrainingMode.PRESERVE) keeps every parameter as it is"

  var sentence: String {
    let factors =
      norm.map { "multiplied by γ/√(σ² + ε) of \"\($0)\"" }
      ?? "multiplied by one number for each output channel"
    return "it is \"\(weight)\" \(factors): the exporter has folded a batch norm into it, so the "
      + "network no longer has the checkpoint's parameters; \(Self.remedy)"
  }
}

extension Network {
  /// A layer reads the parameter as its weight, scale, shift or statistic, rather than as a number
  /// to calculate with.
  fileprivate func isLayersOwn(_ parameter: String) -> Bool {
    graph.nodes.contains { node in
      if case .elementwise = node.operation { return false }
      let kinds = node.operation.definition.parameterKinds
      return node.inputs.indices.contains { node.inputs[$0] == parameter && kinds[$0] != nil }
    }
  }
}

extension Tensor {
  fileprivate func hasSameBytes(as other: Tensor) -> Bool {
    withUnsafeBytes { a in other.withUnsafeBytes { b in a.elementsEqual(b) } }
  }

  fileprivate var isZero: Bool { doubles().allSatisfy { $0 == 0 } }
}
