internal import NIOCore
internal import NIOHTTP1

/// Stands right behind the parser, where a request still has its version and each line of its
/// header, and settles what is lost further on: what HTTP/1.0 does not have, `Host` lines that
/// contradict one another, and whether the connection goes on after the answer.
///
/// Whatever is behind it sees HTTP/1.1 whose `Connection` is `close` or not there.
final class HeadGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Why a head is refused; the sentence for the client.
  struct Refusal: Error, Hashable {
    let sentence: String
  }

  /// What the answer's head says of the connection; nil for nothing.
  private var answers = CircularBuffer<String?>()
  private var isRefused = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isRefused else { return }
    guard case .head(var head) = unwrapInboundIn(data) else {
      return context.fireChannelRead(data)
    }
    if let refusal = Self.refusal(of: head) {
      isRefused = true
      return context.fireErrorCaught(refusal)
    }
    let goesOn = Self.goesOn(after: head)
    let isOld = head.version.minor == 0
    answers.append(goesOn ? (isOld ? "keep-alive" : nil) : "close")
    head.headers.remove(name: "connection")
    if !goesOn { head.headers.add(name: "connection", value: "close") }
    if isOld {
      // It knows no answer before the answer (RFC 9110, 10.1.1).
      head.headers.remove(name: "expect")
      head.version = .http1_1
    }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .head(var head) = unwrapOutboundIn(data), !head.status.isInformational,
      let connection = answers.popFirst() ?? nil, !head.headers.contains(name: "connection")
    else { return context.write(data, promise: promise) }
    head.headers.add(name: "connection", value: connection)
    context.write(wrapOutboundOut(.head(head)), promise: promise)
  }

  private static func refusal(of head: HTTPRequestHead) -> Refusal? {
    guard head.version.major == 1 else {
      return Refusal(sentence: "HTTP/1.1 or 1.0 expected, \(head.version) found")
    }
    let hosts = head.headers["host"]
    guard hosts.count <= 1 else {
      return Refusal(sentence: "one Host header expected, \(hosts.count) found")
    }
    // RFC 9112, 6.1: its length cannot be relied on.
    guard head.version.minor > 0 || !head.headers.contains(name: "transfer-encoding") else {
      return Refusal(
        sentence: "a body with Content-Length expected, since HTTP/1.0 has no Transfer-Encoding")
    }
    return nil
  }

  private static func goesOn(after head: HTTPRequestHead) -> Bool {
    let options = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
    if options.contains("close") { return false }
    return head.version.minor > 0 || options.contains("keep-alive")
  }
}

extension HTTPResponseStatus {
  fileprivate var isInformational: Bool { (100..<200).contains(code) }
}
