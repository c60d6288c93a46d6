internal import Foundation

/// Threads of the server's own for what keeps a processor busy for long: reading a body of many
/// megabytes, writing as much. Swift's tasks share as many threads as there are cores, so that a few
/// such requests on them would leave everybody else waiting. Small ones are done where they are.
final class WorkerThreads: Sendable {
  private let queue = WorkQueue()
  /// At most this many bytes take less time than a change of threads is worth.
  private let inlineBytes: Int

  init(count: Int, inlineBytes: Int) {
    self.inlineBytes = inlineBytes
    for _ in 0..<max(count, 1) {
      let thread = Thread { [queue] in
        while let work = queue.next() { work() }
      }
      thread.name = "bodies"
      thread.start()
    }
  }

  deinit { queue.close() }

  /// - Parameter bytes: how much there is to do.
  func run<R: Sendable>(
    bytes: Int, _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    guard bytes > inlineBytes else { return try body() }
    return try await withCheckedThrowingContinuation { continuation in
      queue.add { continuation.resume(with: Result(catching: body)) }
    }
  }

  /// Pieces of work that no thread has begun.
  var waiting: Int { queue.count }
}

/// In the order of its arrival.
///
/// `@unchecked Sendable`: everything that changes is guarded by `condition`, which, unlike a
/// `Mutex`, a thread can wait on.
private final class WorkQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private var work: [@Sendable () -> Void] = []
  private var isClosed = false

  var count: Int { condition.withLock { work.count } }

  func add(_ piece: @escaping @Sendable () -> Void) {
    condition.withLock {
      work.append(piece)
      condition.signal()
    }
  }

  /// What waits is still handed out.
  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }

  /// Nil once the queue is closed and empty. Blocks the calling thread.
  func next() -> (@Sendable () -> Void)? {
    condition.withLock {
      while work.isEmpty {
        if isClosed { return nil }
        condition.wait()
      }
      return work.removeFirst()
    }
  }
}
