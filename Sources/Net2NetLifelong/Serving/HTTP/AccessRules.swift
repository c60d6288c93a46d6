internal import Crypto
internal import HTTPTypes
internal import Net2Net

/// Who is answered.
///
/// A page of a foreign site that someone here has open can reach this server too: by its own name
/// pointed at this machine, or by a form. The first has a foreign `Host`, the second a foreign
/// `Origin` or another content type than JSON, which a browser asks leave for; leave is never
/// given. Where other machines reach the server, every request that says anything of the model
/// needs the token.
struct AccessRules: Sendable {
  private let isLoopback: Bool
  private let host: String
  private let token: SHA256.Digest?

  init(_ settings: ServerSettings) {
    isLoopback = settings.isLoopback
    host = settings.host
    token = settings.token.map { SHA256.hash(data: Array($0.utf8)) }
  }

  func check(_ request: HTTPRequest, _ route: Route) throws(HTTPFailure) {
    try checkHost(request)
    try checkOrigin(request)
    try checkToken(request, route)
    guard route.methods.contains(request.method) else {
      let allowed = route.methods.map(\.rawValue).joined(separator: " or ")
      var failure = HTTPFailure(
        .methodNotAllowed, "\(allowed) expected, \(request.method.rawValue.shown(20)) found")
      failure.allowed = route.methods
      throw failure
    }
    if request.method == .post { try checkContent(request) }
  }

  private func checkHost(_ request: HTTPRequest) throws(HTTPFailure) {
    guard let authority = request.authority, !authority.isEmpty else {
      throw .badRequest("a Host header expected, none found")
    }
    guard isLoopback else { return }
    let names = ["localhost", "127.0.0.1", "[::1]", host]
    guard names.contains(Self.name(authority).lowercased()) else {
      throw HTTPFailure(
        .misdirectedRequest,
        "host \"\(authority.shown(80))\" is not served; ask for localhost or 127.0.0.1")
    }
  }

  /// A host without its port.
  private static func name(_ authority: String) -> String {
    guard let colon = authority.lastIndex(of: ":"),
      authority[authority.index(after: colon)...].allSatisfy({ $0.isASCII && $0.isNumber })
    else { return authority }
    return String(authority[..<colon])
  }

  private func checkOrigin(_ request: HTTPRequest) throws(HTTPFailure) {
    guard let origin = request.headerFields[.origin] else { return }
    let host = (request.authority ?? "").lowercased()
    guard ["http://\(host)", "https://\(host)"].contains(origin.lowercased()) else {
      throw HTTPFailure(
        .forbidden, "requests of pages from \"\(origin.shown(80))\" are not answered")
    }
  }

  private func checkToken(_ request: HTTPRequest, _ route: Route) throws(HTTPFailure) {
    guard needsToken(route) else { return }
    guard let token else {
      throw HTTPFailure(.forbidden, "this server has no token, so nobody may do this by HTTP")
    }
    let prefix = "Bearer "
    guard let field = request.headerFields[.authorization], field.hasPrefix(prefix) else {
      throw HTTPFailure(
        .unauthorized, "a token expected, as \"Authorization: Bearer …\"; none found")
    }
    // Hashes have one length and are compared in constant time, so that neither the token's length
    // nor how much of it was right shows in how long the answer takes.
    guard SHA256.hash(data: Array(field.dropFirst(prefix.count).utf8)) == token else {
      throw HTTPFailure(.unauthorized, "the token is not that of this server")
    }
  }

  private func needsToken(_ route: Route) -> Bool {
    switch route {
    case .promote, .rollback: true
    // The page's files are the same everywhere; what it shows it has to ask for with the token.
    case .page, .live, .ready: false
    default: !isLoopback
    }
  }

  private func checkContent(_ request: HTTPRequest) throws(HTTPFailure) {
    let type = request.headerFields[.contentType] ?? ""
    let media = type.prefix { $0 != ";" }.trimmingSuffix(" ").lowercased()
    guard media == "application/json" else {
      throw HTTPFailure(
        .unsupportedMediaType,
        "Content-Type application/json expected, \"\(type.shown(60))\" found")
    }
    if let coding = request.headerFields[.contentEncoding], coding.lowercased() != "identity" {
      throw HTTPFailure(
        .unsupportedMediaType,
        "a body without Content-Encoding expected, "
          + "\"\(coding.shown(40))\" found")
    }
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ character: Character) -> Substring {
    var text = self
    while text.last == character { text.removeLast() }
    return text
  }
}
