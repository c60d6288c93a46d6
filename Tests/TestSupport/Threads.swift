import Foundation

/// Runs `body` as each of `size` ranks and returns what they return, in the order of ranks.
///
/// Ranks wait for each other, so each has a thread that other tests do not occupy.
public func onThreads<R: Sendable>(
  _ size: Int, _ body: @escaping @Sendable (_ rank: Int) throws -> R
) async throws -> [R] {
  try await withThrowingTaskGroup(of: (Int, R).self) { tasks in
    for rank in 0..<size {
      tasks.addTask {
        try await withCheckedThrowingContinuation { continuation in
          Thread.detachNewThread { continuation.resume(with: Result { (rank, try body(rank)) }) }
        }
      }
    }
    let results = try await tasks.reduce(into: [Int: R]()) { $0[$1.0] = $1.1 }
    return (0..<size).compactMap { results[$0] }
  }
}
