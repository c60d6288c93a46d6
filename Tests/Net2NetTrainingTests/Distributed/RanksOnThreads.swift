import Net2NetTorch
import TestSupport

@testable import Net2NetTraining

/// Runs `body` as each of `size` ranks, each on a thread of its own, and returns what they return,
/// in the order of ranks.
func onRanks<R: Sendable>(
  _ size: Int = 2, timeOut: Duration = .seconds(300),
  _ body: @escaping @Sendable (Ranks) throws -> R
) async throws -> [R] {
  let server = try Store(host: "127.0.0.1", port: 0, serves: true, prefix: "test")
  let port = server.port
  let results = try await onThreads(size) { rank in
    let store = try Store(host: "127.0.0.1", port: port, serves: false, prefix: "test")
    return try body(Ranks(meetingAt: store, rank: rank, size: size, timeOut: timeOut))
  }
  return withExtendedLifetime(server) { results }
}
