import TestSupport

@testable import Net2NetTorch

/// Runs `body` as each of `size` ranks, each on a thread of its own, and returns what they return,
/// in the order of ranks.
func onRanks<R: Sendable>(
  _ size: Int = 2, timeOut: Duration = .seconds(120),
  _ body: @escaping @Sendable (ProcessGroup) throws -> R
) async throws -> [R] {
  let server = try Store(host: "127.0.0.1", port: 0, serves: true, prefix: "test")
  let port = server.port
  let results = try await onThreads(size) { rank in
    let store = try Store(host: "127.0.0.1", port: port, serves: false, prefix: "test")
    return try body(ProcessGroup(meetingAt: store, rank: rank, size: size, timeOut: timeOut))
  }
  return withExtendedLifetime(server) { results }
}
