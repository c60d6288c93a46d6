internal import HTTPTypes
internal import Net2Net

/// What can be asked for. Paths are compared as they come, without decoding: no name of ours needs
/// an escape, so that whatever has one (`%2e%2e`, `%00`) is a path that does not exist.
enum Route: Hashable {
  case page(PageFile)
  case metrics
  case status, versions, events, examples, promote, rollback
  case server, live, ready
  case model(version: Int?)
  case modelReady(version: Int?)
  case inference(version: Int?)

  /// - Parameters:
  ///   - path: with or without a query, which no route has a use for but ``events``.
  ///   - model: the name that the served model has.
  /// - Throws: a failure with status 404 that says what there is.
  init(path: String, model: String) throws(HTTPFailure) {
    let plain = path.prefix { $0 != "?" }
    if let fixed = Self.fixed[String(plain)] {
      self = fixed
      return
    }
    let prefix = "/v2/models/"
    guard plain.hasPrefix(prefix) else {
      throw HTTPFailure(
        .notFound, "there is nothing at \(Self.quoted(plain)); the model is at \(prefix)\(model)")
    }
    let parts = plain.dropFirst(prefix.count)
      .split(separator: "/", omittingEmptySubsequences: false)
    guard parts[0] == model else {
      throw HTTPFailure(
        .notFound, "there is no model \(Self.quoted(parts[0])); the one here is \"\(model)\"")
    }
    self = try Self.ofModel(parts.dropFirst(), plain)
  }

  private static let fixed: [String: Route] = {
    var routes: [String: Route] = [
      "/metrics": .metrics, "/v1/status": .status, "/v1/versions": .versions,
      "/v1/events": .events, "/v1/examples": .examples, "/v1/promote": .promote,
      "/v1/rollback": .rollback, "/v2": .server, "/v2/health/live": .live,
      "/v2/health/ready": .ready,
    ]
    for file in PageFile.allCases { routes[file.path] = .page(file) }
    return routes
  }()

  private static func ofModel(
    _ parts: ArraySlice<Substring>, _ path: Substring
  ) throws(HTTPFailure) -> Route {
    var rest = parts
    var version: Int?
    if rest.first == "versions" {
      rest = rest.dropFirst()
      let text = rest.first ?? ""
      guard let number = Int(text), number > 0, text.allSatisfy(\.isNumber) else {
        throw HTTPFailure(
          .notFound, "version \(quoted(text)): a whole number from 1 on expected")
      }
      version = number
      rest = rest.dropFirst()
    }
    switch Array(rest) {
    case []: return .model(version: version)
    case ["ready"]: return .modelReady(version: version)
    case ["infer"]: return .inference(version: version)
    default:
      throw HTTPFailure(
        .notFound, "there is nothing at \(quoted(path)); a model has /infer and /ready")
    }
  }

  private static func quoted(_ text: Substring) -> String {
    "\"\(text.shown(80))\""
  }

  var methods: [HTTPRequest.Method] {
    switch self {
    case .examples, .promote, .rollback, .inference: [.post]
    default: [.get, .head]
    }
  }

  /// As metrics name it.
  var label: String {
    switch self {
    case .page: "page"
    case .metrics: "metrics"
    case .status: "status"
    case .versions: "versions"
    case .events: "events"
    case .examples: "examples"
    case .promote: "promote"
    case .rollback: "rollback"
    case .server: "server"
    case .live, .ready: "health"
    case .model: "model"
    case .modelReady: "model_ready"
    case .inference: "infer"
    }
  }
}
