internal import HTTPTypes
internal import Hummingbird
internal import Net2Net
internal import NIOCore

extension Responder {
  func inference(_ request: Request, version number: Int?) async throws -> Response {
    try await withBody(of: request) { body in
      let start = ContinuousClock.now
      let asked = try body.withUnsafeReadableBytes { (bytes) throws(HTTPFailure) in
        try InferenceRequest(json: bytes, limits: settings.limits)
      }
      let (version, isTried) = try deployment.version(number, draw: .random(in: 0..<1))
      return try await deployment.answer(by: version, isTried: isTried) { version in
        let signature = version.signature
        let inputs = try signature.checked(asked, rows: settings.limits.rows)
        let names = try signature.checked(outputs: asked.outputs)
        let outputs = try await version.run(inputs)
        let answer = InferenceAnswer(
          model: model, version: version.number, id: asked.id,
          outputs: names.compactMap { name in outputs[name].map { (name, $0) } })
        let response = json(try answer.json(), version: version.number)
        metrics.countAnswer(
          version: version.number,
          rows: signature.countsExamples ? inputs.values.first?.shape[0] ?? 1 : 1,
          seconds: start.duration(to: .now) / .seconds(1))
        return response
      }
    }
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
