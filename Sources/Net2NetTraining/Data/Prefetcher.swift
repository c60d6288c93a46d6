internal import Dispatch
internal import Foundation
internal import Synchronization

/// Makes elements on other threads, a few ahead of their use, and hands them out in order.
final class Prefetcher<Element: Sendable> {
  private let make: @Sendable (Int) throws -> Element
  private let queue: DispatchQueue
  private var waiting: [Slot] = []
  private var unplanned: Range<Int>

  /// - Parameters:
  ///   - isConcurrent: several elements are made at once, as many as there are cores.
  ///   - lookAhead: the most elements that are ready, or being made, and not yet asked for.
  init(
    indices: Range<Int>, isConcurrent: Bool = false, lookAhead: Int? = nil,
    make: @escaping @Sendable (Int) throws -> Element
  ) {
    unplanned = indices
    self.make = make
    queue = DispatchQueue(
      label: "net2net.prefetcher", attributes: isConcurrent ? .concurrent : [])
    let cores = ProcessInfo.processInfo.activeProcessorCount
    for _ in 0..<(lookAhead ?? (isConcurrent ? max(2, cores) : 2)) { planNext() }
  }

  /// Waits for the next element; nil after the last.
  func next() throws -> Element? {
    guard !waiting.isEmpty else { return nil }
    let element = waiting.removeFirst().take()
    planNext()
    return try element?.get()
  }

  private func planNext() {
    guard let index = unplanned.popFirst() else { return }
    let slot = Slot()
    waiting.append(slot)
    queue.async { [make] in slot.fill(Result { try make(index) }) }
  }

  /// A place for one element, filled once and emptied once.
  private final class Slot: Sendable {
    private let element = Mutex<Result<Element, any Error>?>(nil)
    private let isFilled = DispatchSemaphore(value: 0)

    func fill(_ made: sending Result<Element, any Error>) {
      element.withLock { $0 = made }
      isFilled.signal()
    }

    func take() -> Result<Element, any Error>? {
      isFilled.wait()
      return element.withLock { $0 }
    }
  }
}
