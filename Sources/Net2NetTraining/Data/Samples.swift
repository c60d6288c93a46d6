internal import Net2Net

/// What a network is shown, sample by sample, fetched from memory or from disk when a batch is
/// made. All samples of a split have one shape.
protocol Samples: Sendable {
  var count: Int { get }
  /// Of one sample, as networks are shown it; float32.
  var shape: Shape { get }
  /// Fetching takes so long that several threads pay.
  var isCostly: Bool { get }

  /// Writes sample `index`, changed by `change` where it is an image.
  func write(
    _ index: Int, into target: UnsafeMutableBufferPointer<Float>, _ change: Augmentation.Change
  ) throws

  func prefix(_ length: Int) -> any Samples
}
