internal import Net2Net

extension DataSet {
  /// Carves a validation split out of the training split, and leaves out what is too much. Samples
  /// are drawn, or taken from the beginning where they are windows of a text: neighbours there know
  /// each other, so the validation split is the end of what is used, and windows that see some of it
  /// are left out. Samples are prepared as the whole was.
  ///
  /// - Throws: ``TrainingError/option(_:expected:found:)`` where none would be left to learn from.
  func parted(
    _ counts: ComparisonPlan.SampleCounts
  ) throws(TrainingError) -> (data: DataSet, validation: DataSplit) {
    let order = drawn(training, counts.training, "training")
    let validation = counts.validation ?? max(1, order.count / 10)
    let overlap = (training.samples as? TokenWindows)?.overlap ?? 0
    let kept = order.count - validation - overlap
    try require(
      validation >= 1 && kept >= 1, "validation samples",
      "1 to \(order.count - overlap - 1) of \(order.count) training samples", validation)
    let data = DataSet(
      self, name: name, training: training.selecting(order.prefix(kept).sorted()),
      test: test.selecting(drawn(test, counts.test, "test").sorted()))
    return (data, training.selecting(order.suffix(validation).sorted()))
  }

  /// Indices of as many samples as are to be used.
  private func drawn(_ split: DataSplit, _ count: Int?, _ purpose: String) -> [Int] {
    let count = min(count ?? split.count, split.count)
    guard !isText else { return Array(0..<count) }
    return Array(Draw(seed: 0).derived(for: purpose).permutation(of: split.count).prefix(count))
  }

  /// The same, measured by other samples.
  func measured(by split: DataSplit) -> DataSet {
    DataSet(self, name: name, training: training, test: split)
  }
}

extension TokenWindows {
  /// How many windows behind one see some of its text.
  fileprivate var overlap: Int { (context + stride - 1) / stride - 1 }
}
