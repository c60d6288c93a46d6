internal import Dispatch

/// Runs `body` over pieces of 0 ..< count, on all cores when there is enough to do.
func concurrently(_ count: Int, elements: Int, _ body: @Sendable (Range<Int>) -> Void) {
  guard count > 0, elements > 0 else { return }
  guard elements >= 1 << 16 else { return body(0..<count) }
  let pieces = min(count, 64)
  DispatchQueue.concurrentPerform(iterations: pieces) { piece in
    body(count * piece / pieces..<count * (piece + 1) / pieces)
  }
}
