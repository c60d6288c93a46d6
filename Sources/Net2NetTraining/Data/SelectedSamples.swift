internal import Net2Net

/// Some samples of a split, in an order of their own; one may be there more than once.
struct SelectedSamples: Samples {
  let whole: any Samples
  let indices: [Int]

  var count: Int { indices.count }
  var shape: Shape { whole.shape }
  var elementType: ElementType { whole.elementType }
  var isCostly: Bool { whole.isCostly }
  var preparation: SamplePreparation { whole.preparation }

  func prepared(
    as preparation: SamplePreparation, in name: String
  ) throws(TrainingError) -> any Samples {
    SelectedSamples(whole: try whole.prepared(as: preparation, in: name), indices: indices)
  }

  func write(
    _ index: Int, into target: UnsafeMutableRawBufferPointer, _ change: Augmentation.Change
  ) throws {
    try whole.write(indices[index], into: target, change)
  }

  func targets(of chosen: ArraySlice<Int>) throws -> Tensor? {
    try whole.targets(of: chosen.map { indices[$0] }[...])
  }

  func prefix(_ length: Int) -> any Samples {
    SelectedSamples(whole: whole, indices: Array(indices.prefix(length)))
  }
}

extension DataSplit {
  /// The samples at `indices`, in that order, prepared as the whole.
  ///
  /// - Precondition: there is at least one, and all lie within the split.
  public func selecting(_ indices: [Int]) -> DataSplit {
    precondition(!indices.isEmpty)
    let labels = labels.isEmpty ? [] : indices.map { self.labels[$0] }
    return DataSplit(SelectedSamples(whole: samples, indices: indices), labels: labels)
  }
}

extension DataSet {
  /// Other splits under the same name, prepared alike: parts of these, for example.
  ///
  /// - Parameter count: how many of the first classes there are; all when nil.
  /// - Throws: ``TrainingError/inconsistentData(_:part:expected:found:)`` where a sample is of
  ///   another class, or the splits differ in the shape of their samples.
  public func replacing(
    training: DataSplit? = nil, test: DataSplit? = nil, classes count: Int? = nil
  ) throws(TrainingError) -> DataSet {
    try DataSet(
      name: name, classes: Array(classes.prefix(count ?? classes.count)),
      training: training ?? self.training, test: test ?? self.test, preparation: preparation,
      remarks: remarks, fingerprint: fingerprint)
  }
}
