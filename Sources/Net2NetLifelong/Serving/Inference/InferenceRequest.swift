internal import Net2Net

/// What a client asks of a network: tensors by name, and which outputs it wants.
struct InferenceRequest: Sendable {
  var id: String?
  /// In the order they came.
  var inputs: [(name: String, tensor: Tensor)] = []
  /// Nil where all are wanted.
  var outputs: [String]?

  /// Reads `{"id", "inputs": […], "outputs": […]}`; other keys are passed over, as the protocol
  /// lets clients send parameters that a server does not know.
  init(json bytes: UnsafeRawBufferPointer, limits: ServerLimits) throws(HTTPFailure) {
    var payloads: [TensorPayload]?
    do throws(JSONReader.Failure) {
      var reader = JSONReader(bytes, deepest: limits.nesting)
      try reader.object { (reader, key) throws(JSONReader.Failure) in
        switch key {
        case "id": id = try reader.string()
        case "inputs": payloads = try Self.payloads(&reader, limits)
        case "outputs": outputs = try Self.names(&reader, most: limits.tensors)
        default: try reader.skip()
        }
      }
      try reader.end()
    } catch {
      throw HTTPFailure(error)
    }
    guard let payloads, !payloads.isEmpty else {
      throw .badRequest("\"inputs\": a list of tensors expected, none given")
    }
    for (index, payload) in payloads.enumerated() {
      try add(payload, index, most: limits.elements)
    }
  }

  private mutating func add(
    _ payload: TensorPayload, _ index: Int, most elements: Int
  ) throws(HTTPFailure) {
    guard let name = payload.name else {
      throw .badRequest("inputs[\(index)]: \"name\" expected, none given")
    }
    guard !inputs.contains(where: { $0.name == name }) else {
      throw .badRequest("inputs[\(index)]: \"\(name.shown(60))\" was given before")
    }
    let place = "input \"\(name.shown(60))\""
    inputs.append((name, try payload.tensor(in: place, most: elements)))
  }

  private static func payloads(
    _ reader: inout JSONReader, _ limits: ServerLimits
  ) throws(JSONReader.Failure) -> [TensorPayload] {
    var payloads: [TensorPayload] = []
    try reader.array { (reader) throws(JSONReader.Failure) in
      guard payloads.count < limits.tensors else {
        throw JSONReader.Failure(
          offset: reader.offset, expected: "at most \(limits.tensors) inputs", found: "more")
      }
      payloads.append(try TensorPayload(&reader, most: limits.elements))
    }
    return payloads
  }

  private static func names(
    _ reader: inout JSONReader, most: Int
  ) throws(JSONReader.Failure) -> [String] {
    var names: [String] = []
    try reader.array { (reader) throws(JSONReader.Failure) in
      guard names.count < most else {
        throw JSONReader.Failure(
          offset: reader.offset, expected: "at most \(most) outputs", found: "more")
      }
      var name: String?
      try reader.object { (reader, key) throws(JSONReader.Failure) in
        if key == "name" { name = try reader.string() } else { try reader.skip() }
      }
      guard let name else { throw reader.failure("the output's \"name\" before") }
      names.append(name)
    }
    return names
  }
}

extension HTTPFailure {
  init(_ failure: JSONReader.Failure) {
    self = .badRequest(
      "the body is not the JSON that is expected: at byte \(failure.offset) \(failure.expected) "
        + "expected, \(failure.found) found")
  }
}
