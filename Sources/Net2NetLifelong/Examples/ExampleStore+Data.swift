internal import Net2Net
public import Net2NetTraining
internal import Synchronization

extension ExampleStore {
  /// Stores all samples of a data set, those that it holds out itself too: what is held out here is
  /// decided by what samples hold. Classes are known by their names; those that are new appear.
  ///
  /// Samples are prepared as the model's are. Names of classes, and samples that are in memory, are
  /// all checked before the first is stored; images of a folder as they are read. Each thousand is on
  /// the disk before the next is read.
  ///
  /// - Parameter observe: told how many of how many have been stored.
  /// - Returns: how many there were.
  /// - Throws: what loading the data and storing examples throw; what was stored before stays.
  @discardableResult
  public func append(
    contentsOf data: DataSpecification,
    observing observe: (_ stored: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> Int {
    let samples = try data.samples().prepared(as: shownPreparation, shape: form.shape)
    let labels = try labels(of: samples)
    for part in samples.parts where !part.samples.isCostly {
      for indices in part.chunks {
        for (index, example) in zip(indices, try examples(indices, of: part, labels)) {
          try check(example.sample, "example \(index)")
        }
      }
    }
    var stored = 0
    for part in samples.parts {
      for indices in part.chunks {
        _ = try append(try examples(indices, of: part, labels))
        stored += indices.count
        observe(stored, samples.count)
      }
    }
    return stored
  }

  /// The names of classes that there are samples of, checked, by the data's own numbers.
  private func labels(of samples: LabelledSamples) throws -> [ClassLabel] {
    var labels = [ClassLabel](repeating: .number(0), count: samples.classes.count)
    var further = state.withLock { $0.classes }
    for label in Set(samples.parts.flatMap(\.labels)).sorted() {
      let name = try ClassName(samples.classes[label])
      _ = try further.number(of: name, most: largestClassCount)
      labels[label] = .name(name.text)
    }
    return labels
  }

  /// Pixels are stored as they are: prepared so that a pixel becomes its own value, 0…255.
  private var shownPreparation: SamplePreparation {
    guard case .pixels(let means, _) = form.preparation, form.storage == .uint8 else {
      return form.preparation
    }
    return .pixels(
      means: means.map { _ in 0 }, deviations: means.map { _ in 1.0 / 255 })
  }

  private func examples(
    _ indices: Range<Int>, of split: DataSplit, _ labels: [ClassLabel]
  ) throws -> [IncomingExample] {
    let size = form.shape.elementCount
    return try withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { numbers in
      try indices.map { index in
        try split.samples.write(index, into: UnsafeMutableRawBufferPointer(numbers), .none)
        let label = labels[split.labels[index]]
        guard form.storage == .uint8 else {
          return IncomingExample(sample: Array(UnsafeRawBufferPointer(numbers)), label: label)
        }
        let pixels = numbers.map { UInt8(min(max($0.rounded(), 0), 255)) }
        return IncomingExample(sample: pixels, label: label)
      }
    }
  }
}

extension DataSplit {
  /// A thousand samples each, but for the last.
  fileprivate var chunks: [Range<Int>] {
    stride(from: 0, to: count, by: 1000).map { $0..<min($0 + 1000, count) }
  }
}
