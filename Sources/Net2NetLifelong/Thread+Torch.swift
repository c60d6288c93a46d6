internal import Foundation

extension Thread {
  /// A thread with the stack of a main one, since libtorch's operators call deep. Not started.
  convenience init(forTorchNamed name: String, _ body: @escaping @Sendable () -> Void) {
    self.init(block: body)
    self.name = name
    stackSize = 8 << 20
  }
}
