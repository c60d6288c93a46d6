internal import HTTPTypes
internal import Hummingbird
internal import Net2Net
internal import Net2NetTorch
internal import NIOCore

/// Answers requests: finds the route, checks who asks, and turns whatever is thrown into a status
/// and a sentence.
struct Responder: HTTPResponder {
  typealias Context = BasicRequestContext

  let settings: ServerSettings
  /// The name that the model is served under.
  let model: String
  let deployment: Deployment
  let metrics: ServingMetrics
  let bodies: BodyBudget
  let workers: WorkerThreads
  let rules: AccessRules
  let live: LiveModel
  let deployer: Deployer
  /// What the learner is doing, in a few words; nil where none runs.
  let learnerState: @Sendable () -> String?
  let log: RareLog

  func respond(to request: Request, context: Context) async throws -> Response {
    var label = "none"
    var response: Response
    do {
      let route = try Route(path: request.head.path ?? "", model: model)
      label = route.label
      try rules.check(request.head, route)
      response = try await answer(request, route)
    } catch {
      let failure = try failure(error)
      if failure.status.kind == .serverError { log.error(label, error) }
      response = self.response(failure)
    }
    metrics.countRequest(label, status: response.status.code)
    if response.headers[.modelVersion] == nil {
      response.headers[.modelVersion] = deployment.current.champion.map { "\($0.number)" }
    }
    response.headers[.xContentTypeOptions] = "nosniff"
    return request.method == .head ? response.createHeadResponse() : response
  }

  private func answer(_ request: Request, _ route: Route) async throws -> Response {
    switch route {
    case .page(let file): file.response
    case .metrics:
      Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: ResponseBody(
          byteBuffer: ByteBuffer(string: metrics.prometheus(deployment.current))))
    case .server, .live, .ready, .model, .modelReady: try description(route)
    case .inference(let version): try await inference(request, version: version)
    case .status: try status()
    case .versions: try versions(request)
    case .events: try events(request)
    case .examples: try await examples(request)
    case .promote: try await promote(request)
    case .rollback: try await rollback(request)
    }
  }

  /// - Throws: what is the connection's matter, not the client's.
  private func failure(_ error: any Error) throws -> HTTPFailure {
    switch error {
    case let failure as HTTPFailure: failure
    case let error as LifelongError: HTTPFailure(error)
    // The request was understood; it is its numbers that the network has no answer for.
    case let error as NoFiniteAnswer: HTTPFailure(.unprocessableContent, "\(error)")
    case is IOError, is ChannelError, is CancellationError: throw error
    case let error as EngineError: HTTPFailure(.internalServerError, "\(error)")
    default: HTTPFailure(.internalServerError, "something failed here; the server's log says what")
    }
  }

  private func response(_ failure: HTTPFailure) -> Response {
    var headers = failure.head.headerFields
    // What is left of the body is not worth reading.
    if failure.status == .contentTooLarge || failure.status == .serviceUnavailable {
      headers[.connection] = "close"
    }
    return Response(
      status: failure.status, headers: headers, body: ResponseBody(byteBuffer: failure.body))
  }

  func json(
    _ buffer: ByteBuffer, status: HTTPResponse.Status = .ok, version: Int? = nil
  ) -> Response {
    var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
    headers[.modelVersion] = version.map { "\($0)" }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: buffer))
  }
}

extension HTTPField.Name {
  /// The version that an answer comes from; on answers that come from none, the champion.
  static let modelVersion = HTTPField.Name(parsed: "x-model-version")!
}
