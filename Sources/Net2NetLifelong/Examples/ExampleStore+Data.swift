internal import Net2Net
public import Net2NetTraining

extension ExampleStore {
  /// Stores all samples of a data set, those that it holds out itself too: what is held out here is
  /// decided by what samples hold. Classes are known by their names; those that are new appear.
  ///
  /// Samples are prepared as the model's are. Each thousand is on the disk before the next is read.
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
    var labels = [Int](repeating: 0, count: samples.classes.count)
    for label in Set(samples.parts.flatMap(\.labels)).sorted() {
      labels[label] = try self.label(for: samples.classes[label])
    }
    var stored = 0
    for part in samples.parts {
      for start in stride(from: 0, to: part.count, by: Self.chunk) {
        let indices = start..<min(start + Self.chunk, part.count)
        _ = try append(try examples(indices, of: part, labels))
        stored += indices.count
        observe(stored, samples.count)
      }
    }
    return stored
  }

  private static let chunk = 1000

  /// Pixels are stored as they are: prepared so that a pixel becomes its own value, 0…255.
  private var shownPreparation: SamplePreparation {
    guard case .pixels(let means, _) = form.preparation, form.storage == .uint8 else {
      return form.preparation
    }
    return .pixels(
      means: means.map { _ in 0 }, deviations: means.map { _ in 1.0 / 255 })
  }

  private func examples(
    _ indices: Range<Int>, of split: DataSplit, _ labels: [Int]
  ) throws -> [Example] {
    let size = form.shape.elementCount
    return try withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { numbers in
      try indices.map { index in
        try split.samples.write(index, into: UnsafeMutableRawBufferPointer(numbers), .none)
        let label = labels[split.labels[index]]
        guard form.storage == .uint8 else {
          return Example(numbers: Array(numbers), label: label)
        }
        let pixels = numbers.map { UInt8(min(max($0.rounded(), 0), 255)) }
        return Example(sample: pixels, label: label)
      }
    }
  }
}
