internal import HTTPTypes
internal import Hummingbird
internal import Net2Net
internal import NIOCore

extension Responder {
  func inference(_ request: Request, version number: Int?) async throws -> Response {
    try await withBody(of: request) { [limits = settings.limits] bytes in
      (ContinuousClock.now, try InferenceRequest(json: bytes, limits: limits))
    } _: { (start: ContinuousClock.Instant, asked: InferenceRequest) in
      let (version, isTried) = try deployment.version(number, draw: .random(in: 0..<1))
      return try await deployment.answer(
        by: version, isTried: isTried, isTelling: { !$0.answer.isNearlyInfinite }
      ) {
        try await answer(asked, by: $0, since: start)
      }.response
    }
  }

  private func answer(
    _ asked: InferenceRequest, by version: ServedVersion, since start: ContinuousClock.Instant
  ) async throws -> (answer: InferenceAnswer, response: Response) {
    let signature = version.signature
    let inputs = try signature.checked(asked, rows: settings.limits.rows)
    let names = try signature.checked(outputs: asked.outputs)
    let outputs = try await version.run(inputs)
    let answer = InferenceAnswer(
      model: model, version: version.number, id: asked.id,
      outputs: names.compactMap { name in outputs[name].map { (name, $0) } })
    let body = try await workers.run(bytes: answer.expectedBytes) { try answer.json() }
    metrics.countAnswer(
      version: version.number,
      rows: signature.countsExamples ? inputs.values.first?.shape[0] ?? 1 : 1,
      seconds: start.duration(to: .now) / .seconds(1))
    return (answer, json(body, version: version.number))
  }

  /// What the protocol's questions about the server and the model are answered with.
  func description(_ route: Route) throws(HTTPFailure) -> Response {
    switch route {
    case .server:
      var writer = JSONWriter(capacity: 128)
      writer.raw("{\"name\":\"net2net\",\"version\":")
      writer.string(settings.productVersion)
      writer.raw(",\"extensions\":[]}")
      return json(writer.buffer)
    case .model(let number):
      let (version, _) = try deployment.version(number, draw: 1)
      return json(metadata(version), version: version.number)
    case .ready:
      _ = try deployment.version(nil, draw: 1)
      return json(ByteBuffer(string: "{\"ready\":true}"))
    case .modelReady(let number):
      let (version, _) = try deployment.version(number, draw: 1)
      var writer = JSONWriter(capacity: 64)
      writer.raw("{\"name\":")
      writer.string(model)
      writer.raw(",\"ready\":true}")
      return json(writer.buffer, version: version.number)
    default: return json(ByteBuffer(string: "{\"live\":true}"))
    }
  }

  private func metadata(_ version: ServedVersion) -> ByteBuffer {
    var writer = JSONWriter(capacity: 512)
    writer.raw("{\"name\":")
    writer.string(model)
    writer.raw(",\"versions\":[")
    writer.list(deployment.loaded) { number, writer in writer.raw("\"\(number)\"") }
    writer.raw("],\"platform\":\"net2net_onnx\",\"inputs\":[")
    writer.list(version.signature.inputs) { Self.write($0, to: &$1) }
    writer.raw("],\"outputs\":[")
    writer.list(version.signature.outputs) { Self.write($0, to: &$1) }
    writer.raw("]}")
    return writer.buffer
  }

  /// Sizes that a request chooses are −1, as the protocol has them.
  private static func write(_ value: ValueDeclaration, to writer: inout JSONWriter) {
    writer.raw("{\"name\":")
    writer.string(value.name)
    writer.raw(",\"datatype\":\"\(Datatype(value.type.elementType).rawValue)\",\"shape\":[")
    writer.list(value.type.dimensions) { $1.raw("\($0.size ?? -1)") }
    writer.raw("]}")
  }
}
