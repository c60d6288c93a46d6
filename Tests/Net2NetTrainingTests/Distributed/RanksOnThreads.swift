import Foundation
import Net2NetTorch

@testable import Net2NetTraining

/// Runs `body` as each of `size` ranks, each on a thread of its own, and returns what they return,
/// in the order of ranks.
func onRanks<R: Sendable>(
  _ size: Int = 2, timeOut: Duration = .seconds(60),
  _ body: @escaping @Sendable (Ranks) throws -> R
) async throws -> [R] {
  let server = try Store(host: "127.0.0.1", port: 0, serves: true, prefix: "test")
  let port = server.port
  let results = try await withThrowingTaskGroup(of: (Int, R).self) { tasks in
    for rank in 0..<size {
      tasks.addTask {
        try await onThread {
          let store = try Store(host: "127.0.0.1", port: port, serves: false, prefix: "test")
          let ranks = try Ranks(meetingAt: store, rank: rank, size: size, timeOut: timeOut)
          return (rank, try body(ranks))
        }
      }
    }
    return try await tasks.reduce(into: [Int: R]()) { $0[$1.0] = $1.1 }
  }
  return withExtendedLifetime(server) { (0..<size).compactMap { results[$0] } }
}

/// Ranks wait for each other, so each needs a thread that other tests do not occupy.
private func onThread<R: Sendable>(
  _ body: @escaping @Sendable () throws -> R
) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}
