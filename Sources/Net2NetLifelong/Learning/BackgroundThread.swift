internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#endif

/// Threads for work that should take what others leave of the processor.
enum BackgroundThread {
  /// Runs `body` on a thread of its own, and returns what it returns.
  ///
  /// - Parameter niceness: how much lower the thread's priority is than the program's, 0 to 19, as
  ///   `nice` has it; elsewhere than on Linux, above 0, the system's own class for such work.
  static func run<R: Sendable>(
    niceness: Int, _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      let thread = Thread(forTorchNamed: "learner") {
        lowerPriority(by: niceness)
        continuation.resume(with: Result(catching: body))
      }
      if niceness > 0 { thread.qualityOfService = .utility }
      thread.start()
    }
  }

  /// Of this thread alone: Linux counts threads as processes here.
  private static func lowerPriority(by niceness: Int) {
    #if canImport(Glibc)
      guard niceness > 0 else { return }
      let this = __priority_which_t(PRIO_PROCESS.rawValue)
      setpriority(this, 0, min(19, getpriority(this, 0) + Int32(niceness)))
    #endif
  }
}
