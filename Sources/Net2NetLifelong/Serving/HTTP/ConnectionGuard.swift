internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes

/// Stands between the parser and the application of one connection: ends what takes too long, and
/// gives what is no HTTP its sentence.
///
/// A timer of the application would start anew with each byte, so that a client sending one a
/// second could hold a connection for days. Here a head, a request with its answer, and a pause
/// between two requests each have one deadline that nothing moves.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private enum Phase {
    case awaitingFirstHead, idle
    /// `isRead`: the body has ended, and what is missing is the answer.
    case request(isRead: Bool)
    /// The last answer is out; what still comes in is dropped.
    case closing
  }

  private let limits: ServerLimits
  private let count: @Sendable (HTTPFailure) -> Void
  private var phase = Phase.awaitingFirstHead
  private var timer: Scheduled<Void>?
  /// Requests read but not answered: a client may send the next before it has the answer.
  private var unanswered = 0
  private var closesAfterAnswer = false

  init(_ limits: ServerLimits, counting count: @escaping @Sendable (HTTPFailure) -> Void) {
    self.limits = limits
    self.count = count
  }

  func handlerAdded(context: ChannelHandlerContext) {
    do {
      let pipeline = context.pipeline.syncOperations
      let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(HeadGuard(), position: .after(parser))
    } catch {
      // Without it, nothing is answered.
      context.fireErrorCaught(error)
      context.close(promise: nil)
    }
    start(limits.headSeconds, context)
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .closing = phase { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      unanswered += 1
      if unanswered == 1 { start(limits.requestSeconds, context) }
      phase = .request(isRead: false)
      askForBody(of: head, context)
    case .body: break
    case .end: phase = .request(isRead: true)
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .closing = phase {
      promise?.fail(ChannelError.outputClosed)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(let head):
      closesAfterAnswer = closesAfterAnswer || head.headerFields[.connection] == "close"
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      context.write(data, promise: promise)
      unanswered -= 1
      if closesAfterAnswer { return linger(context) }
      if unanswered > 0 { return start(limits.requestSeconds, context) }
      phase = .idle
      start(limits.idleSeconds, context)
    }
  }

  /// What the parser says of bytes that are no HTTP, or more header than there may be.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch (error, phase) {
    case (is IOError, _), (is ChannelError, _), (_, .closing): context.close(promise: nil)
    case (HTTPParserError.headerOverflow, _):
      refuse(
        HTTPFailure(
          .requestHeaderFieldsTooLarge,
          "at most \(Self.headerBytes) bytes and \(Self.headerCount) lines of header expected, more "
            + "found"),
        context)
    case (let refusal as HeadGuard.Refusal, _): refuse(.badRequest(refusal.sentence), context)
    default: refuse(.badRequest("the request is not HTTP/1.1 as this server reads it"), context)
    }
  }

  static let headerBytes = 16 << 10
  static let headerCount = 100
}

extension ConnectionGuard {
  /// A client may wait for leave before it sends a body (RFC 9110, 10.1.1). One that will be refused
  /// for its length gets that answer instead.
  private func askForBody(of head: HTTPRequest, _ context: ChannelHandlerContext) {
    guard unanswered == 1, let expectation = head.headerFields[.expect],
      expectation.lowercased() == "100-continue",
      head.headerFields[.contentLength].flatMap({ Int($0) }) ?? 0 <= limits.bodyBytes
    else { return }
    context.writeAndFlush(
      wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
  }

  private func start(_ seconds: Double, _ context: ChannelHandlerContext) {
    timer?.cancel()
    timer = context.eventLoop.assumeIsolated().scheduleTask(
      in: .milliseconds(Int64(seconds * 1000))
    ) { self.timeIsUp(context) }
  }

  private func timeIsUp(_ context: ChannelHandlerContext) {
    switch phase {
    case .awaitingFirstHead:
      refuse(late("a request's head", limits.headSeconds), context)
    case .request(isRead: false):
      refuse(late("a request's body", limits.requestSeconds), context)
    case .request(isRead: true):
      refuse(
        HTTPFailure(
          .serviceUnavailable, "no answer was found within \(limits.requestSeconds) seconds",
          retryAfter: 5), context)
    case .idle, .closing: context.close(promise: nil)
    }
  }

  private func late(_ what: String, _ seconds: Double) -> HTTPFailure {
    HTTPFailure(.requestTimeout, "\(what) expected within \(seconds) seconds, not all of it came")
  }

  private func refuse(_ failure: HTTPFailure, _ context: ChannelHandlerContext) {
    count(failure)
    var head = failure.head
    let body = failure.body
    head.headerFields[.connection] = "close"
    head.headerFields[.contentLength] = "\(body.readableBytes)"
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(body)), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    linger(context)
  }

  /// Closes in two steps: with bytes unread, closing at once would reset the connection, and the
  /// client might never see its answer.
  private func linger(_ context: ChannelHandlerContext) {
    phase = .closing
    context.flush()
    context.close(mode: .output, promise: nil)
    start(Self.lingerSeconds, context)
  }

  private static let lingerSeconds = 1.0
}

extension HTTPFailure {
  var head: HTTPResponse {
    var fields: HTTPFields = [.contentType: "application/json"]
    if let retryAfter { fields[.retryAfter] = "\(retryAfter)" }
    if !allowed.isEmpty { fields[.allow] = allowed.map(\.rawValue).joined(separator: ", ") }
    if status == .unauthorized { fields[.wwwAuthenticate] = "Bearer" }
    return HTTPResponse(status: status, headerFields: fields)
  }

  var body: ByteBuffer {
    var writer = JSONWriter(capacity: 32 + sentence.utf8.count)
    writer.raw("{\"error\":")
    writer.string(sentence)
    writer.raw("}")
    return writer.buffer
  }
}
