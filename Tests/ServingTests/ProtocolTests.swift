import Foundation
import Net2Net
import Subprocess
import TestSupport
import Testing

@testable import Net2NetLifelong

/// The Open Inference Protocol and what goes beyond it, over a socket.
@Suite(.requiresTorch)
struct ProtocolTests {
  private func object(_ answer: RawConnection.Answer) throws -> NSDictionary {
    try #require(
      try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? NSDictionary)
  }

  @Test func theServerAndTheModelDescribeThemselves() async throws {
    let server = try await RunningServer(versions: 2)
    let expected: [(String, NSDictionary)] = [
      ("/v2", ["name": "net2net", "version": "0", "extensions": [String]()]),
      ("/v2/health/live", ["live": true]), ("/v2/health/ready", ["ready": true]),
      ("/v2/models/line/ready", ["name": "line", "ready": true]),
      ("/v2/models/line/versions/1/ready", ["name": "line", "ready": true]),
      (
        "/v2/models/line",
        [
          "name": "line", "versions": ["1"], "platform": "net2net_onnx",
          "inputs": [["name": "input", "datatype": "FP32", "shape": [-1, 3]]],
          "outputs": [["name": "output", "datatype": "FP32", "shape": [-1, 2]]],
        ]
      ),
    ]
    for (path, body) in expected {
      let answer = try await server.ask("GET", path)
      #expect(answer.status == 200, "\(path)")
      #expect(answer.headers["content-type"] == "application/json")
      #expect(answer.headers["x-model-version"] == "1", "\(path)")
      #expect(try object(answer) == body, "\(path)")
    }
  }

  @Test func anInferenceAnswersWithTheVersionThatMadeIt() async throws {
    let server = try await RunningServer()
    let answer = try await server.ask(
      "POST", "/v2/models/line/infer", RunningServer.inference([1, 2, 3.5], rows: 2))
    #expect(answer.status == 200)
    #expect(answer.headers["x-model-version"] == "1")
    let body = try object(answer)
    #expect(body["model_name"] as? String == "line")
    #expect(body["model_version"] as? String == "1")
    #expect(body["id"] as? String == "a")
    let outputs = try #require(body["outputs"] as? [NSDictionary])
    #expect(
      outputs == [
        ["name": "output", "shape": [2, 2], "datatype": "FP32", "data": [6.5, 6.5, 6.5, 6.5]]
      ])
  }

  @Test func leaveToSendABodyIsGivenUnlessItIsTooLarge() async throws {
    let server = try await RunningServer { $0.limits.bodyBytes = 1000 }
    let body = RunningServer.inference([1, 2, 3])
    @Sendable func head(_ length: Int) -> String {
      RunningServer.request(
        "POST", "/v2/models/line/infer", "",
        headers: ["Content-Length": "\(length)", "Expect": "100-continue"])
    }
    let answers = try await onThread { [port = server.port] in
      let connection = try RawConnection(port: port)
      var answers: [RawConnection.Answer] = []
      for _ in 0..<2 {
        connection.send(head(body.utf8.count))
        answers.append(try connection.answer())
        connection.send(body)
        answers.append(try connection.answer())
      }
      connection.send(head(1001))
      answers.append(try connection.answer())
      return answers
    }
    #expect(answers.map(\.status) == [100, 200, 100, 200, 413])
  }

  @Test func promotingAndRollingBackNeedTheToken() async throws {
    let server = try await RunningServer(versions: 3)
    let none = try await server.ask("POST", "/v1/promote", #"{"version":2}"#)
    #expect(none.status == 401)
    #expect(none.sentence == "a token expected, as \"Authorization: Bearer …\"; none found")
    #expect(none.headers["www-authenticate"] == "Bearer")
    let wrong = try await server.ask(
      "POST", "/v1/promote", #"{"version":2}"#, headers: ["Authorization": "Bearer other"])
    #expect(wrong.status == 401)
    #expect(wrong.sentence == "the token is not that of this server")
    #expect(try server.model.registry.aliases() == [.champion: 1])

    for version in [2, 3] {
      let done = try await server.ask(
        "POST", "/v1/promote", "{\"version\":\(version)}", headers: RunningServer.authorized)
      #expect(done.status == 200, "\(done.body)")
      #expect(done.headers["x-model-version"] == "\(version)")
      let answer = try await server.ask(
        "POST", "/v2/models/line/infer", RunningServer.inference([1, 0, 0]))
      #expect(answer.body.contains("\"data\":[\(version).0,\(version).0]"))
    }
    #expect(try server.model.registry.aliases() == [.champion: 3, .previous: 2])
    let old = try await server.ask(
      "POST", "/v2/models/line/versions/2/infer", RunningServer.inference([1, 0, 0]))
    #expect(old.headers["x-model-version"] == "2", "the one before stays loaded")

    let back = try await server.ask("POST", "/v1/rollback", "{}", headers: RunningServer.authorized)
    #expect(back.body == #"{"champion":2}"#)
    #expect(try server.model.registry.aliases() == [.champion: 2, .previous: 1])
    let answer = try await server.ask(
      "POST", "/v2/models/line/infer", RunningServer.inference([1, 0, 0]))
    #expect(answer.headers["x-model-version"] == "2")
    _ = try await server.ask("POST", "/v1/rollback", "{}", headers: RunningServer.authorized)
    let first = try await server.ask(
      "POST", "/v1/rollback", "{}", headers: RunningServer.authorized)
    #expect(first.status == 409)
    #expect(first.sentence == "there is no previous version to roll back to")
  }

  @Test func acknowledgedExamplesAreInTheStore() async throws {
    let server = try await RunningServer()
    let answer = try await server.ask(
      "POST", "/v1/examples",
      #"{"examples":[{"label":"high","data":[1,2,3]},{"label":0,"data":[4,5,6]},{"data":[7,8,9],"label":"new"}]}"#
    )
    #expect(answer.status == 200)
    #expect(answer.body == #"{"first":0,"count":3}"#)
    #expect(server.model.examples.count == 3)
    #expect(server.model.examples.classes == ["low", "high", "new"])
    let status = try object(try await server.ask("GET", "/v1/status"))
    #expect(status["examples"] as? Int == 3)
  }

  @Test(arguments: [
    (#"{}"#, "\"examples\": a list of examples expected, none given"),
    (#"{"examples":[{"label":1}]}"#, "examples[0]: \"data\" expected, none given"),
    (
      #"{"examples":[{"label":1,"data":[1,2]}]}"#,
      "examples[0]: 3 numbers expected, for a sample (3), 2 found"
    ),
    (
      #"{"examples":[{"data":[1,2,3]}]}"#, "examples: each needs a \"label\"; one has none"
    ),
    (
      #"{"examples":[{"label":7,"data":[1,2,3]}]}"#,
      "example 0, label: 0 to 1 expected, 7 found"
    ),
  ])
  func badExamplesAreRefusedAndNothingIsStored(_ body: String, _ sentence: String) async throws {
    let server = try await RunningServer()
    let answer = try await server.ask("POST", "/v1/examples", body)
    #expect(answer.status == 400)
    #expect(answer.sentence == sentence)
    #expect(server.model.examples.count == 0)
  }

  /// Of a refused request nothing stays: no example, and no name of a class.
  @Test(arguments: [
    (
      #"{"examples":[{"label":"new","data":[1,2,3]},{"label":"newer","data":[1,2]}]}"#,
      "examples[1]: 3 numbers expected, for a sample (3), 2 found"
    ),
    (
      #"{"examples":[{"label":"new","data":[1,2,3]},{"label":7,"data":[1,2,3]}]}"#,
      "example 1, label: 0 to 1 expected, 7 found"
    ),
    (
      #"{"examples":[{"label":"new","data":[1,2,3]},{"label":"\u001b]0;x","data":[1,2,3]}]}"#,
      "class \"\\u001b]0;x\": no control, format, private or unassigned characters expected, U+001B "
        + "found; give the class another name"
    ),
    (
      #"{"examples":[{"label":"new","data":[1,2,3]},{"label":"newer","data":[1,2,3]},{"label":"newest","data":[1,2,3]}]}"#,
      "class \"newest\": would be one more than the 4 that the settings allow"
    ),
    (
      #"{"examples":[{"label":"new","data":[1,2,3]},{"data":[1,2,3]}]}"#,
      "examples: each needs a \"label\"; one has none"
    ),
    (
      #"{"examples":[{"label":"new","data":[1,2,3]},{"label":"newer","data":[1,2,3e39]}]}"#,
      "examples[1]: 3e+39 is more than FP32 holds"
    ),
    (
      #"{"examples":[{"label":"new","data":[1,2,3]}]"#,
      "the body is not the JSON that is expected: at byte 44 a comma or the object's end expected, the end found"
    ),
  ])
  func refusedExamplesLeaveNoClassBehind(_ body: String, _ sentence: String) async throws {
    let server = try await RunningServer(largestClassCount: 4)
    let answer = try await server.ask("POST", "/v1/examples", body)
    #expect(answer.status == 400)
    #expect(answer.sentence == sentence)
    #expect(server.model.examples.classes == ["low", "high"])
    let taken = try await server.ask(
      "POST", "/v1/examples",
      #"{"examples":[{"label":"a","data":[1,2,3]},{"label":"b","data":[3.4028235e38,2,3]}]}"#)
    #expect(taken.status == 200)
    #expect(server.model.examples.classes == ["low", "high", "a", "b"])
  }

  @Test(arguments: [
    ("[1,2,3,4,5,6]", nil), ("[[[1,2,3],[4,5,6]]]", nil),
    ("[[1,2,3],[4,5,6]]", "(2, 3)"), ("[[1,2],[3,4],[5,6]]", "(3, 2)"),
    ("[[[1],[2],[3]],[[4],[5],[6]]]", "(2, 3, 1)"), ("[[1,2,3,4,5,6]]", "(1, 6)"),
    ("[[[1,2],[3,4],[5,6]]]", "(1, 3, 2)"),
  ])
  func listsOfAnExampleAreFlatOrOfItsShape(_ data: String, _ found: String?) async throws {
    let server = try await RunningServer(shape: [1, 2, 3])
    let answer = try await server.ask(
      "POST", "/v1/examples", #"{"examples":[{"label":0,"data":\#(data)}]}"#)
    let sentence = found.map {
      "examples[0]: one list of 6 numbers, or lists in lists of (1, 2, 3), expected, lists of \($0) "
        + "found"
    }
    #expect(answer.status == (found == nil ? 200 : 400))
    #expect(answer.sentence == sentence)
    #expect(server.model.examples.count == (found == nil ? 1 : 0))
  }

  @Test(.requiresMounting) func aFullDiskTakesNoExamplesAndServingGoesOn() async throws {
    try await withTemporaryFolder { folder in
      #expect(await mounts("-t", "tmpfs", "-o", "size=2m", "tmpfs", folder))
      let server = try await RunningServer(in: folder)
      fillDisk(folder + "/filler")
      let body = #"{"examples":[{"label":0,"data":[1,2,3]}]}"#
      var taken = 0
      var answer = try await server.ask("POST", "/v1/examples", body)
      while answer.status == 200, taken < 10_000 {
        taken += 1
        answer = try await server.ask("POST", "/v1/examples", body)
      }
      #expect(answer.status == 507)
      #expect(
        answer.sentence
          == "the disk is full; nothing of this request was stored, try again when there is room")
      #expect(answer.headers["retry-after"] == "60")
      #expect(server.model.examples.count == taken)
      let inferred = try await server.ask(
        "POST", "/v2/models/line/infer", RunningServer.inference([1, 2, 3]))
      #expect(inferred.status == 200)
      try FileManager.default.removeItem(atPath: folder + "/filler")
      #expect(try await server.ask("POST", "/v1/examples", body).status == 200)
      #expect(server.model.examples.count == taken + 1)
      _ = try? await Subprocess.run(
        .name("umount"), arguments: ["-l", folder], output: .discarded, error: .discarded)
    }
  }

  @Test func aPortThatIsTakenIsSaidSo() async throws {
    let server = try await RunningServer()
    let port = server.port
    let error = await #expect(throws: LifelongError.self) {
      _ = try await RunningServer { $0.port = port }
    }
    #expect(
      error?.description.hasPrefix("127.0.0.1:\(port): cannot be listened at: ") == true,
      "\(String(describing: error))")
  }

  @Test func versionsAndEventsAreListedFromWhereOneStopped() async throws {
    let server = try await RunningServer(versions: 3)
    let all = try object(try await server.ask("GET", "/v1/versions"))["versions"] as? [NSDictionary]
    #expect(all?.map { $0["number"] as? Int } == [1, 2, 3])
    #expect(all?[1]["parent"] as? Int == 1)
    #expect(all?[1]["kind"] as? String == "training")
    #expect(all?[1]["parameters"] as? Int == 8)
    #expect((all?[1]["metrics"] as? NSDictionary) == ["accuracy": 0.5])
    let later = try object(try await server.ask("GET", "/v1/versions?after=2"))["versions"]
    #expect((later as? [NSDictionary])?.map { $0["number"] as? Int } == [3])
    let events = try object(try await server.ask("GET", "/v1/events"))["events"] as? [NSDictionary]
    #expect(events?.compactMap { $0["kind"] as? String }.contains("promoted") == true)
    let last = try #require(events?.last?["id"] as? Int)
    let none = try object(try await server.ask("GET", "/v1/events?after=\(last)"))["events"]
    #expect((none as? [NSDictionary])?.isEmpty == true)
    let bad = try await server.ask("GET", "/v1/events?after=x")
    #expect(bad.status == 400)
    #expect(bad.sentence == "after: a whole number from 0 on expected, \"x\" found")
  }

  @Test func metricsAreWhatPrometheusReads() async throws {
    let server = try await RunningServer()
    _ = try await server.ask("POST", "/v2/models/line/infer", RunningServer.inference([1, 2, 3]))
    let answer = try await server.ask("GET", "/metrics")
    #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    #expect(answer.body.contains("\nnet2net_requests_total{route=\"infer\",status=\"200\"} 1\n"))
    #expect(answer.body.contains("\nnet2net_answers_total{version=\"1\"} 1\n"))
    #expect(answer.body.contains("\nnet2net_version{role=\"champion\"} 1.0\n"))
  }

  @Test func thePageComesWithAPolicyThatLetsItAskOnlyThisServer() async throws {
    let server = try await RunningServer()
    for (path, type, part) in [
      ("/", "text/html; charset=utf-8", "<title>net2net live</title>"),
      ("/page.css", "text/css; charset=utf-8", "prefers-color-scheme: dark"),
      ("/page.js", "text/javascript; charset=utf-8", "/v1/status"),
    ] {
      let answer = try await server.ask("GET", path)
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == type)
      #expect(answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'; ") == true)
      #expect(answer.headers["x-content-type-options"] == "nosniff")
      #expect(answer.body.contains(part), "\(path)")
      #expect(!answer.body.contains("https://"), "nothing comes from another site")
    }
  }

  /// What a request began with answers it, whatever is promoted meanwhile.
  @Test func aThousandRequestsDuringSwapsAreAnsweredEachByOneVersion() async throws {
    let server = try await RunningServer(versions: 6)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for _ in 0..<20 {
        tasks.addTask {
          try await onThread { [port = server.port] in
            let connection = try RawConnection(port: port)
            for _ in 0..<50 {
              connection.send(
                RunningServer.request(
                  "POST", "/v2/models/line/infer", RunningServer.inference([1, 0, 0])))
              let answer = try connection.answer()
              let version = try #require(answer.headers["x-model-version"])
              #expect(answer.status == 200, "\(answer.body)")
              #expect(answer.body.contains("\"model_version\":\"\(version)\""))
              #expect(answer.body.contains("\"data\":[\(version).0,\(version).0]"))
            }
          }
        }
      }
      tasks.addTask {
        for version in 2...6 { try await server.server.deployer.promote(version) }
      }
      try await tasks.waitForAll()
    }
    #expect(try server.model.registry.aliases() == [.champion: 6, .previous: 5])
  }
}
