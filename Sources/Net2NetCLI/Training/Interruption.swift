@preconcurrency import Dispatch
import Foundation
import Net2NetTraining
import Synchronization

/// Turns Ctrl-C, or a request to terminate, into a run that ends after the step it is at. A
/// second one ends the process at once.
final class Interruption: Sendable {
  let cancellation = Cancellation()
  private let received = Atomic<Int32>(0)
  private let sources: [any DispatchSourceSignal]

  init() {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: .global())
    }
    for (source, number) in zip(sources, [SIGINT, SIGTERM]) {
      source.setEventHandler { [self] in note(number) }
      source.resume()
    }
  }

  private func note(_ number: Int32) {
    if received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
    cancellation.cancel()
    FileHandle.standardError.say("\nending after this step; once more to end at once\n")
  }

  /// As shells give it: 128 and the signal's number; that of a request to terminate where another
  /// rank got the signal.
  var exitCode: Int32 {
    let number = received.load(ordering: .relaxed)
    return 128 + (number == 0 ? SIGTERM : number)
  }
}
