import Foundation
import Testing

@testable import Net2NetTorch

/// Ranks wait for each other, so each needs a thread that other tests do not occupy.
private func onThread<R: Sendable>(
  _ body: @escaping @Sendable () throws -> R
) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}

/// Runs `body` as each of `size` ranks, on threads of this process, and returns what they return.
func onRanks<R: Sendable>(
  _ size: Int = 2, timeOut: Duration = .seconds(30),
  _ body: @escaping @Sendable (ProcessGroup) throws -> R
) async throws -> [R] {
  let server = try Store(host: "127.0.0.1", port: 0, serves: true, prefix: "test")
  let port = server.port
  let results = try await withThrowingTaskGroup(of: (Int, R).self) { tasks in
    for rank in 0..<size {
      tasks.addTask {
        try await onThread {
          let store = try Store(host: "127.0.0.1", port: port, serves: false, prefix: "test")
          let group = try ProcessGroup(
            meetingAt: store, rank: rank, size: size, timeOut: timeOut)
          return (rank, try body(group))
        }
      }
    }
    return try await tasks.reduce(into: [Int: R]()) { $0[$1.0] = $1.1 }
  }
  return withExtendedLifetime(server) { (0..<size).compactMap { results[$0] } }
}
