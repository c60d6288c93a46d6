import Foundation
import TestSupport
import Testing

@testable import Net2NetLifelong

/// What strangers send, each over a real socket, with the status and the sentence that it gets.
@Suite(.requiresTorch)
struct HostileRequestTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var request: String
    var status: Int
    var sentence: String

    init(_ name: String, _ request: String, _ status: Int, _ sentence: String) {
      self.name = name
      self.request = request
      self.status = status
      self.sentence = sentence
    }

    var testDescription: String { name }
  }

  static let infer = "/v2/models/line/infer"

  private static func ask(
    _ method: String = "GET", _ path: String = "/v2", _ body: String? = nil,
    _ headers: [String: String] = [:]
  ) -> String { RunningServer.request(method, path, body, headers: headers) }

  private static func input(_ rest: String) -> String {
    ask("POST", infer, #"{"inputs":[{"name":"input",\#(rest)}]}"#)
  }

  private static let notJSON = "the body is not the JSON that is expected: "

  static let paths: [Case] = [
    Case(
      "unknown path", ask("GET", "/admin"), 404,
      "there is nothing at \"/admin\"; the model is at /v2/models/line"),
    Case(
      "unknown model", ask("GET", "/v2/models/other"), 404,
      "there is no model \"other\"; the one here is \"line\""),
    Case(
      "dots", ask("GET", "/v2/models/../../etc/passwd"), 404,
      "there is no model \"..\"; the one here is \"line\""),
    Case(
      "escaped dots", ask("GET", "/v2/models/%2e%2e/%2e%2e/token"), 404,
      "there is no model \"%2e%2e\"; the one here is \"line\""),
    Case(
      "escaped NUL", ask("GET", "/v2/models/line%00"), 404,
      "there is no model \"line%00\"; the one here is \"line\""),
    Case(
      "two slashes", ask("GET", "//v2//models"), 404,
      "there is nothing at \"//v2//models\"; the model is at /v2/models/line"),
    Case(
      "unicode dots", ask("GET", "/v2/models/%E2%80%A5/token"), 404,
      "there is no model \"%E2%80%A5\"; the one here is \"line\""),
    Case(
      "no version", ask("GET", "/v2/models/line/versions/-1"), 404,
      "version \"-1\": a whole number from 1 on expected"),
    Case(
      "unloaded version", ask("GET", "/v2/models/line/versions/9"), 404,
      "version 9 is not loaded; loaded: 1"),
    Case("OPTIONS", ask("OPTIONS"), 405, "GET or HEAD expected, OPTIONS found"),
    Case("TRACE", ask("TRACE"), 405, "GET or HEAD expected, TRACE found"),
    Case("GET where POST", ask("GET", infer), 405, "POST expected, GET found"),
    Case("DELETE", ask("DELETE", "/v1/versions"), 405, "GET or HEAD expected, DELETE found"),
  ]

  static let access: [Case] = [
    Case(
      "foreign host", ask("GET", "/v2", nil, ["Host": "evil.example"]), 421,
      "host \"evil.example\" is not served; ask for localhost or 127.0.0.1"),
    Case(
      "host that begins like ours", ask("GET", "/v2", nil, ["Host": "127.0.0.1.evil.example:80"]),
      421,
      "host \"127.0.0.1.evil.example:80\" is not served; ask for localhost or 127.0.0.1"),
    Case(
      "foreign origin", ask("GET", "/v2", nil, ["Origin": "https://evil.example"]), 403,
      "requests of pages from \"https://evil.example\" are not answered"),
    Case(
      "origin null", ask("GET", "/v2", nil, ["Origin": "null"]), 403,
      "requests of pages from \"null\" are not answered"),
    Case(
      "a form", ask("POST", infer, "{}", ["Content-Type": "text/plain"]), 415,
      "Content-Type application/json expected, \"text/plain\" found"),
    Case(
      "no content type", ask("POST", infer, "{}", ["Content-Type": ""]), 415,
      "Content-Type application/json expected, \"\" found"),
    Case(
      "gzip", ask("POST", infer, "{}", ["Content-Encoding": "gzip"]), 415,
      "a body without Content-Encoding expected, \"gzip\" found"),
    Case(
      "a path from a client",
      ask("POST", "/v1/promote", #"{"file":"/etc/passwd"}"#, RunningServer.authorized), 400,
      "\"version\": a number expected"),
    Case(
      "no such version to promote",
      ask("POST", "/v1/promote", #"{"version":77}"#, RunningServer.authorized), 404,
      "version 77: there is none; the newest is 1"),
  ]

  static let bodies: [Case] = [
    Case(
      "declared too large", ask("POST", infer, "{}", ["Content-Length": "99999999999"]), 413,
      "a body of at most 5000 bytes expected, a larger one found"),
    Case(
      "too large in pieces",
      ask("POST", infer, nil, ["Content-Type": "application/json", "Transfer-Encoding": "chunked"])
        + "1800\r\n\(String(repeating: " ", count: 0x1800))\r\n0\r\n\r\n", 413,
      "a body of at most 5000 bytes expected, a larger one found"),
    Case(
      "no JSON", ask("POST", infer, "name=value"), 400,
      notJSON + "at byte 0 an object expected, \"name=value\" found"),
    Case(
      "empty body", ask("POST", infer, ""), 400,
      notJSON + "at byte 0 an object expected, the end found"),
    Case(
      "deep JSON", ask("POST", infer, String(repeating: "{\"a\":", count: 500)), 400,
      notJSON + "at byte 80 at most 16 lists or objects in one another expected, more found"),
    Case(
      "a key twice", ask("POST", infer, #"{"id":"1","id":"2"}"#), 400,
      notJSON + "at byte 10 each key once expected, \"id\" again found"),
    Case(
      "NaN", input(#""shape":[1,3],"datatype":"FP32","data":[1,NaN,3]"#), 400,
      notJSON + "at byte 69 a number expected, \"NaN,3]}]}\" found"),
    Case(
      "a number beyond all", input(#""shape":[1,3],"datatype":"FP32","data":[1,1e999,3]"#), 400,
      notJSON + "at byte 69 a number that a double holds expected, \"1e999,3]}]}\" found"),
    Case(
      "a shape of much data with little",
      input(#""shape":[100000,100000,100000],"datatype":"FP32","data":[1]"#), 413,
      "input \"input\": shape (100000, 100000, 100000) is of more than 4194304 elements, the most that is taken"
    ),
    Case(
      "a shape whose product wraps",
      input(#""shape":[4294967296,4294967296],"datatype":"FP32","data":[]"#), 413,
      "input \"input\": shape (4294967296, 4294967296) is of more than 4194304 elements, the most that is taken"
    ),
    Case(
      "fewer data than the shape says",
      input(#""shape":[1,3],"datatype":"FP32","data":[1,2]"#), 400,
      "input \"input\": shape (1, 3) needs 3 numbers, \"data\" holds 2"),
    Case(
      "another shape than the model's", input(#""shape":[1,2],"datatype":"FP32","data":[1,2]"#),
      400,
      "input \"input\": FP32 of float32(N, 3) expected, FP32 of shape (1, 2) found"),
    Case(
      "unknown datatype", input(#""shape":[1,3],"datatype":"BYTES","data":[1,2,3]"#), 400,
      "input \"input\": datatype \"BYTES\" is not known; known are BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64"
    ),
    Case(
      "unknown input",
      ask(
        "POST", infer,
        #"{"inputs":[{"name":"y","shape":[1],"datatype":"FP32","data":[1]}]}"#), 400,
      "input \"y\": the model has no such input; it has \"input\""),
    Case(
      "no input", ask("POST", infer, #"{"inputs":[]}"#), 400,
      "\"inputs\": a list of tensors expected, none given"),
    Case(
      "unknown output",
      ask(
        "POST", infer,
        #"{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":[1,2,3]}],"outputs":[{"name":"z"}]}"#
      ), 400, "output \"z\": the model has no such output; it has \"output\""),
    Case(
      "no example", input(#""shape":[0,3],"datatype":"FP32","data":[]"#), 400,
      "inputs: at least one example expected, 0 found"),
    Case(
      "a thousand million examples",
      input(#""shape":[1000000000,3],"datatype":"FP32","data":[1,2,3]"#), 413,
      "input \"input\": shape (1000000000, 3) is of more than 4194304 elements, the most that is taken"
    ),
    Case(
      "more examples than a request may have",
      ask("POST", infer, RunningServer.inference([1, 2, 3], rows: 65)), 413,
      "inputs: at most 64 examples at once expected, 65 found"),
  ]

  static let noHTTP: [Case] = [
    Case("not HTTP", "\u{16}\u{3}\u{1} hello\r\n\r\n", 400, notHTTP),
    Case("a length that is none", ask("POST", infer, "{}", ["Content-Length": "-5"]), 400, notHTTP),
    Case(
      "two lengths",
      "POST \(infer) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
      400, notHTTP),
    Case(
      "ten thousand headers",
      "GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        + (0..<10_000).map { "a\($0): b\r\n" }.joined() + "\r\n", 431,
      "at most 16384 bytes and 100 lines of header expected, more found"),
    Case(
      "a header of a megabyte",
      "GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\na: \(String(repeating: "b", count: 1 << 20))\r\n\r\n",
      431, "at most 16384 bytes and 100 lines of header expected, more found"),
  ]

  static let versions: [Case] = [
    Case(
      "two hosts", "GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", 400,
      "one Host header expected, 2 found"),
    Case(
      "one host twice", "GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\nhost: 127.0.0.1\r\n\r\n", 400,
      "one Host header expected, 2 found"),
    Case("no host", "GET /v2 HTTP/1.1\r\n\r\n", 400, "a Host header expected, none found"),
    Case("no host in 1.0", "GET /v2 HTTP/1.0\r\n\r\n", 400, "a Host header expected, none found"),
    Case(
      "pieces in 1.0",
      "POST \(infer) HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400,
      "a body with Content-Length expected, since HTTP/1.0 has no Transfer-Encoding"),
    Case("HTTP/2 in words", "GET /v2 HTTP/2.0\r\nHost: 127.0.0.1\r\n\r\n", 400, notHTTP),
    Case("HTTP/0.9", "GET /v2\r\n\r\n", 400, notHTTP),
  ]

  private static let notHTTP = "the request is not HTTP/1.1 as this server reads it"

  @Test(arguments: paths + access + bodies + noHTTP + versions)
  func isAnsweredWithAStatusAndASentence(_ hostile: Case) async throws {
    let server = try await RunningServer { settings in
      settings.limits.bodyBytes = 5000
      settings.limits.rows = 64
    }
    let answer = try await onThread { [port = server.port] in
      let connection = try RawConnection(port: port)
      connection.send(hostile.request)
      return try connection.answer()
    }
    #expect(answer.status == hostile.status)
    #expect(answer.sentence == hostile.sentence)
    #expect(answer.headers["content-type"] == "application/json")
    // Others are served as before.
    let other = try await server.ask("POST", Self.infer, RunningServer.inference([1, 2, 3]))
    #expect(other.status == 200)
  }

  @Test func elsewhereThanAtHomeEveryQuestionAboutTheModelNeedsTheToken() async throws {
    let server = try await RunningServer { $0.host = "0.0.0.0" }
    for path in ["/v2", "/v2/models/line", "/metrics", "/v1/status", "/v1/versions", "/v1/events"] {
      #expect(try await server.ask("GET", path).status == 401, "\(path)")
      let told = try await server.ask("GET", path, headers: RunningServer.authorized)
      #expect(told.status == 200, "\(path)")
    }
    for path in ["/", "/page.js", "/v2/health/live", "/v2/health/ready"] {
      #expect(try await server.ask("GET", path).status == 200, "\(path)")
    }
    let body = RunningServer.inference([1, 2, 3])
    #expect(try await server.ask("POST", Self.infer, body).status == 401)
  }

  @Test func aServerWithoutATokenLetsNobodyPromote() async throws {
    let server = try await RunningServer(token: nil)
    let answer = try await server.ask("POST", "/v1/promote", #"{"version":1}"#)
    #expect(answer.status == 403)
    #expect(answer.sentence == "this server has no token, so nobody may do this by HTTP")
  }

  @Test func headIsAnsweredWithoutABody() async throws {
    let server = try await RunningServer()
    let head = try await onThread { [port = server.port] in
      let connection = try RawConnection(port: port)
      connection.send(Self.ask("HEAD", "/v2/health/live", nil, ["Connection": "close"]))
      return try connection.everything()
    }
    #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(head.hasSuffix("\r\n\r\n"))
  }

  /// (version, Connection of the request, whether it is closed after the answer, Connection of the
  /// answer)
  @Test(arguments: [
    ("1.0", nil, true, "close"), ("1.0", "Keep-Alive", false, "keep-alive"),
    ("1.0", "keep-alive, close", true, "close"), ("1.1", nil, false, nil),
    ("1.1", "Close", true, "close"), ("1.1", "TE, close", true, "close"),
    ("1.1", "keep-alive", false, nil),
  ])
  func connectionsGoOnWhereTheirVersionAndHeaderSaySo(
    _ version: String, _ asked: String?, _ isClosed: Bool, _ answered: String?
  ) async throws {
    let server = try await RunningServer { $0.limits.idleSeconds = 30 }
    try await onThread { [port = server.port] in
      let connection = try RawConnection(port: port)
      let head =
        "GET /v2 HTTP/\(version)\r\nHost: 127.0.0.1\r\n"
        + (asked.map { "Connection: \($0)\r\n" } ?? "")
      connection.send(head + "\r\n")
      let answer = try connection.answer()
      #expect(answer.status == 200)
      #expect(answer.headers["connection"] == answered)
      if isClosed {
        #expect(connection.isClosed(within: 10))
      } else {
        connection.send(head + "\r\n")
        #expect(try connection.answer().status == 200)
      }
    }
  }

  /// HTTP/1.0 has no 100 Continue: what comes first is the answer.
  @Test func nobodyOfTheOldVersionIsAskedToContinue() async throws {
    let server = try await RunningServer()
    let body = RunningServer.inference([1, 2, 3])
    let answer = try await onThread { [port = server.port] in
      let connection = try RawConnection(port: port)
      connection.send(
        "POST \(Self.infer) HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
          + "Content-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n")
      connection.send(body)
      return try connection.answer()
    }
    #expect(answer.status == 200)
  }

  @Test func requestsThatAreSentTogetherAreAnsweredInOrder() async throws {
    let server = try await RunningServer()
    let answers = try await onThread { [port = server.port] in
      let connection = try RawConnection(port: port)
      let request = { (id: String) in
        Self.ask(
          "POST", Self.infer,
          RunningServer.inference([1, 2, 3]).replacingOccurrences(of: "\"a\"", with: "\"\(id)\""))
      }
      connection.send(request("first") + request("second") + Self.ask("GET", "/nowhere"))
      return try (0..<3).map { _ in try connection.answer() }
    }
    #expect(answers.map(\.status) == [200, 200, 404])
    #expect(answers[0].body.contains("\"id\":\"first\""))
    #expect(answers[1].body.contains("\"id\":\"second\""))
  }
}

/// Clients that take their time, or take everything.
@Suite(.requiresTorch)
struct SlowClientTests {
  private func server() async throws -> RunningServer {
    try await RunningServer { settings in
      settings.limits.headSeconds = 1
      settings.limits.requestSeconds = 1.5
      settings.limits.idleSeconds = 1
    }
  }

  /// Sends `text` a byte each tenth of a second, until the answer comes.
  private func drip(_ text: String, after start: String, to port: Int) async throws
    -> RawConnection.Answer
  {
    try await onThread {
      let connection = try RawConnection(port: port)
      connection.send(start)
      let sender = Thread {
        for byte in text.utf8 {
          guard connection.send([byte]) else { return }
          Thread.sleep(forTimeInterval: 0.1)
        }
      }
      sender.start()
      return try connection.answer(within: 10)
    }
  }

  @Test func aSlowHeadIsGivenUp() async throws {
    let server = try await server()
    let began = ContinuousClock.now
    let answer = try await drip(
      "GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\n" + String(repeating: "a", count: 100), after: "",
      to: server.port)
    #expect(answer.status == 408)
    #expect(answer.sentence == "a request's head expected within 1.0 seconds, not all of it came")
    #expect(ContinuousClock.now - began < .seconds(8))
  }

  @Test func aSlowBodyIsGivenUpAndOthersAreServedMeanwhile() async throws {
    let server = try await server()
    let head = RunningServer.request(
      "POST", HostileRequestTests.infer, "", headers: ["Content-Length": "500"])
    async let slow = drip(String(repeating: " ", count: 300), after: head, to: server.port)
    let other = try await server.ask(
      "POST", HostileRequestTests.infer, RunningServer.inference([1, 2, 3]))
    #expect(other.status == 200)
    let answer = try await slow
    #expect(answer.status == 408)
    #expect(answer.sentence == "a request's body expected within 1.5 seconds, not all of it came")
  }

  @Test func piecesWithoutAnEndAreGivenUp() async throws {
    let server = try await server()
    let answer = try await drip(
      "",
      after: RunningServer.request(
        "POST", HostileRequestTests.infer, nil,
        headers: ["Content-Type": "application/json", "Transfer-Encoding": "chunked"])
        + "2\r\n{ \r\n", to: server.port)
    #expect(answer.status == 408)
  }

  @Test func aConnectionThatIsKeptForNothingIsClosed() async throws {
    let server = try await server()
    let isClosed = try await onThread { [port = server.port] in
      let connection = try RawConnection(port: port)
      connection.send(RunningServer.request("GET", "/v2"))
      _ = try connection.answer()
      return connection.isClosed(within: 10)
    }
    #expect(isClosed)
  }

  @Test func aClientThatLeavesMidwayHarmsNobody() async throws {
    let server = try await server()
    try await onThread { [port = server.port] in
      for _ in 0..<20 {
        let connection = try RawConnection(port: port)
        connection.send(
          RunningServer.request(
            "POST", HostileRequestTests.infer, RunningServer.inference([1, 2, 3])))
        let half = try RawConnection(port: port)
        half.send("POST \(HostileRequestTests.infer) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
      }
    }
    let other = try await server.ask(
      "POST", HostileRequestTests.infer, RunningServer.inference([1, 2, 3]))
    #expect(other.status == 200)
  }

  @Test func aThousandIdleConnectionsLeaveRoomForOthers() async throws {
    let server = try await RunningServer()
    try await onThread { [port = server.port] in
      let idle = try (0..<1000).map { _ in try RawConnection(port: port) }
      try withExtendedLifetime(idle) {
        for _ in 0..<20 {
          let connection = try RawConnection(port: port)
          connection.send(
            RunningServer.request(
              "POST", HostileRequestTests.infer, RunningServer.inference([1, 2, 3])))
          #expect(try connection.answer().status == 200)
        }
      }
    }
  }
}
