import Foundation
import Testing

@testable import Net2NetLifelong

#if canImport(Glibc)
  import Glibc
#endif

#if canImport(Glibc)
  /// Of the calling thread.
  private func priority() -> Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }
#endif

struct BackgroundThreadTests {
  #if canImport(Glibc)
    @Test func itsPriorityIsLowerAndNoOthers() async throws {
      let before = try await BackgroundThread.run(niceness: 0) { priority() }
      #expect(try await BackgroundThread.run(niceness: 3) { priority() } == min(19, before + 3))
      #expect(try await BackgroundThread.run(niceness: 0) { priority() } == before)
    }
  #endif

  @Test func whatIsThrownThereIsThrownHere() async {
    await #expect(throws: CancellationError.self) {
      try await BackgroundThread.run(niceness: 1) { throw CancellationError() }
    }
  }
}
