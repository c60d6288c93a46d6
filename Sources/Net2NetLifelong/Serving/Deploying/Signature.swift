internal import HTTPTypes
internal import Net2Net

/// What a network takes and gives: what clients rely on from one version to the next.
struct Signature: Hashable, Sendable {
  let inputs: [ValueDeclaration]
  let outputs: [ValueDeclaration]

  init(_ graph: Graph) {
    inputs = graph.inputs
    outputs = graph.outputs
  }

  /// Whether the first axis of all inputs and outputs counts examples, so that requests can be
  /// run together.
  var countsExamples: Bool {
    let first = Set((inputs + outputs).map { $0.type.dimensions.first })
    guard first.count == 1, case .symbolic = first.first ?? nil else { return false }
    return true
  }

  /// Why a network of this signature cannot stand in for one of `other`; nil where it can. It may
  /// know more classes, or, after a rollback, fewer: the last axis of an output may differ.
  func mismatch(with other: Signature) -> String? {
    guard inputs == other.inputs else {
      return "inputs \(Self.words(other.inputs)) expected, \(Self.words(inputs)) found"
    }
    let suits =
      outputs.count == other.outputs.count
      && zip(outputs, other.outputs).allSatisfy { $0.suits($1) }
    guard suits else {
      return "outputs \(Self.words(other.outputs)) expected, \(Self.words(outputs)) found"
    }
    return nil
  }

  private static func words(_ values: [ValueDeclaration]) -> String {
    values.map { "\"\($0.name)\" \($0.type)" }.joined(separator: ", ")
  }

  /// The tensors of a request by input, of the declared types and shapes.
  func checked(_ request: InferenceRequest, rows: Int) throws(HTTPFailure) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in request.inputs {
      guard let input = inputs.first(where: { $0.name == name }) else {
        let known = inputs.map { "\"\($0.name)\"" }.joined(separator: ", ")
        throw .badRequest(
          "input \"\(name.shown(60))\": the model has no such input; it has \(known)")
      }
      tensors[name] = try input.checked(tensor)
    }
    for input in inputs where tensors[input.name] == nil {
      throw .badRequest("input \"\(input.name)\": \(input.type) expected, none given")
    }
    if countsExamples { try check(tensors, rows: rows) }
    return tensors
  }

  private func check(_ tensors: [String: Tensor], rows: Int) throws(HTTPFailure) {
    let counts = Set(tensors.values.map { $0.shape[0] })
    guard counts.count == 1, let count = counts.first else {
      throw .badRequest("inputs: one number of examples expected, \(counts.sorted()) found")
    }
    guard count > 0 else { throw .badRequest("inputs: at least one example expected, 0 found") }
    guard count <= rows else {
      throw HTTPFailure(
        .contentTooLarge, "inputs: at most \(rows) examples at once expected, \(count) found")
    }
  }

  /// The wanted outputs' names, all where none are named.
  func checked(outputs wanted: [String]?) throws(HTTPFailure) -> [String] {
    let names = outputs.map(\.name)
    guard let wanted, !wanted.isEmpty else { return names }
    for name in wanted where !names.contains(name) {
      let known = names.map { "\"\($0)\"" }.joined(separator: ", ")
      throw .badRequest(
        "output \"\(name.shown(60))\": the model has no such output; it has \(known)")
    }
    return wanted
  }
}

extension ValueDeclaration {
  fileprivate func suits(_ other: ValueDeclaration) -> Bool {
    let (own, others) = (type.dimensions, other.type.dimensions)
    return name == other.name && type.elementType == other.type.elementType
      && own.count == others.count && own.dropLast() == others.dropLast()
  }

  fileprivate func checked(_ tensor: Tensor) throws(HTTPFailure) -> Tensor {
    let suits =
      tensor.shape.rank == type.rank
      && zip(tensor.shape.sizes, type.dimensions).allSatisfy { $1.size == nil || $1.size == $0 }
      && (type.elementType.isFloatingPoint || !tensor.elementType.isFloatingPoint)
    guard suits else {
      throw .badRequest(
        "input \"\(name)\": \(Datatype(type.elementType).rawValue) of \(type) expected, "
          + "\(Datatype(tensor.elementType).rawValue) of shape \(tensor.shape) found")
    }
    return tensor.converted(to: type.elementType)
  }
}
