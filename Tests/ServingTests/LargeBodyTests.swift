import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Net2NetLifelong

/// Bodies that take long to read, and everybody else.
@Suite(.requiresTorch)
struct LargeBodyTests {
  /// A body of more than what is read at once, where `id` is anything.
  private static func large(_ text: String) -> String {
    #"{"parameters":{"x":"\#(text)"},"# + RunningServer.inference([1, 2, 3]).dropFirst()
  }

  private static let escapes = String(repeating: #"\u0041"#, count: 20_000)

  /// Every thread that reads large bodies is held, so that none of eight can be read; whoever sends
  /// little is answered all the same, and the eight are once the threads are free.
  @Test func whoSendsLittleIsAnsweredWhileLargeBodiesAreRead() async throws {
    let server = try await RunningServer()
    let workers = server.server.responder.workers
    let gate = DispatchSemaphore(value: 0)
    let held = DispatchSemaphore(value: 0)
    let threads = ServerLimits().bodyThreads
    for _ in 0..<threads {
      Task.detached {
        try await workers.run(bytes: .max) {
          held.signal()
          gate.wait()
        }
      }
    }
    try await onThread { for _ in 0..<threads { held.wait() } }
    let answered = Count()
    try await withThrowingTaskGroup(of: Int.self) { tasks in
      for _ in 0..<8 {
        tasks.addTask {
          let answer = try await server.ask(
            "POST", HostileRequestTests.infer, Self.large(Self.escapes))
          answered.add()
          return answer.status
        }
      }
      while workers.waiting < 8 { try await Task.sleep(for: .milliseconds(5)) }
      #expect(try await server.ask("GET", "/v2/health/ready").status == 200)
      #expect(
        try await server.ask(
          "POST", HostileRequestTests.infer, RunningServer.inference([1, 2, 3])
        ).status == 200)
      #expect(answered.value == 0)
      for _ in 0..<threads { gate.signal() }
      for try await status in tasks { #expect(status == 200) }
    }
  }

  @Test func largeAnswersAreWrittenThereToo() async throws {
    let server = try await RunningServer { $0.limits.inlineBytes = 300 }
    let answer = try await server.ask(
      "POST", HostileRequestTests.infer, RunningServer.inference([1, 2, 3], rows: 8))
    #expect(
      answer.body.hasSuffix(
        "\"data\":[\(Array(repeating: "6.0", count: 16).joined(separator: ","))]}]}"))
  }

  @Test func keysAndNamesInRefusalsAreCut() async throws {
    let server = try await RunningServer()
    let key = "k" + String(repeating: "\u{301}", count: 400)
    let answer = try await server.ask(
      "POST", HostileRequestTests.infer, "{\"\(key)\":1,\"\(key)\":2}")
    #expect(answer.status == 400)
    let shown = "k" + String(repeating: "\u{301}", count: 99) + "…"
    #expect(answer.sentence?.hasSuffix("each key once expected, \"\(shown)\" again found") == true)
    let long = try await server.ask(
      "POST", HostileRequestTests.infer, "{\"\(String(repeating: "\u{301}", count: 1_000_000))\":1}"
    )
    #expect(
      long.sentence
        == "the body is not the JSON that is expected: at byte 1 a string of at most 1000 bytes "
        + "expected, a longer one found")
  }

  @Test func whatFailsOftenIsToldSeldom() {
    let lines = Mutex<[String]>([])
    let log = RareLog(
      Logger(label: "test") { _ in Lines { line in lines.withLock { $0.append(line) } } })
    let start = ContinuousClock.now
    let error = NoFiniteAnswer(output: "y")
    for second in 0..<25 {
      log.error("infer", error, at: start + .seconds(second))
      if second == 3 { log.error("status", error, at: start + .seconds(second)) }
    }
    #expect(
      lines.withLock { $0 } == [
        "infer: \(error)", "status: \(error)", "infer: \(error); and 9 more before",
        "infer: \(error); and 9 more before",
      ])
  }
}

/// From any task.
private final class Count: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }

  func add() { count.withLock { $0 += 1 } }
}

/// A log that hands its lines on.
private struct Lines: LogHandler {
  var logLevel = Logger.Level.trace
  var metadata: Logger.Metadata = [:]
  let tell: @Sendable (String) -> Void

  init(_ tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { tell(event.message.description) }
}
