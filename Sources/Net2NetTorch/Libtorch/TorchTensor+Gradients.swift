import CTorch

extension TorchTensor {
  /// Whether operators on this tensor are recorded from here on.
  package func setRequiresGradient(_ requires: Bool) throws(EngineError) {
    let status = withExtendedLifetime(self) {
      ct_tensor_set_requires_gradient(handle, requires)
    }
    try check(status, operation: "asking for a gradient")
  }

  /// What back-propagation has accumulated; nil when nothing has since it was last dropped.
  package var gradient: TorchTensor? {
    get throws(EngineError) {
      var result: OpaquePointer?
      let status = withExtendedLifetime(self) { ct_tensor_gradient(handle, &result) }
      try check(status, operation: "reading a gradient")
      return result.map(TorchTensor.init(owning:))
    }
  }

  /// Replaces the gradient, or drops it, which is cheaper than filling it with zeros.
  package func setGradient(_ gradient: TorchTensor?) throws(EngineError) {
    let status = withExtendedLifetime((self, gradient)) {
      ct_tensor_set_gradient(handle, gradient?.handle)
    }
    try check(status, operation: "setting a gradient")
  }

  /// Has `body` called with `context` whenever back-propagation has completed this tensor's
  /// gradient, on the thread that back-propagates; a nil one ends it.
  func observeGradient(
    _ body: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?,
    _ context: UnsafeMutableRawPointer?
  ) throws(EngineError) {
    let status = withExtendedLifetime(self) {
      ct_tensor_observe_gradient(handle, body, context)
    }
    try check(status, operation: "observing a gradient")
  }

  /// Adds the gradient of this tensor to that of every tensor it was computed from and that
  /// requires one. A tensor that is not a scalar needs the gradient with respect to itself.
  package func backward(from gradient: TorchTensor? = nil) throws(EngineError) {
    let status = withExtendedLifetime((self, gradient)) {
      ct_tensor_backward(handle, gradient?.handle)
    }
    try check(status, operation: "back-propagation")
  }
}

/// Runs `body` without recording gradients on this thread.
package func withoutGradients<R>(
  _ body: () throws(EngineError) -> R
) throws(EngineError) -> R {
  let previous = ct_set_gradient_recording(false)
  defer { _ = ct_set_gradient_recording(previous) }
  return try body()
}

/// Runs `body` in libtorch's inference mode: cheaper than ``withoutGradients(_:)``, but the
/// tensors it makes can never take part in recorded work.
package func withInferenceMode<R>(
  _ body: () throws(EngineError) -> R
) throws(EngineError) -> R {
  let guarded = ct_inference_mode_enter()
  defer { ct_inference_mode_leave(guarded) }
  return try body()
}
