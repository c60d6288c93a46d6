internal import Dispatch
internal import Synchronization

/// Makes elements on a background thread, a few ahead of their use, and hands them out in order.
final class Prefetcher<Element: Sendable> {
  private let make: @Sendable (Int) -> Element
  private let queue = DispatchQueue(label: "net2net.prefetcher")
  private var waiting: [Slot] = []
  private var unplanned: Range<Int>

  /// - Parameter lookAhead: the most elements that are ready and not yet asked for.
  init(indices: Range<Int>, lookAhead: Int, make: @escaping @Sendable (Int) -> Element) {
    unplanned = indices
    self.make = make
    for _ in 0..<lookAhead { planNext() }
  }

  /// Waits for the next element; nil after the last.
  func next() -> Element? {
    guard !waiting.isEmpty else { return nil }
    let element = waiting.removeFirst().take()
    planNext()
    return element
  }

  private func planNext() {
    guard let index = unplanned.popFirst() else { return }
    let slot = Slot()
    waiting.append(slot)
    queue.async { [make] in slot.fill(make(index)) }
  }

  /// A place for one element, filled once and emptied once.
  private final class Slot: Sendable {
    private let element = Mutex<Element?>(nil)
    private let isFilled = DispatchSemaphore(value: 0)

    func fill(_ made: Element) {
      element.withLock { $0 = made }
      isFilled.signal()
    }

    func take() -> Element? {
      isFilled.wait()
      return element.withLock { $0 }
    }
  }
}
