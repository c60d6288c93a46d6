internal import Synchronization

/// Asks a run, from any thread or signal handler, to stop after the step it is at.
public final class Cancellation: Sendable {
  private let requested = Atomic(false)

  public init() {}

  public func cancel() { requested.store(true, ordering: .relaxed) }

  public var isRequested: Bool { requested.load(ordering: .relaxed) }
}
