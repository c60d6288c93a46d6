package import Net2Net
package import Net2NetFiles

/// What a network is shown, sample by sample, fetched from memory or from disk when a batch is
/// made. All samples of a split have one shape.
package protocol Samples: Sendable {
  var count: Int { get }
  /// Of one sample, as networks are shown it.
  var shape: Shape { get }
  /// float32, or int64 for tokens.
  var elementType: ElementType { get }
  /// Fetching takes so long that several threads pay.
  var isCostly: Bool { get }

  /// Writes sample `index`, changed by `change` where it is an image.
  func write(
    _ index: Int, into target: UnsafeMutableRawBufferPointer, _ change: Augmentation.Change
  ) throws

  /// What is to be said of the places of some samples, (sample, place); nil where the split's
  /// labels tell what is to be said of each sample.
  func targets(of indices: ArraySlice<Int>) throws -> Tensor?

  func prefix(_ length: Int) -> any Samples

  /// Adds what tells these samples from others: what is stored of each, in their order.
  func addContents(to parts: inout DigestOfParts) throws

  /// What is done to each before it is shown.
  var preparation: SamplePreparation { get }

  /// The same samples, prepared as others were.
  ///
  /// - Parameter name: of the data, for the sentence.
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)`` where they cannot be.
  func prepared(
    as preparation: SamplePreparation, in name: String
  ) throws(TrainingError) -> any Samples
}
